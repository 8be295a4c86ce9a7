"""EasyPost's request models; unknown fields are refused."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, model_validator

from sandbox.carriers.easypost.customs import CustomsInfo, DutyPayment, Incoterm, TaxIdentifier
from sandbox.carriers.vendor_model import VendorModel

Text = Annotated[str, StringConstraints(min_length=1)]


def _check_decimals(value: float) -> float:
    if value != round(value, 1):
        raise ValueError("must have at most one decimal")
    return value


def _check_date(value: str) -> str:
    if datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("must have an offset from UTC")
    return value


Number = Annotated[float, Field(gt=0, strict=True), AfterValidator(_check_decimals)]
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$")]
Confirmation = Literal[
    "NO_SIGNATURE",
    "SIGNATURE",
    "INDIRECT_SIGNATURE",
    "ADULT_SIGNATURE",
    "SIGNATURE_RESTRICTED",
    "ADULT_SIGNATURE_RESTRICTED",
]
Dropoff = Literal["REGULAR_PICKUP", "SCHEDULED_PICKUP", "RETAIL_LOCATION", "STATION", "DROP_BOX"]
Endorsement = Literal[
    "ADDRESS_SERVICE_REQUESTED",
    "FORWARDING_SERVICE_REQUESTED",
    "CHANGE_SERVICE_REQUESTED",
    "RETURN_SERVICE_REQUESTED",
    "LEAVE_IF_NO_RESPONSE",
]
_PACKAGES = (
    "Card Letter Flat FlatRateEnvelope FlatRateLegalEnvelope FlatRatePaddedEnvelope FlatRateGiftCardEnvelope"
    " FlatRateWindowEnvelope SmallFlatRateEnvelope SmallFlatRateBox MediumFlatRateBox LargeFlatRateBox SoftPack"
    " FedExEnvelope FedExBox FedExPak FedExTube FedEx10kgBox FedEx25kgBox FedExSmallBox FedExMediumBox FedExLargeBox"
    " FedExExtraLargeBox UPSLetter UPSExpressBox UPS25kgBox UPS10kgBox Tube Pak SmallExpressBox MediumExpressBox"
    " LargeExpressBox"
)
PACKAGES = frozenset(_PACKAGES.split())
"""The predefined packages of USPS, FedEx and UPS."""


def _check_package(name: str) -> str:
    if name not in PACKAGES:
        raise ValueError("is not a predefined package")
    return name


Package = Annotated[str, AfterValidator(_check_package)]


class Address(VendorModel):
    documented = frozenset({"email", "federal_tax_id", "state_tax_id", "carrier_facility"})

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
    verify: StrictBool = False
    verify_strict: StrictBool = False


class Parcel(VendorModel):
    """`weight` is in ounces, the sides are in inches; a predefined package has its own sides."""

    weight: Number
    length: Number | None = None
    width: Number | None = None
    height: Number | None = None
    predefined_package: Package | None = None

    @model_validator(mode="after")
    def _check_sides(self) -> "Parcel":
        if self.predefined_package is not None and (self.length or self.width or self.height):
            raise ValueError("a predefined_package has no sides")
        return self


class Payment(VendorModel):
    type: Literal["SENDER", "THIRD_PARTY", "RECEIVER", "COLLECT"] = "SENDER"
    account: Text | None = None
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    postal_code: Text | None = None

    @model_validator(mode="after")
    def _check_account(self) -> "Payment":
        """Require the account and its postal code of another payer, and the country of a third party."""
        others = ("THIRD_PARTY", "RECEIVER")
        if self.type in others and not (self.account and self.postal_code):
            raise ValueError(f"account and postal_code are required for {self.type}")
        if self.type == "THIRD_PARTY" and self.country is None:
            raise ValueError("country is required for THIRD_PARTY")
        return self


class Options(VendorModel):
    """The documented options, except those for hazardous contents."""

    documented = frozenset({"currency"})

    incoterm: Incoterm | None = None
    duty_payment: DutyPayment | None = None

    label_format: Literal["PDF", "ZPL", "PNG"] = "PNG"
    label_size: Literal["4x4", "4x6", "4x7", "4x8", "6x4", "7x3", "8.5x11"] = "4x6"
    delivery_confirmation: Confirmation | None = None
    print_custom_1: Text | None = None
    print_custom_2: Text | None = None
    print_custom_3: Text | None = None
    print_custom_1_code: Text | None = None
    print_custom_2_code: Text | None = None
    print_custom_3_code: Text | None = None
    print_custom_1_barcode: StrictBool = False
    print_custom_2_barcode: StrictBool = False
    print_custom_3_barcode: StrictBool = False
    invoice_number: Text | None = None
    label_date: Annotated[str, AfterValidator(_check_date)] | None = None
    saturday_delivery: StrictBool = False
    payment: Payment | None = None
    address_validation_level: Literal["0"] | None = None
    additional_handling: StrictBool = False
    alcohol: StrictBool = False
    billing_ref: Text | None = None
    carbon_neutral: StrictBool = False
    certified_mail: StrictBool = False
    content_description: Text | None = None
    dropoff_type: Dropoff | None = None
    endorsement: Endorsement | None = None
    handling_instructions: Text | None = None
    hold_for_pickup: StrictBool = False
    machinable: StrictBool = True
    registered_mail: StrictBool = False
    return_receipt: StrictBool = False
    smartpost_hub: Text | None = None
    smartpost_manifest: Text | None = None
    special_rates_eligibility: Literal["USPS.MEDIAMAIL", "USPS.LIBRARYMAIL"] | None = None


class Shipment(VendorModel):
    documented = frozenset({"buyer_address", "is_return"})

    to_address: Address
    return_address: Address | None = None
    from_address: Address
    parcel: Parcel
    options: Options
    reference: Text | None = None
    carrier_accounts: list[Annotated[str, StringConstraints(pattern=r"^ca_[0-9a-zA-Z]+$")]] | None = None
    customs_info: CustomsInfo | None = None
    tax_identifiers: Annotated[list[TaxIdentifier], Field(max_length=8)] = Field(default_factory=list)


class NewShipment(VendorModel):
    shipment: Shipment


class ChosenRate(VendorModel):
    id: Annotated[str, StringConstraints(pattern=r"^rate_")]


class Purchase(VendorModel):
    rate: ChosenRate
    insurance: Amount | None = None
