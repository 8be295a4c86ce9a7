"""UPS's request models with their length limits; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.ups.customs_contracts import GlobalTax, VendorPart
from sandbox.carriers.ups.option_contracts import (
    AccessPoint,
    Indicator,
    PackageServices,
    PackagingPart,
    Payment,
    RatedAccessPoint,
    Reference,
    Services,
    ShipmentIndication,
    SimpleRatePart,
)
from sandbox.carriers.ups.parties import Party, ShipperPart, ToParty
from sandbox.carriers.vendor_model import VendorModel

EARLY = "14"
MAX_POUNDS, MAX_INCHES = 150, 165
OneZ = Annotated[str, StringConstraints(pattern=r"^1Z[0-9A-Z]{16}$")]
LANGUAGES = r"^(dan|nld|fin|fra|deu|itl|nor|pol|por|spa|swe|ces|hun|slk|rus|tur|ron|bul|est|ell|lav|lit|eng)$"
"""The languages of letters on a label, in UPS's spelling."""
Side = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,2}$")]


class Context(VendorModel):
    CustomerContext: Annotated[str, StringConstraints(min_length=1, max_length=512)]


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
    documented = frozenset({"Commodity"})

    PackageWeight: WeightPart
    Dimensions: SizePart | None = None
    SimpleRate: SimpleRatePart | None = None
    AdditionalHandlingIndicator: Indicator = None
    LargePackageIndicator: Indicator = None
    PackageServiceOptions: PackageServices | None = None

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
    Description: Annotated[str, StringConstraints(min_length=1, max_length=35)] | None = None
    Packaging: PackagingPart
    ReferenceNumber: Annotated[list[Reference], Field(max_length=5)] = Field(default_factory=list)


class RateParcel(Parcel):
    PackagingType: PackagingPart


class RatingOptions(VendorModel):
    NegotiatedRatesIndicator: Indicator = None
    UserLevelDiscountIndicator: Indicator = None


class InvoiceTotal(VendorModel):
    CurrencyCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    MonetaryValue: Annotated[str, StringConstraints(max_length=11, pattern=r"^[1-9][0-9]{0,7}(\.[0-9]{1,2})?$")]


class ShipFromPart(Party):
    VendorInfo: VendorPart | None = None


class ShipmentPart(VendorModel):
    Description: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    InvoiceLineTotal: InvoiceTotal | None = None
    Shipper: ShipperPart
    ShipTo: ToParty
    ShipFrom: ShipFromPart | None = None
    GlobalTaxInformation: GlobalTax | None = None
    ShipmentRatingOptions: RatingOptions | None = None
    ShipmentServiceOptions: Services | None = None
    ShipmentIndicationType: Annotated[list[ShipmentIndication], Field(max_length=1)] = Field(default_factory=list)
    AlternateDeliveryAddress: AccessPoint | None = None
    ShipmentDate: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] | None = None
    ReferenceNumber: Annotated[list[Reference], Field(max_length=2)] = Field(default_factory=list)
    PaymentInformation: Payment
    Service: Coded
    Package: Annotated[list[ShipParcel], Field(min_length=1, max_length=200)]

    @property
    def origin(self) -> str:
        """The country of the sender."""
        return (self.ShipFrom or self.Shipper).Address.CountryCode

    @model_validator(mode="after")
    def _check_lane(self) -> "ShipmentPart":
        """Require more fields between two countries, and the invoice's total from the US to Puerto Rico and Canada."""
        if self.Service.Code == EARLY and not (self.ShipTo.AttentionName and self.ShipTo.Phone):
            raise ValueError("ShipTo AttentionName and Phone are required for Next Day Air Early")
        lane = (self.origin, self.ShipTo.Address.CountryCode)
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
    CharacterSet: Annotated[str, StringConstraints(pattern=LANGUAGES)] | None = None

    @model_validator(mode="after")
    def _check_browser(self) -> "LabelPart":
        """Require the browser for GIF labels, as Shipping does."""
        if self.LabelImageFormat.Code == "GIF" and self.HTTPUserAgent is None:
            raise ValueError("HTTPUserAgent is required for a GIF")
        return self


class RequestPart(VendorModel):
    SubVersion: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")] | None = None
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
    ShipmentServiceOptions: Services | None = None
    ShipmentIndicationType: Annotated[list[ShipmentIndication], Field(max_length=1)] = Field(default_factory=list)
    AlternateDeliveryAddress: RatedAccessPoint | None = None
    InvoiceLineTotal: InvoiceTotal | None = None
    PaymentDetails: Payment
    Package: Annotated[list[RateParcel], Field(min_length=1)]


class RatePart(VendorModel):
    Request: RequestPart
    Shipment: RateShipment


class RateCall(VendorModel):
    RateRequest: RatePart
