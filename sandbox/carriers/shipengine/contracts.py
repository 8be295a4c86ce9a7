"""ShipEngine's request models; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, StringConstraints, model_validator

from sandbox.carriers.places import MILITARY, STATES, TERRITORIES
from sandbox.carriers.shipengine.customs import Customs, Product, TaxIdentifier, Weight
from sandbox.carriers.vendor_model import VendorModel

Text = Annotated[str, StringConstraints(min_length=1)]
ServiceCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9-]+)* ?$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=25, pattern=r"^se(-[a-z0-9]+)+$")]
Number = Annotated[float, Field(gt=0, strict=True)]
Line100 = Annotated[str, StringConstraints(max_length=100)]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[-+]\d{2}:\d{2}))?$")]
Confirmation = Literal[
    "none",
    "delivery",
    "signature",
    "adult_signature",
    "direct_signature",
    "delivery_mailed",
    "verbal_confirmation",
    "delivery_code",
    "age_verification_16_plus",
]


class Address(VendorModel):
    name: Text
    phone: Text | None = None
    company_name: Text | None = None
    address_line1: Text
    address_line2: Text | None = None
    address_line3: Text | None = None
    city_locality: Text
    state_province: Text
    postal_code: Text
    country_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    address_residential_indicator: Literal["unknown", "yes", "no"] = "unknown"

    @model_validator(mode="after")
    def _check_state(self) -> "Address":
        """Require a state's abbreviation in the US."""
        if self.country_code == "US" and self.state_province not in STATES | MILITARY | TERRITORIES:
            raise ValueError("state_province must be a state's abbreviation")
        return self


class Sender(Address):
    phone: Text


class Dimensions(VendorModel):
    unit: Literal["inch", "centimeter"]
    length: Number
    width: Number
    height: Number


class Money(VendorModel):
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")]
    amount: Annotated[float, Field(ge=0, strict=True)]


class LabelMessages(VendorModel):
    """The printed lines: all three keys are required. The length is that of USPS."""

    reference1: Annotated[str, StringConstraints(max_length=60)] | None
    reference2: Annotated[str, StringConstraints(max_length=60)] | None
    reference3: Annotated[str, StringConstraints(max_length=60)] | None


class Package(VendorModel):
    documented = frozenset({"package_name", "external_package_id"})

    weight: Weight
    dimensions: Dimensions | None = None
    package_code: Annotated[str, StringConstraints(max_length=50, pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$")] = "package"
    insured_value: Money | None = None
    label_messages: LabelMessages | None = None
    content_description: Annotated[str, StringConstraints(min_length=1, max_length=35)] | None = None
    products: list[Product] = Field(default_factory=list)


class AdvancedOptions(VendorModel):
    """The documented options, except those for hazardous contents and freight."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    bill_to_party: Literal["recipient", "third_party"] | None = None
    bill_to_account: Text | None = None
    bill_to_country_code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    bill_to_postal_code: Text | None = None
    saturday_delivery: StrictBool = False
    contains_alcohol: StrictBool = False
    non_machinable: StrictBool = False
    additional_handling: StrictBool | None = None
    shipper_release: StrictBool | None = None
    fragile: StrictBool = False
    delivery_as_addressed: Annotated[StrictBool, Field(alias="delivery-as-addressed")] = False
    return_after_first_attempt: Annotated[StrictBool, Field(alias="return-after-first-attempt")] = False
    origin_type: Literal["pickup", "drop_off"] | None = None
    custom_field1: Line100 | None = None
    custom_field2: Line100 | None = None
    custom_field3: Line100 | None = None
    delivered_duty_paid: StrictBool | None = None

    @model_validator(mode="after")
    def _check_payer(self) -> "AdvancedOptions":
        """Require account, country and postal code of a third party, and a payer for them."""
        details = (self.bill_to_account, self.bill_to_country_code, self.bill_to_postal_code)
        if self.bill_to_party == "third_party" and None in details:
            raise ValueError("bill_to_account, bill_to_country_code and bill_to_postal_code are required")
        if self.bill_to_party is None and any(details):
            raise ValueError("bill_to_party is required")
        return self


class RateShipment(VendorModel):
    documented = frozenset({"validate_address", "items"})

    ship_to: Address
    ship_from: Sender
    packages: Annotated[list[Package], Field(min_length=1)]
    ship_date: Day | None = None
    confirmation: Confirmation = "none"
    insurance_provider: Literal["none", "shipsurance", "carrier", "third_party"] = "none"
    advanced_options: AdvancedOptions = AdvancedOptions()
    customs: Customs | None = None
    tax_identifiers: list[TaxIdentifier] = Field(default_factory=list)

    @property
    def is_international(self) -> bool:
        return self.ship_to.country_code != self.ship_from.country_code

    @model_validator(mode="after")
    def _check_insurance(self) -> "RateShipment":
        if self.insurance_provider == "none" and any(package.insured_value for package in self.packages):
            raise ValueError("insured_value requires the insurance_provider")
        return self


class Shipment(RateShipment):
    carrier_id: Id
    service_code: ServiceCode
    external_shipment_id: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    external_order_id: Text | None = None
    shipment_number: Annotated[str, StringConstraints(max_length=50)] | None = None
    return_to: Address | None = None


class CreateLabel(VendorModel):
    documented = frozenset({"is_return_label", "display_scheme", "test_label"})

    shipment: Shipment
    ship_to_service_point_id: Text | None = None
    charge_event: Literal["carrier_default", "on_creation", "on_carrier_acceptance"] | None = None
    label_format: Literal["pdf", "png", "zpl"]
    label_layout: Literal["4x6", "letter", "A4", "A6"]
    label_download_type: Literal["url", "inline"]
    validate_address: Literal["no_validation", "validate_only", "validate_and_clean"]

    @model_validator(mode="after")
    def _check_layout(self) -> "CreateLabel":
        """Allow letter for PDF and PNG, and A4 and A6 for PDF."""
        formats = {"4x6": ("pdf", "png", "zpl"), "letter": ("pdf", "png")}
        if self.label_format not in formats.get(self.label_layout, ("pdf",)):
            raise ValueError(f"label_layout {self.label_layout} is not available for {self.label_format}")
        return self


class RateOptions(VendorModel):
    carrier_ids: Annotated[list[Id], Field(min_length=1)]


class RateRequest(VendorModel):
    rate_options: RateOptions
    shipment: RateShipment
