"""Limits of carriers on addresses and parcels; the table in docs/reference/carriers shows them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Letters(StrEnum):
    """The letters that a carrier accepts; others are transliterated."""

    ASCII = "ASCII"
    LATIN_1 = "Latin-1"
    UNICODE = "Unicode"


class Territories(StrEnum):
    """How a carrier writes Puerto Rico, Guam and the other US territories and freely associated states."""

    STATE = "country US and the state"
    COUNTRY = "a country code of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLimits:
    """The phone numbers that a carrier accepts.

    Attributes:
        needed: the sides of a shipment that must have a number: ship_to, ship_from.
        min_digits: minimum for numbers outside North America, with the country code.
        max_digits: maximum for the same numbers.
        extension: digits of the carrier's field for an extension.
    """

    needed: tuple[str, ...] = ()
    min_digits: int = 1
    max_digits: int = 15
    extension: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLimits:
    """The limits of one carrier.

    Attributes:
        name: characters of a person's name; longer names are shortened.
        company: characters of a company's name; longer names are shortened.
        street_lines: lines for the street.
        street: characters per street line.
        city: characters of the city.
        letters: the letters that it prints.
        phone: None if no phone number is sent.
        territories: how it writes US territories.
        countries: the countries of its supported services; None for any.
        is_military: whether it delivers to APO, FPO and DPO addresses.
        is_po_box: whether it delivers to post office boxes; in US territories the carrier decides.
        needs_state: whether every address needs a state, also outside the US and Canada.
        needs_size: whether a parcel needs its dimensions.
        max_pounds: the maximum weight of a parcel.
        max_inches: the maximum of a parcel's longest side.
    """

    name: int
    company: int
    street_lines: int
    street: int
    city: int
    letters: Letters
    phone: PhoneLimits | None = field(default_factory=PhoneLimits)
    territories: Territories = Territories.STATE
    countries: tuple[str, ...] | None = None
    is_military: bool = True
    is_po_box: bool = True
    needs_state: bool = False
    needs_size: bool = False
    max_pounds: int | None = None
    max_inches: int | None = None
