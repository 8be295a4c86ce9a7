"""FedEx's request models with their length limits; unknown fields are refused."""

# ruff: noqa: N815 - the names are FedEx's own

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.fedex.customs_contracts import Clearance, DocumentSpecification, ShipClearance
from sandbox.carriers.fedex.option_contracts import (
    Day,
    EmailDetail,
    LabelSpecification,
    Money,
    PackageServices,
    PackagingType,
    Payment,
    PickupType,
    Reference,
    ShipmentServices,
)
from sandbox.carriers.fedex.parties import Account, Address, Party
from sandbox.carriers.vendor_model import VendorModel

Number = Annotated[float, Field(gt=0, strict=True)]
Side = Annotated[int, Field(gt=0, le=999, strict=True)]
TrackingNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12,34}$")]


class Weight(VendorModel):
    units: Literal["LB", "KG"]
    value: Number


class Dimensions(VendorModel):
    length: Side
    width: Side
    height: Side
    units: Literal["IN", "CM"]


class Parcel(VendorModel):
    documented = frozenset({"subPackagingType", "groupPackageCount"})

    sequenceNumber: int = 1
    customerReferences: list[Reference] = Field(default_factory=list)
    weight: Weight
    dimensions: Dimensions | None = None
    declaredValue: Money | None = None
    itemDescription: Annotated[str, StringConstraints(max_length=50)] | None = None
    packageSpecialServices: PackageServices | None = None


class Recipient(Party):
    deliveryInstructions: Annotated[str, StringConstraints(max_length=100)] | None = None


class RequestedShipment(VendorModel):
    """`requestedShipment` of Ship v1."""

    documented = frozenset(
        {
            "origin",
            "rateRequestType",
            "preferredCurrency",
            "totalPackageCount",
        }
    )

    shipper: Party
    recipients: Annotated[list[Recipient], Field(min_length=1, max_length=1)]
    pickupType: PickupType
    serviceType: str
    packagingType: PackagingType
    totalWeight: Number
    shippingChargesPayment: Payment
    labelSpecification: LabelSpecification
    shipDatestamp: Day | None = None
    totalDeclaredValue: Money | None = None
    shipmentSpecialServices: ShipmentServices | None = None
    emailNotificationDetail: EmailDetail | None = None
    blockInsightVisibility: bool = False
    recipientLocationNumber: str | None = None
    customsClearanceDetail: ShipClearance | None = None
    shippingDocumentSpecification: DocumentSpecification | None = None
    requestedPackageLineItems: Annotated[list[Parcel], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _check_sequence(self) -> "RequestedShipment":
        """Check the sequence numbers; more than 40 packages are sold asynchronously only."""
        numbers = [parcel.sequenceNumber for parcel in self.requestedPackageLineItems]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("the packages must be numbered in their order")
        return self


class ShipRequest(VendorModel):
    documented = frozenset({"shipAction", "processingOptionType", "oneLabelAtATime", "mergeLabelDocOption"})

    labelResponseOptions: Literal["LABEL"]
    accountNumber: Account
    requestedShipment: RequestedShipment


class CancelRequest(VendorModel):
    accountNumber: Account
    deletionControl: Literal["DELETE_ALL_PACKAGES"]
    trackingNumber: TrackingNumber


class ReferenceInformation(VendorModel):
    type: Literal["CUSTOMER_REFERENCE"]
    value: str
    accountNumber: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
    shipDateBegin: Day
    shipDateEndDate: Day


class ReferenceRequest(VendorModel):
    includeDetailedScans: bool = False
    referencesInformation: ReferenceInformation


class NumberInfo(VendorModel):
    trackingNumber: TrackingNumber


class TrackingInfo(VendorModel):
    trackingNumberInfo: NumberInfo


class TrackRequest(VendorModel):
    includeDetailedScans: bool
    trackingInfo: Annotated[list[TrackingInfo], Field(min_length=1, max_length=30)]


class Place(VendorModel):
    address: Address


class RateShipment(VendorModel):
    shipper: Place
    recipient: Place
    pickupType: PickupType
    packagingType: PackagingType = "YOUR_PACKAGING"
    rateRequestType: list[Literal["ACCOUNT", "LIST"]]
    shipDateStamp: Day | None = None
    shipmentSpecialServices: ShipmentServices | None = None
    customsClearanceDetail: Clearance | None = None
    requestedPackageLineItems: Annotated[list[Parcel], Field(min_length=1)]


class RateRequest(VendorModel):
    accountNumber: Account
    requestedShipment: RateShipment
