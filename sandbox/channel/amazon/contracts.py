"""What Amazon asks for in a confirmation; what it would not know is refused."""

# ruff: noqa: N815 - the names are Amazon's own

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class AmazonModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(AmazonModel):
    orderItemId: Text
    quantity: Annotated[int, Field(ge=1, strict=True)]


class PackageDetail(AmazonModel):
    """A positive number in a text names the package."""

    packageReferenceId: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}$")]
    carrierCode: Literal["FedEx", "UPS", "USPS", "DHL", "Other"]
    carrierName: Text | None = None
    trackingNumber: Text
    shipDate: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    orderItems: Annotated[list[Item], Field(min_length=1)]

    @model_validator(mode="after")
    def other_carriers_are_named(self) -> "PackageDetail":
        if self.carrierCode == "Other" and self.carrierName is None:
            raise ValueError("carrierName is required")
        return self


class Confirmation(AmazonModel):
    marketplaceId: Text
    packageDetail: PackageDetail
