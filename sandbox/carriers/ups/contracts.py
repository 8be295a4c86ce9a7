"""UPS's request models with their length limits; unknown fields are refused."""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.places import find_state_problem
from sandbox.carriers.vendor_model import VendorModel

EARLY = "14"
MAX_POUNDS, MAX_INCHES = 150, 165
PRINTED = r"^[ -~\u00a0-\u00ff]+$"
Line30 = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=PRINTED)]
Line35 = Annotated[str, StringConstraints(min_length=1, max_length=35, pattern=PRINTED)]
AccountCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6}$")]
OneZ = Annotated[str, StringConstraints(pattern=r"^1Z[0-9A-Z]{16}$")]
Side = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$")]


class Context(VendorModel):
    CustomerContext: Annotated[str, StringConstraints(min_length=1, max_length=512)]


class AddressPart(VendorModel):
    AddressLine: Annotated[list[Line35], Field(min_length=1, max_length=3)]
    City: Line30
    StateProvinceCode: Annotated[str, StringConstraints(min_length=1, max_length=5)] | None = None
    PostalCode: Annotated[str, StringConstraints(min_length=1, max_length=9)]
    CountryCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

    @model_validator(mode="after")
    def _check_place(self) -> "AddressPart":
        problem = find_state_problem(self.CountryCode, self.StateProvinceCode)
        if problem is not None:
            raise ValueError(problem)
        if self.CountryCode in ("US", "PR") and not re.fullmatch(r"[0-9]{5}([0-9]{4})?", self.PostalCode):
            raise ValueError("a ZIP Code has 5 digits, or 9")
        return self


class ToAddressPart(AddressPart):
    """The recipient's address; it is residential if the indicator is present."""

    ResidentialAddressIndicator: str | None = None


class PhonePart(VendorModel):
    Number: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]
    Extension: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")] | None = None


class Party(VendorModel):
    documented = frozenset({"TaxIdentificationNumber", "FaxNumber", "EMailAddress", "Residential"})

    Name: Line35
    AttentionName: Line35 | None = None
    Phone: PhonePart | None = None
    Address: AddressPart

    @model_validator(mode="after")
    def _check_phone(self) -> "Party":
        """Require ten digits in the US, Puerto Rico, Canada and the Virgin Islands, with or without 1."""
        ten_digits = self.Address.CountryCode in ("US", "PR", "CA", "VI")
        if ten_digits and self.Phone is not None and not re.fullmatch(r"1?[0-9]{10}", self.Phone.Number):
            raise ValueError("the phone number has 10 digits")
        return self


class ToParty(Party):
    Address: ToAddressPart


class ShipperPart(Party):
    ShipperNumber: AccountCode


class Reference(VendorModel):
    Value: Annotated[str, StringConstraints(min_length=1, max_length=35)]


class Bill(VendorModel):
    AccountNumber: AccountCode


class Charge(VendorModel):
    Type: Literal["01"]
    BillShipper: Bill


class Payment(VendorModel):
    ShipmentCharge: Annotated[list[Charge], Field(min_length=1, max_length=3)]


class Coded(VendorModel):
    documented = frozenset({"Description"})

    Code: str


class WeightPart(VendorModel):
    UnitOfMeasurement: Coded
    Weight: Annotated[str, StringConstraints(min_length=1, max_length=5, pattern=r"^[0-9]+(\.[0-9])?$")]


class SizePart(VendorModel):
    UnitOfMeasurement: Coded
    Length: Side
    Width: Side
    Height: Side


class Parcel(VendorModel):
    PackageWeight: WeightPart
    Dimensions: SizePart | None = None

    @model_validator(mode="after")
    def _check_limits(self) -> "Parcel":
        """Check UPS's limits: 150 lb, 165 inches in length plus girth, the longest side as the length."""
        if float(self.PackageWeight.Weight) > MAX_POUNDS:
            raise ValueError("the package exceeds the maximum weight")
        if self.Dimensions is None:
            return self
        length, width, height = (int(getattr(self.Dimensions, name)) for name in ("Length", "Width", "Height"))
        if length < max(width, height):
            raise ValueError("the length is the longest side")
        if length + 2 * (width + height) > MAX_INCHES:
            raise ValueError("the package exceeds the maximum size")
        return self


class ShipParcel(Parcel):
    documented = frozenset({"Description", "PackageServiceOptions", "Commodity"})

    Packaging: Coded
    ReferenceNumber: Annotated[list[Reference], Field(max_length=5)] = Field(default_factory=list)


class RateParcel(Parcel):
    PackagingType: Coded


class RatingOptions(VendorModel):
    NegotiatedRatesIndicator: str


class InvoiceTotal(VendorModel):
    CurrencyCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    MonetaryValue: Annotated[str, StringConstraints(max_length=11, pattern=r"^[1-9][0-9]{0,7}(\.[0-9]{1,2})?$")]


class ShipmentPart(VendorModel):
    documented = frozenset({"ShipFrom", "ShipmentServiceOptions"})

    Description: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    InvoiceLineTotal: InvoiceTotal | None = None
    Shipper: ShipperPart
    ShipTo: ToParty
    ShipmentRatingOptions: RatingOptions | None = None
    ReferenceNumber: Annotated[list[Reference], Field(max_length=2)] = Field(default_factory=list)
    PaymentInformation: Payment
    Service: Coded
    Package: Annotated[list[ShipParcel], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _check_lane(self) -> "ShipmentPart":
        """Require more fields between two countries, and the invoice's total from the US to Puerto Rico and Canada."""
        if self.Service.Code == EARLY and not (self.ShipTo.AttentionName and self.ShipTo.Phone):
            raise ValueError("ShipTo AttentionName and Phone are required for Next Day Air Early")
        lane = (self.Shipper.Address.CountryCode, self.ShipTo.Address.CountryCode)
        if lane[0] == lane[1]:
            return self
        required = (self.Description, self.ShipTo.AttentionName, self.ShipTo.Phone, self.Shipper.Phone)
        if not all(required):
            raise ValueError("Description, ShipTo AttentionName and both Phones are required for the lane")
        if lane in (("US", "PR"), ("US", "CA")) and self.InvoiceLineTotal is None:
            raise ValueError("InvoiceLineTotal is required for the lane")
        return self


class LabelFormat(VendorModel):
    Code: Literal["GIF", "ZPL", "EPL", "SPL"]


class RecoveredFormat(VendorModel):
    Code: Literal["GIF", "PDF", "ZPL", "EPL", "SPL"]


class StockSize(VendorModel):
    Height: Literal["6", "8"]
    Width: Literal["4"]


class LabelPart(VendorModel):
    LabelImageFormat: LabelFormat
    LabelStockSize: StockSize
    HTTPUserAgent: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None

    @model_validator(mode="after")
    def _check_browser(self) -> "LabelPart":
        """Require the browser for GIF labels, as Shipping does."""
        if self.LabelImageFormat.Code == "GIF" and self.HTTPUserAgent is None:
            raise ValueError("HTTPUserAgent is required for a GIF")
        return self


class RequestPart(VendorModel):
    documented = frozenset({"SubVersion"})

    RequestOption: Literal["validate", "nonvalidate"] = "nonvalidate"
    TransactionReference: Context | None = None


class ShipmentRequestPart(VendorModel):
    Request: RequestPart
    Shipment: ShipmentPart
    LabelSpecification: LabelPart


class ShipCall(VendorModel):
    ShipmentRequest: ShipmentRequestPart


class RecoverySpecification(VendorModel):
    LabelImageFormat: RecoveredFormat
    LabelStockSize: StockSize | None = None


class RecoveryPart(VendorModel):
    Request: RequestPart
    LabelSpecification: RecoverySpecification
    TrackingNumber: OneZ


class RecoveryCall(VendorModel):
    LabelRecoveryRequest: RecoveryPart


class RateShipment(VendorModel):
    Shipper: ShipperPart
    ShipTo: ToParty
    ShipFrom: Party
    ShipmentRatingOptions: RatingOptions | None = None
    PaymentDetails: Payment
    Package: Annotated[list[RateParcel], Field(min_length=1)]


class RatePart(VendorModel):
    Request: RequestPart
    Shipment: RateShipment


class RateCall(VendorModel):
    RateRequest: RatePart
