"""A label request in the sandbox's own format."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

Line = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
OptionalLine = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Measure = Annotated[Decimal, Field(gt=0, lt=100_000, max_digits=12)]


class Address(BaseModel):
    """The sender's or recipient's address. `country` is ISO 3166-1 alpha-2."""

    name: Line
    company: OptionalLine | None = None
    street1: Line
    street2: OptionalLine | None = None
    city: Line
    state: OptionalLine | None = None
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]
    country: Annotated[str, StringConstraints(pattern="^[A-Za-z]{2}$", to_upper=True)]
    street3: OptionalLine | None = None
    phone: OptionalLine | None = None
    phone_extension: OptionalLine | None = None
    residential: bool | None = None


class Parcel(BaseModel):
    """One parcel; its size is optional, its weight determines the price."""

    weight: Measure
    weight_unit: Literal["lb", "oz", "kg", "g"]
    length: Measure | None = None
    width: Measure | None = None
    height: Measure | None = None
    dimension_unit: Literal["in", "cm"] | None = None


class CustomsSummary(BaseModel):
    """The customs data of a vendor's request: its texts by the name of the field, and those of each item."""

    fields: dict[str, str] = Field(default_factory=dict)
    items: list[dict[str, str]]


class LabelRequest(BaseModel):
    """The body of a purchase.

    `options` are the shipping options, each with the vendor's value as text. `echo` are the parts of the vendor's
    request that its later answers repeat.
    """

    reference: Reference
    service: str
    label_format: Literal["PDF", "ZPL", "PNG"] = "PDF"
    ship_from: Address
    ship_to: Address
    parcels: Annotated[list[Parcel], Field(min_length=1, max_length=50)]
    invoice_total: dict[str, str] | None = None
    options: dict[str, str] = Field(default_factory=dict)
    customs: CustomsSummary | None = None
    echo: dict[str, Any] = Field(default_factory=dict)
