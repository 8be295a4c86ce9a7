"""FedEx's request models with their length limits; unknown fields are refused."""

# ruff: noqa: N815 - the names are FedEx's own

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.places import find_state_problem
from sandbox.carriers.vendor_model import VendorModel

Line35 = Annotated[str, StringConstraints(min_length=1, max_length=35, pattern=r"^[ -~\u00a0-\u00ff]+$")]
Line70 = Annotated[str, StringConstraints(min_length=1, max_length=70, pattern=r"^[ -~\u00a0-\u00ff]+$")]
Number = Annotated[float, Field(gt=0, strict=True)]
Side = Annotated[int, Field(gt=0, le=999, strict=True)]
TrackingNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{12,34}$")]


class Account(VendorModel):
    value: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]


class Contact(VendorModel):
    documented = frozenset({"emailAddress", "faxNumber"})

    personName: Line70
    companyName: Line35 | None = None
    phoneNumber: Annotated[str, StringConstraints(pattern=r"^[0-9]{10,15}$")]
    phoneExtension: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}$")] | None = None


class Address(VendorModel):
    streetLines: Annotated[list[Line35], Field(min_length=1, max_length=3)]
    city: Line35
    stateOrProvinceCode: Line35 | None = None
    postalCode: Annotated[str, StringConstraints(min_length=1, max_length=10)]
    countryCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    residential: bool = False

    @model_validator(mode="after")
    def _check_place(self) -> "Address":
        problem = find_state_problem(self.countryCode, self.stateOrProvinceCode)
        if problem is not None:
            raise ValueError(problem)
        if self.countryCode in ("US", "PR") and not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", self.postalCode):
            raise ValueError("a ZIP Code has 5 digits, or 9")
        return self


class Party(VendorModel):
    documented = frozenset({"tins", "deliveryInstructions"})

    contact: Contact
    address: Address

    @model_validator(mode="after")
    def _check_phone(self) -> "Party":
        """Require ten digits in the US and Canada, with or without the country code 1."""
        in_north_america = self.address.countryCode in ("US", "CA", "PR")
        if in_north_america and not re.fullmatch(r"1?[0-9]{10}", self.contact.phoneNumber):
            raise ValueError("the phone number has 10 digits")
        return self


class Weight(VendorModel):
    units: Literal["LB", "KG"]
    value: Number


class Dimensions(VendorModel):
    length: Side
    width: Side
    height: Side
    units: Literal["IN", "CM"]


class Reference(VendorModel):
    customerReferenceType: Literal["CUSTOMER_REFERENCE"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=30)]


class Parcel(VendorModel):
    documented = frozenset({"subPackagingType", "declaredValue", "groupPackageCount", "itemDescription"})

    sequenceNumber: int = 1
    customerReferences: list[Reference] = Field(default_factory=list)
    weight: Weight
    dimensions: Dimensions | None = None


class Payment(VendorModel):
    documented = frozenset({"payor"})

    paymentType: Literal["SENDER"]


class LabelSpecification(VendorModel):
    documented = frozenset({"labelFormatType", "labelOrder", "labelRotation", "labelPrintingOrientation", "resolution"})

    imageType: Literal["PDF", "ZPLII", "PNG"]
    labelStockType: Literal["PAPER_4X6", "STOCK_4X6"]

    @model_validator(mode="after")
    def _fits_the_printer(self) -> "LabelSpecification":
        """Check the stock: in Ship v1, ZPLII needs STOCK (thermal printers), the others need PAPER (laser printers)."""
        if (self.imageType == "ZPLII") != (self.labelStockType == "STOCK_4X6"):
            raise ValueError("the label stock does not match the image type")
        return self


PickupType = Literal["CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION", "USE_SCHEDULED_PICKUP"]


class RequestedShipment(VendorModel):
    """`requestedShipment` of Ship v1."""

    documented = frozenset(
        {
            "shipDatestamp",
            "totalDeclaredValue",
            "origin",
            "emailNotificationDetail",
            "blockInsightVisibility",
            "shippingDocumentSpecification",
            "rateRequestType",
            "preferredCurrency",
            "totalPackageCount",
        }
    )

    shipper: Party
    recipients: Annotated[list[Party], Field(min_length=1, max_length=1)]
    pickupType: PickupType
    serviceType: str
    packagingType: Literal["YOUR_PACKAGING"]
    totalWeight: Number
    shippingChargesPayment: Payment
    labelSpecification: LabelSpecification
    requestedPackageLineItems: Annotated[list[Parcel], Field(min_length=1, max_length=1)]


class ShipRequest(VendorModel):
    documented = frozenset({"shipAction", "processingOptionType", "oneLabelAtATime", "mergeLabelDocOption"})

    labelResponseOptions: Literal["LABEL"]
    accountNumber: Account
    requestedShipment: RequestedShipment


class CancelRequest(VendorModel):
    accountNumber: Account
    deletionControl: Literal["DELETE_ALL_PACKAGES"]
    trackingNumber: TrackingNumber


Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]


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
    packagingType: Literal["YOUR_PACKAGING"] = "YOUR_PACKAGING"
    rateRequestType: list[Literal["ACCOUNT", "LIST"]]
    requestedPackageLineItems: Annotated[list[Parcel], Field(min_length=1)]


class RateRequest(VendorModel):
    accountNumber: Account
    requestedShipment: RateShipment
