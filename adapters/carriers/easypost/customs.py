"""Build the customs data of EasyPost's shipments, and compare them with those of an existing one. Pure."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from adapters.http.json import Json, find_objects
from domain.customs import Customs, CustomsItem, Duties, TaxId
from domain.export_rules import choose_export_statement
from domain.measures import POUNDS
from domain.postal.fitting import write_text
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.easypost import LIMITS
from domain.vendors.easypost_customs import CUSTOMS

LEAST_OUNCES = Decimal("0.001")
"""EasyPost drops further decimals."""
INFO_FIELDS = (
    "contents_type",
    "contents_explanation",
    "customs_certify",
    "customs_signer",
    "eel_pfc",
    "non_delivery_option",
)
ITEM_FIELDS = ("description", "quantity", "value", "weight", "origin_country", "currency", "hs_tariff_number", "code")
TAX_FIELDS = ("entity", "tax_id_type", "issuing_country")
"""The comparable fields of a tax id: EasyPost hides its number."""
USUAL: Json = {"non_delivery_option": "return", "currency": "USD", "customs_certify": False}
"""The values that EasyPost shows for fields that a shipment does not set."""


def write_customs(body: Json, request: ShipmentRequest) -> None:
    """Add the customs data to a new shipment.

    Raises:
        Rejected: an option sets the same field.
    """
    customs, shipment = request.customs, body["shipment"]
    if customs is None:
        return
    shipment["customs_info"] = _build_info(request, customs)
    senders = [_build_tax_id("SENDER", "sender_tax_ids", tax_id) for tax_id in customs.sender_tax_ids]
    recipients = [_build_tax_id("RECEIVER", "recipient_tax_ids", tax_id) for tax_id in customs.recipient_tax_ids]
    if senders or recipients:
        shipment["tax_identifiers"] = [*senders, *recipients]
    options = shipment["options"]
    if customs.incoterm is not None:
        options["incoterm"] = CUSTOMS.vendor_value("incoterm", customs.incoterm, request.service)
    if customs.duties is not None:
        options["duty_payment"] = _build_duty_payment(customs.duties)
    invoice = _write(customs.invoice_number, "invoice_number")
    if invoice is not None:
        if options.get("invoice_number", invoice) != invoice:
            problem = "differs from shipping_options.references.invoice: EasyPost has one field for both"
            raise refuse_field("customs.invoice_number", problem, "two_invoice_numbers")
        options["invoice_number"] = invoice


def find_other_customs(shipment: Json, body: Json) -> str | None:
    """Name a part of an existing shipment's customs data that differs from a new one's body; None if there is none."""
    wanted, info = body["shipment"], shipment.get("customs_info")
    own = wanted.get("customs_info")
    if not isinstance(info, dict) or own is None:
        return None if not info and own is None else "customs data"
    if _read(info, INFO_FIELDS) != _read(own, INFO_FIELDS):
        return "customs data"
    if _read_all(info.get("customs_items"), ITEM_FIELDS) != _read_all(own["customs_items"], ITEM_FIELDS):
        return "customs item"
    tax_ids = [sorted(_read_all(found.get("tax_identifiers"), TAX_FIELDS)) for found in (shipment, wanted)]
    return "tax id" if tax_ids[0] != tax_ids[1] else None


def _build_info(request: ShipmentRequest, customs: Customs) -> Json:
    found = {
        "contents_type": CUSTOMS.vendor_value("contents", customs.contents, request.service),
        "contents_explanation": _write(customs.contents_explanation, "contents_explanation"),
        "customs_certify": True if customs.signer is not None else None,
        "customs_signer": _write(customs.signer, "signer"),
        "eel_pfc": choose_export_statement(customs, request.ship_from, request.ship_to),
        "restriction_type": "none",
        "customs_items": [_build_item(item, place) for place, item in enumerate(customs.items)],
    }
    if customs.non_delivery is not None:
        found["non_delivery_option"] = CUSTOMS.vendor_value("non_delivery", customs.non_delivery, request.service)
    return {name: value for name, value in found.items() if value is not None}


def _build_item(item: CustomsItem, place: int) -> Json:
    ounces = (item.total_pounds / POUNDS["oz"]).quantize(LEAST_OUNCES, rounding=ROUND_FLOOR)
    found = {
        "description": write_text(item.description, f"customs.items.{place}.description", LIMITS),
        "quantity": item.quantity,
        "value": float(item.total_value),
        # Rounded down, so that the items are never heavier than the parcel.
        "weight": float(max(ounces, LEAST_OUNCES)),
        "origin_country": item.origin,
        "currency": item.currency,
        "hs_tariff_number": item.hs_code,
        "code": item.sku,
    }
    return {name: value for name, value in found.items() if value is not None}


def _build_tax_id(entity: str, field: str, tax_id: TaxId) -> Json:
    return {
        "entity": entity,
        "tax_id": tax_id.number,
        "tax_id_type": CUSTOMS.vendor_value(field, tax_id.type),
        "issuing_country": tax_id.country,
    }


def _build_duty_payment(duties: Duties) -> Json:
    found = {
        "type": CUSTOMS.vendor_value("duties", duties.payer),
        "account": duties.account,
        "postal_code": duties.postal_code,
        "country": duties.country,
    }
    return {name: value for name, value in found.items() if value is not None}


def _write(text: str | None, name: str) -> str | None:
    return None if text is None else write_text(text, f"customs.{name}", LIMITS)


def _read_all(items: object, names: Sequence[str]) -> list[tuple[str, ...]]:
    return [_read(item, names) for item in find_objects(items)]


def _read(found: Json, names: Sequence[str]) -> tuple[str, ...]:
    """Return values without differences in form: EasyPost may change case, spaces and the notation of numbers."""
    return tuple(_simplify(USUAL.get(name) if found.get(name) in (None, "") else found[name]) for name in names)


def _simplify(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    try:
        return f"{Decimal(str(value).strip()).normalize():f}"
    except ArithmeticError:
        return "".join(char for char in str(value) if char.isalnum()).upper()
