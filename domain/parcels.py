"""Parcels and postal addresses."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is two capital letters (ISO 3166-1), `residential` is None if unknown."""

    name: str
    street1: str
    city: str
    postal_code: str
    country: str
    company: str | None = None
    street2: str | None = None
    state: str | None = None
    phone: str | None = None
    residential: bool | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel's weight and, if the carrier needs them, its dimensions (all three or none)."""

    weight: Decimal
    weight_unit: str
    length: Decimal | None = None
    width: Decimal | None = None
    height: Decimal | None = None
    dimension_unit: str | None = None
