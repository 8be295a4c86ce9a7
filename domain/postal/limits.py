"""How much of an address and a parcel a carrier takes: the facts behind the table in docs/reference/carriers."""

from dataclasses import dataclass, field
from enum import StrEnum


class Letters(StrEnum):
    """The letters that a carrier takes; others are transliterated."""

    ASCII = "ASCII"
    LATIN_1 = "Latin-1"
    UNICODE = "Unicode"


class Territories(StrEnum):
    """How a carrier names Puerto Rico, Guam and the other US territories and freely associated states."""

    STATE = "country US and the state"
    COUNTRY = "a country code of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneLimits:
    """The phone numbers that a carrier takes.

    Attributes:
        needed: the sides of a shipment that must have one: ship_to, ship_from.
        min_digits: of a number outside of North America, with its country code.
        max_digits: likewise.
        extension: how many digits of an extension the carrier has a field for.
    """

    needed: tuple[str, ...] = ()
    min_digits: int = 1
    max_digits: int = 15
    extension: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLimits:
    """What one carrier takes.

    Attributes:
        name: characters of a person's name; longer ones are shortened.
        company: characters of a company's name; longer ones are shortened.
        street_lines: lines for the street.
        street: characters in each of them.
        city: characters.
        letters: those it prints.
        phone: None if no phone number is sent.
        territories: how it names US territories.
        countries: those that its services here start and end in; None if it has services in any.
        is_military: whether it delivers to APO, FPO and DPO addresses.
        is_po_box: whether it delivers to post office boxes; in US territories the carrier decides.
        needs_state: whether every address needs a state, also outside of the US and Canada.
        needs_size: whether a parcel needs its dimensions.
        max_pounds: a parcel's weight.
        max_inches: a parcel's longest side.
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
