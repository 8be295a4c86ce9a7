"""The shipping options of EasyPost's requests, and their fees."""

from decimal import Decimal
from typing import Any

from sandbox.carriers.easypost.contracts import Address, Shipment
from sandbox.carriers.easypost.customs import echo_customs
from sandbox.carriers.fees import fee_of
from sandbox.carriers.places import MILITARY
from sandbox.carriers.usps.package_rules import CUSTOMS_STATES

_NAMES = {
    "delivery_confirmation": "signature",
    "print_custom_1": "references.order",
    "print_custom_2": "references.po",
    "print_custom_3": "references.department",
    "invoice_number": "references.invoice",
    "label_date": "ship_date",
    "saturday_delivery": "saturday_delivery",
    "address_validation_level": "address_validation",
    "label_size": "label.size",
}
"""Our names of EasyPost's options; all others are its own."""
_CODES = (
    *("print_custom_1_code", "print_custom_2_code", "print_custom_3_code", "label_format", "payment", "currency"),
    *("incoterm", "duty_payment"),
)
RESTRICTED = ("ADULT_SIGNATURE_RESTRICTED", "SIGNATURE_RESTRICTED")
FLAT_RATES = {
    "GroundAdvantage": ("SoftPack",),
    "Priority": (
        *("FlatRateEnvelope", "FlatRateLegalEnvelope", "FlatRatePaddedEnvelope"),
        *("SmallFlatRateBox", "MediumFlatRateBox", "LargeFlatRateBox", "SoftPack"),
    ),
    "Express": ("FlatRateEnvelope", "FlatRateLegalEnvelope", "FlatRatePaddedEnvelope"),
    "PriorityMailInternational": (
        *("FlatRateEnvelope", "FlatRateLegalEnvelope", "FlatRatePaddedEnvelope"),
        *("SmallFlatRateBox", "MediumFlatRateBox", "LargeFlatRateBox"),
    ),
    "ExpressMailInternational": ("FlatRateEnvelope", "FlatRateLegalEnvelope", "FlatRatePaddedEnvelope"),
}
"""USPS's packages by service."""
ABROAD = ("FirstClassPackageInternationalService", "PriorityMailInternational", "ExpressMailInternational")
NO_SATURDAY = ("GroundAdvantage",)


def read_options(shipment: Shipment, insurance: str | None = None) -> dict[str, str]:
    """Return the options of a shipment by our names, with EasyPost's values."""
    given = shipment.options.model_dump(exclude_none=True, exclude_defaults=True)
    found = {_name_of(name, value): _to_text(value) for name, value in given.items() if name not in _CODES}
    if shipment.options.payment is not None:
        found["billing"] = shipment.options.payment.type
    if shipment.parcel.predefined_package is not None:
        found["packaging"] = shipment.parcel.predefined_package
    if shipment.return_address is not None:
        found["return_address"] = shipment.return_address.street1
    if shipment.to_address.verify or shipment.to_address.verify_strict:
        found["address_validation"] = "true"
    return found if insurance is None else {**found, "insurance": insurance}


def echo_request(shipment: Shipment) -> dict[str, Any]:
    """Return the parts of a created shipment that EasyPost shows unchanged, also after its purchase."""
    options = shipment.options.model_dump(exclude_none=True, exclude_unset=True)
    payment = {"type": "SENDER"} | options.get("payment", {})
    to = shipment.to_address
    checked = {"success": True, "errors": [], "details": None}
    return {
        "to_address": {
            **_echo_address(to),
            "verifications": {"zip4": checked, "delivery": checked} if to.verify or to.verify_strict else {},
        },
        "from_address": _echo_address(shipment.from_address),
        "return_address": _echo_address(shipment.return_address or shipment.from_address),
        "parcel": shipment.parcel.model_dump(),
        "options": {"currency": "USD", "date_advance": 0, **options, "payment": payment},
        **echo_customs(shipment.customs_info, shipment.tax_identifiers),
    }


def price_fee(shipment: Shipment) -> Decimal:
    """Return the fee that a shipment's options add to its rates; insurance is not part of them."""
    return fee_of(read_options(shipment))


def insurance_fee(options: dict[str, str]) -> Decimal:
    """Return the fee of a sold label's insurance."""
    return fee_of({name: value for name, value in options.items() if name == "insurance"})


def is_offered(code: str, shipment: Shipment) -> bool:
    """Whether a service goes to the shipment's country, and has its package and a Saturday delivery."""
    if (code in ABROAD) is not (shipment.from_address.country != shipment.to_address.country):
        return False
    package = shipment.parcel.predefined_package
    fits = package is None or package in FLAT_RATES.get(code, ())
    return fits and not (shipment.options.saturday_delivery and code in NO_SATURDAY)


def find_customs_problem(shipment: Shipment) -> str | None:
    """Return why the shipment's customs data do not permit its purchase; None if they do."""
    info, sides = shipment.customs_info, (shipment.to_address, shipment.from_address)
    is_abroad = shipment.to_address.country != shipment.from_address.country
    is_at_border = any(side.country == "US" and side.state in (*MILITARY, *CUSTOMS_STATES) for side in sides)
    if info is None or not info.customs_items or info.contents_type is None:
        return "customs_info is required for this destination." if is_abroad or is_at_border else None
    if info.ounces > shipment.parcel.weight:
        return "The customs items weigh more than the parcel."
    if not info.customs_certify:
        return "USPS requires customs_certify and customs_signer."
    return "eel_pfc is required." if is_abroad and shipment.from_address.country == "US" and not info.eel_pfc else None


def _echo_address(address: Address) -> dict[str, Any]:
    return address.model_dump(exclude={"verify", "verify_strict"})


def _name_of(name: str, value: Any) -> str:
    is_own = name not in _NAMES or value in RESTRICTED
    return f"carrier_options.{name}" if is_own else _NAMES[name]


def _to_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
