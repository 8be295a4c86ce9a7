"""Build the parts of EasyPost's requests that shipping options determine. Pure."""

from adapters.carriers.common.options import write_carrier_options, write_choice
from adapters.http.json import Json
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Billing, LabelReferences
from domain.vendors.easypost import EASYPOST

NOON = "T12:00:00+00:00"
"""Noon in UTC is in the same day from Hawaii to Guam."""
ECHOED = {
    "options": {"delivery_confirmation": "signature", "saturday_delivery": "Saturday delivery"},
    "parcel": {"predefined_package": "packaging"},
}
"""The fields of a shipment that determine what EasyPost buys, with our names."""
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
    if wanted.references is not None:
        options |= _build_references(wanted.references, request.service)
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
    """Name an option of an existing shipment that a new one's body contradicts; None if there is none."""
    wanted = body["shipment"]
    for group, names in ECHOED.items():
        echo = shipment.get(group)
        if isinstance(echo, dict):
            other = (name for name in names if (echo.get(name) or None) != (wanted[group].get(name) or None))
            found = next(other, None)
            if found is not None:
                return names[found]
    return None


def build_insurance(request: ShipmentRequest) -> Json:
    """Return the insurance of a purchase; EasyPost sells it with the label."""
    insurance = request.shipping_options.insurance
    return {} if insurance is None else {"insurance": f"{insurance.amount:.2f}"}


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
