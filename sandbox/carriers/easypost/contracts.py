"""What EasyPost asks for; what it would not know is refused."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


class EasyPostModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


Text = Annotated[str, StringConstraints(min_length=1)]


def _check_decimals(value: float) -> float:
    if value != round(value, 1):
        raise ValueError("goes to one decimal")
    return value


Number = Annotated[float, Field(gt=0, strict=True), AfterValidator(_check_decimals)]


class Address(EasyPostModel):
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


class Parcel(EasyPostModel):
    """`weight` is in ounces, the sides are in inches."""

    weight: Number
    length: Number | None = None
    width: Number | None = None
    height: Number | None = None


class Options(EasyPostModel):
    label_format: Literal["PDF", "ZPL", "PNG"] = "PNG"
    label_size: Literal["4x6"] = "4x6"


class Shipment(EasyPostModel):
    to_address: Address
    from_address: Address
    parcel: Parcel
    options: Options
    reference: Text | None = None
    carrier_accounts: list[Annotated[str, StringConstraints(pattern=r"^ca_[0-9a-zA-Z]+$")]] | None = None


class NewShipment(EasyPostModel):
    shipment: Shipment


class ChosenRate(EasyPostModel):
    id: Annotated[str, StringConstraints(pattern=r"^rate_")]


class Purchase(EasyPostModel):
    rate: ChosenRate
