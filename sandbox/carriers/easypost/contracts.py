"""EasyPost's request models; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from sandbox.carriers.vendor_model import VendorModel

Text = Annotated[str, StringConstraints(min_length=1)]


def _check_decimals(value: float) -> float:
    if value != round(value, 1):
        raise ValueError("must have at most one decimal")
    return value


Number = Annotated[float, Field(gt=0, strict=True), AfterValidator(_check_decimals)]


class Address(VendorModel):
    documented = frozenset({"email", "federal_tax_id", "state_tax_id", "carrier_facility", "verify", "verify_strict"})

    name: Text
    company: Text | None = None
    street1: Text
    street2: Text | None = None
    city: Text
    state: Text | None = None
    zip: Text
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    phone: Text | None = None
    residential: bool | None = None


class Parcel(VendorModel):
    """`weight` is in ounces, the sides are in inches."""

    weight: Number
    length: Number | None = None
    width: Number | None = None
    height: Number | None = None


class Options(VendorModel):
    documented = frozenset({"invoice_number", "print_custom_1", "print_custom_2", "label_date", "currency", "payment"})

    label_format: Literal["PDF", "ZPL", "PNG"] = "PNG"
    label_size: Literal["4x6"] = "4x6"


class Shipment(VendorModel):
    documented = frozenset({"customs_info", "buyer_address", "return_address", "is_return"})

    to_address: Address
    from_address: Address
    parcel: Parcel
    options: Options
    reference: Text | None = None
    carrier_accounts: list[Annotated[str, StringConstraints(pattern=r"^ca_[0-9a-zA-Z]+$")]] | None = None


class NewShipment(VendorModel):
    shipment: Shipment


class ChosenRate(VendorModel):
    id: Annotated[str, StringConstraints(pattern=r"^rate_")]


class Purchase(VendorModel):
    rate: ChosenRate
