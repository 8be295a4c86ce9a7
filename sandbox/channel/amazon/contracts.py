"""Amazon's model of a shipment confirmation; unknown fields are refused."""

# ruff: noqa: N815 - the names are Amazon's own

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


CarrierCode = Literal[
    "4PX",
    "Aramex",
    "Australia Post-ArticleId",
    "Australia Post-Consignment",
    "Blue Package",
    "Canada Post",
    "China Post",
    "City Link",
    "Couriers Please",
    "DHL",
    "DHL Global Mail",
    "DHL eCommerce",
    "EUB",
    "Fastway",
    "FedEx",
    "FedEx SmartPost",
    "GLS",
    "GO!",
    "Hermes Logistik Gruppe",
    "India Post",
    "Lasership",
    "Newgistics",
    "Ninjavan",
    "NipponExpress",
    "OSM",
    "OnTrac",
    "Other",
    "Parcelforce",
    "Qxpress",
    "Royal Mail",
    "SF Express",
    "SagawaExpress",
    "Sendle",
    "Singapore Post",
    "Streamlite",
    "TNT",
    "Target",
    "UPS",
    "UPS Mail Innovations",
    "UPSMI",
    "USPS",
    "YamatoTransport",
    "Yanwen",
    "Yun Express",
]
"""Source: Seller Central's page on shipping confirmations."""

DATA_SETS = frozenset(
    {"BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT"}
    | {"PACKAGES", "TAX", "PAYMENT", "FULFILLMENT_ORDERS"}
)
"""Values of `includedData`. Source: the description of Orders 2026-01-01."""


class AmazonModel(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(AmazonModel):
    orderItemId: Text
    quantity: Annotated[int, Field(ge=1, strict=True)]


class PackageDetail(AmazonModel):
    """A package; its id is a positive number as text."""

    packageReferenceId: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}$")]
    carrierCode: CarrierCode
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
