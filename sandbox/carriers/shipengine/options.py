"""The shipping options of ShipEngine's requests, and their fees."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.carriers.fees import fee_of
from sandbox.carriers.places import MILITARY
from sandbox.carriers.services import pounds
from sandbox.carriers.shipengine.connected import find_seller
from sandbox.carriers.shipengine.contracts import AdvancedOptions, CreateLabel, Package, RateShipment
from sandbox.carriers.shipengine.customs import Weight
from sandbox.carriers.usps.package_rules import CUSTOMS_STATES

PACKAGES = {
    "usps_ground_advantage": ("package", "thick_envelope", "large_package", "letter"),
    "usps_priority_mail": (
        *("package", "thick_envelope", "large_package", "letter", "flat_rate_envelope", "flat_rate_legal_envelope"),
        *("flat_rate_padded_envelope", "small_flat_rate_box", "medium_flat_rate_box", "large_flat_rate_box"),
    ),
    "usps_priority_mail_express": (
        *("package", "thick_envelope", "large_package", "letter"),
        *("flat_rate_envelope", "flat_rate_legal_envelope", "flat_rate_padded_envelope"),
    ),
    "usps_first_class_package_international": ("package", "thick_envelope", "large_package", "letter"),
    "usps_priority_mail_international": (
        *("package", "thick_envelope", "large_package", "letter", "flat_rate_envelope", "flat_rate_legal_envelope"),
        *("flat_rate_padded_envelope", "small_flat_rate_box", "medium_flat_rate_box", "large_flat_rate_box"),
    ),
    "usps_priority_mail_express_international": (
        *("package", "thick_envelope", "large_package", "letter"),
        *("flat_rate_envelope", "flat_rate_legal_envelope", "flat_rate_padded_envelope"),
    ),
}
UPS_PACKAGES = ("package", "ups_letter", "ups_express_pak", "ups_tube", "ups_express_box")
CONFIRMATIONS = ("none", "delivery", "signature", "adult_signature")
"""The confirmations of the connected carrier, USPS; others are for other carriers."""
ABROAD = "_international"
OWN_CONFIRMATIONS = ("delivery",)
UNITS = {"pound": "lb", "ounce": "oz", "gram": "g", "kilogram": "kg"}
_COVERS = {"shipsurance": "insurance", "carrier": "declared_value"}
_MESSAGES = {"reference1": "references.order", "reference2": "references.invoice", "reference3": "references.po"}
_ADVANCED = {"saturday_delivery": "saturday_delivery", "bill_to_party": "billing"}
_DETAILS = ("bill_to_account", "bill_to_country_code", "bill_to_postal_code", "delivered_duty_paid")


def find_package_problem(service: str, shipment: RateShipment) -> str | None:
    """Return why a service does not carry the shipment's package, or not to its country; None if it does."""
    if service.endswith(ABROAD) is not shipment.is_international:
        return f"{service} is not available for this destination"
    if len(shipment.packages) > 1:
        return _find_pieces_problem(service, shipment)
    code = shipment.packages[0].package_code
    fits = code in PACKAGES.get(service, UPS_PACKAGES)
    return None if fits else f"package_code {code} is not available for {service}"


def _find_pieces_problem(service: str, shipment: RateShipment) -> str | None:
    """Return why a service does not carry several packages; None if it does."""
    if not find_seller(service).has_pieces:
        return f"{service} does not support several packages"
    if any(package.package_code != "package" or package.dimensions is None for package in shipment.packages):
        return "several packages need the package_code package and dimensions"
    return None


def find_customs_problem(shipment: RateShipment) -> str | None:
    """Return why a label needs other customs data; None if it does not."""
    sides = (shipment.ship_to, shipment.ship_from)
    is_at_border = any(
        side.country_code == "US" and side.state_province in (*MILITARY, *CUSTOMS_STATES) for side in sides
    )
    products = [product for package in shipment.packages for product in package.products]
    if shipment.customs is None or not products:
        is_needed = shipment.is_international or is_at_border
        return "customs with products are required for this destination" if is_needed else None
    if any(product.country_of_origin is None for product in products):
        return "country_of_origin is required"
    goods = sum(product.quantity * to_pounds(product.weight) for product in products)
    is_heavier = goods > sum(to_pounds(package.weight) for package in shipment.packages)
    return "the products weigh more than the packages" if is_heavier else None


def to_pounds(weight: Weight) -> Decimal:
    return pounds(Decimal(str(weight.value)), UNITS[weight.unit])


def read_options(request: CreateLabel) -> dict[str, str]:
    """Return the options of a purchase by our names, with ShipEngine's values; usual values are left out."""
    shipment = request.shipment
    found = {**read_priced(shipment), **_read_advanced(shipment.advanced_options)}
    found |= _read_package(shipment.packages[0])
    texts = {
        "ship_date": shipment.ship_date,
        "hold_at_location": request.ship_to_service_point_id,
        "return_address": shipment.return_to.address_line1 if shipment.return_to is not None else None,
        "carrier_options.charge_event": request.charge_event,
        "carrier_options.external_order_id": shipment.external_order_id,
        "carrier_options.shipment_number": shipment.shipment_number,
    }
    usual = {"address_validation": "no_validation", "label.size": "4x6"}
    given = {"address_validation": request.validate_address, "label.size": request.label_layout}
    texts |= {name: value for name, value in given.items() if value != usual[name]}
    return found | {name: text for name, text in texts.items() if text is not None}


def read_priced(shipment: RateShipment) -> dict[str, str]:
    """Return the options that determine the price."""
    package, found = shipment.packages[0], dict[str, str]()
    if "confirmation" in shipment.model_fields_set:
        name = "carrier_options.confirmation" if shipment.confirmation in OWN_CONFIRMATIONS else "signature"
        found[name] = shipment.confirmation
    if package.package_code != "package":
        found["packaging"] = package.package_code
    if package.insured_value is not None:
        found[_COVERS.get(shipment.insurance_provider, "insurance")] = str(package.insured_value.amount)
    if shipment.advanced_options.saturday_delivery:
        found["saturday_delivery"] = "true"
    return found


def split_fees(options: Mapping[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the fees of the cover, of the confirmation, and of the other options."""
    covers = {name: value for name, value in options.items() if name in _COVERS.values()}
    signature = {name: value for name, value in options.items() if name == "signature"}
    cover, confirmation = fee_of(covers), fee_of(signature)
    return cover, confirmation, fee_of(options) - cover - confirmation


def _read_advanced(options: AdvancedOptions) -> dict[str, str]:
    given = options.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)
    return {
        _ADVANCED.get(name, f"carrier_options.{name}"): _to_text(value)
        for name, value in given.items()
        if name not in _DETAILS
    }


def _read_package(package: Package) -> dict[str, str]:
    found = {}
    if package.content_description is not None:
        found["carrier_options.content_description"] = package.content_description
    if package.label_messages is None:
        return found
    lines = package.label_messages.model_dump(exclude_none=True)
    return found | {_MESSAGES[name]: text for name, text in lines.items()}


def _to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
