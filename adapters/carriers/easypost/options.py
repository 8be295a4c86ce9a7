"""Build the parts of EasyPost's requests that shipping options determine. Pure."""

from typing import Any

from adapters.carriers.common.answers import parse_time
from adapters.carriers.common.options import get_references, write_carrier_options, write_choice
from adapters.http.json import Json, dig
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Billing, LabelReferences
from domain.vendors.easypost import EASYPOST, LIMITS

NOON = "T12:00:00+00:00"
"""Noon in UTC is in the same day from Hawaii to Guam."""
TITLES = {
    "payment": "billing payer",
    "duty_payment": "payer of duties",
    "incoterm": "incoterm",
    "delivery_confirmation": "signature",
    "saturday_delivery": "Saturday delivery",
    "label_date": "ship date",
    "label_size": "label size",
    "label_format": "label format",
    "address_validation_level": "address validation",
    "invoice_number": "reference",
    "print_custom_1": "reference",
    "print_custom_2": "reference",
    "print_custom_3": "reference",
}
"""Our names of EasyPost's options; the payer comes first, because it decides who pays."""
WRITABLE = (
    *TITLES,
    *("print_custom_2_code", "print_custom_3_code"),
    *(option.name for option in EASYPOST.carrier_options if option.name not in TITLES),
)
"""The options that a shipment of ours can have."""
USUAL: Json = {"payment": {"type": "SENDER"}, "machinable": True}
"""Values that EasyPost may show for options that a shipment does not have; false for all others."""
ADDRESS = ("name", "company", "street1", "street2", "city", "state", "country")
CODED_CARRIERS = ("FedEx", "UPS")
"""The carriers with codes for printed references in EasyPost's documentation."""


def write_options(body: Json, request: ShipmentRequest) -> None:
    """Add the options to a new shipment, except its return address.

    Raises:
        Rejected: two of them set the same field.
    """
    wanted, shipment = request.shipping_options, body["shipment"]
    options = shipment["options"]
    _check_signature(request)
    write_choice(body, EASYPOST, "signature", wanted.signature, request)
    if wanted.packaging is not None:
        shipment["parcel"] = {"weight": shipment["parcel"]["weight"]}  # EasyPost knows the sides of these packages
        write_choice(body, EASYPOST, "packaging", wanted.packaging, request)
    options |= _build_references(get_references(request, LIMITS), request.service)
    if wanted.ship_date is not None:
        options["label_date"] = f"{wanted.ship_date.isoformat()}{NOON}"
    if wanted.saturday_delivery:
        options["saturday_delivery"] = True
    if wanted.billing is not None:
        options["payment"] = _build_payment(wanted.billing)
        write_choice(body, EASYPOST, "billing", wanted.billing.payer, request)
    write_choice(body, EASYPOST, "address_validation", wanted.address_validation, request)
    if wanted.label is not None:
        write_choice(body, EASYPOST, "label.size", wanted.label.size, request)
    write_carrier_options(body, EASYPOST, request)


def find_other_option(shipment: Json, body: Json) -> str | None:
    """Name an option of an existing shipment that differs from a new one's body; None if there is none."""
    wanted, echo = body["shipment"], shipment.get("options")
    if isinstance(echo, dict):
        for name in WRITABLE:
            if _simplify(name, echo.get(name)) != _simplify(name, wanted["options"].get(name)):
                return TITLES.get(name, name)
    parcel = shipment.get("parcel")
    package = wanted["parcel"].get("predefined_package")
    if isinstance(parcel, dict) and (parcel.get("predefined_package") or None) != package:
        return "packaging"
    back = shipment.get("return_address")
    if isinstance(back, dict) and not _is_same_address(back, wanted.get("return_address") or wanted["from_address"]):
        return "return address"
    return "address validation" if _lacks_validation(shipment, wanted) else None


def build_insurance(request: ShipmentRequest) -> Json:
    """Return the insurance of a purchase; EasyPost sells it with the label."""
    insurance = request.shipping_options.insurance
    return {} if insurance is None else {"insurance": f"{insurance.amount:.2f}"}


def _simplify(name: str, value: Any) -> Any:
    """Return an option's value without differences in form; None if it is the usual one."""
    if isinstance(value, dict):
        value = {part: text for part, text in value.items() if text is not None}
    if value in (None, "", {}) or value == USUAL.get(name, False):
        return None
    if name == "label_date":
        return parse_time(value) or value
    return str(value) if isinstance(value, int | float) else value


def _is_same_address(echo: Json, wanted: Json) -> bool:
    """Whether an address is the wanted one; EasyPost may change its case, and complete its ZIP Code."""
    codes = sorted((_bare(echo.get("zip")), _bare(wanted.get("zip"))), key=len)
    return codes[1].startswith(codes[0]) and all(_bare(echo.get(name)) == _bare(wanted.get(name)) for name in ADDRESS)


def _lacks_validation(shipment: Json, wanted: Json) -> bool:
    """Whether the wanted address is to be verified and the existing one was not, or not with success."""
    found, address = dig(shipment, "to_address", "verifications"), wanted["to_address"]
    if not isinstance(found, dict):
        return False
    if address.get("verify_strict"):
        return not found or not all(dig(check, "success") for check in found.values())
    return bool(address.get("verify")) and not found


def _bare(text: object) -> str:
    return "".join(char for char in str(text or "") if char.isalnum()).upper()


def _build_references(references: LabelReferences, service: str) -> Json:
    found = {
        "print_custom_1": references.order,
        "print_custom_2": references.po,
        "print_custom_3": references.department,
        "invoice_number": references.invoice,
    }
    if service.startswith(CODED_CARRIERS):
        found["print_custom_2_code"] = "PO" if references.po is not None else None
        found["print_custom_3_code"] = "DP" if references.department is not None else None
    return {name: value for name, value in found.items() if value is not None}


def _build_payment(billing: Billing) -> Json:
    found = {"account": billing.account, "country": billing.country, "postal_code": billing.postal_code}
    return {name: value for name, value in found.items() if value is not None}


def _check_signature(request: ShipmentRequest) -> None:
    wanted = request.shipping_options
    if wanted.signature is not None and "delivery_confirmation" in (wanted.carrier_options or {}):
        problem = "is set by carrier_options.delivery_confirmation"
        raise refuse_field("shipping_options.signature", problem, "two_signatures")
