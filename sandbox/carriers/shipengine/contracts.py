"""ShipEngine's request models; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.places import MILITARY, STATES, TERRITORIES
from sandbox.carriers.vendor_model import VendorModel

Text = Annotated[str, StringConstraints(min_length=1)]
ServiceCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(_[a-z0-9-]+)* ?$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=25, pattern=r"^se(-[a-z0-9]+)+$")]
Number = Annotated[float, Field(gt=0, strict=True)]


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


class Weight(VendorModel):
    value: Number
    unit: Literal["pound", "ounce", "gram", "kilogram"]


class Dimensions(VendorModel):
    unit: Literal["inch", "centimeter"]
    length: Number
    width: Number
    height: Number


class Package(VendorModel):
    documented = frozenset({"package_code", "insured_value", "label_messages", "external_package_id"})

    weight: Weight
    dimensions: Dimensions | None = None


class RateShipment(VendorModel):
    documented = frozenset({"validate_address", "ship_date", "confirmation", "customs", "items", "advanced_options"})

    ship_to: Address
    ship_from: Sender
    packages: Annotated[list[Package], Field(min_length=1, max_length=1)]


class Shipment(RateShipment):
    carrier_id: Id
    service_code: ServiceCode
    external_shipment_id: Annotated[str, StringConstraints(min_length=1, max_length=50)]


class CreateLabel(VendorModel):
    documented = frozenset({"is_return_label", "charge_event", "display_scheme", "test_label"})

    shipment: Shipment
    label_format: Literal["pdf", "png", "zpl"]
    label_layout: Literal["4x6", "letter", "A4", "A6"]
    label_download_type: Literal["url", "inline"]
    validate_address: Literal["no_validation", "validate_only", "validate_and_clean"]


class RateOptions(VendorModel):
    carrier_ids: Annotated[list[Id], Field(min_length=1)]


class RateRequest(VendorModel):
    rate_options: RateOptions
    shipment: RateShipment
