"""Build the customs data of ShipEngine's shipments. Pure."""

from decimal import ROUND_FLOOR, Decimal

from adapters.http.json import Json
from domain.customs import Customs, CustomsItem, Incoterm, TaxId
from domain.measures import POUNDS
from domain.postal.fitting import write_text
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.shipengine import LIMITS
from domain.vendors.shipengine_customs import CUSTOMS

LEAST_OUNCES = Decimal("0.001")


def write_customs(shipment: Json, request: ShipmentRequest) -> None:
    """Add the customs data to a shipment with one package.

    Raises:
        Rejected: there are several packages.
    """
    customs = request.customs
    if customs is None:
        return
    if len(request.parcels) > 1:
        problem = "must be one with customs data: ShipEngine declares the goods of each package"
        raise refuse_field("parcels", problem, "several_parcels")
    shipment["customs"] = _build_customs(request, customs)
    tax_ids = _build_tax_ids(customs)
    if tax_ids:
        shipment["tax_identifiers"] = tax_ids
    if customs.duties is not None or customs.incoterm is Incoterm.DDP:
        is_paid = CUSTOMS.vendor_value("duties", customs.duties_payer, request.service) == "true"
        shipment.setdefault("advanced_options", {})["delivered_duty_paid"] = is_paid
    shipment["packages"][0]["products"] = [_build_product(item, place) for place, item in enumerate(customs.items)]


def _build_customs(request: ShipmentRequest, customs: Customs) -> Json:
    """Return the shipment's declaration; ShipEngine needs to know what happens to an undeliverable parcel."""
    non_delivery = customs.non_delivery or "return"
    found = {
        "contents": CUSTOMS.vendor_value("contents", customs.contents, request.service),
        "contents_explanation": _write(customs.contents_explanation, "contents_explanation"),
        "non_delivery": CUSTOMS.vendor_value("non_delivery", non_delivery, request.service),
    }
    if customs.incoterm is not None:
        found["terms_of_trade_code"] = CUSTOMS.vendor_value("incoterm", customs.incoterm, request.service)
    invoice = {"invoice_additional_details": {"invoice_number": _write(customs.invoice_number, "invoice_number")}}
    return {
        **{name: value for name, value in found.items() if value is not None},
        **(invoice if customs.invoice_number is not None else {}),
    }


def _build_tax_ids(customs: Customs) -> list[Json]:
    return [
        *(_build_tax_id("shipper", "sender_tax_ids", tax_id) for tax_id in customs.sender_tax_ids),
        *(_build_tax_id("recipient", "recipient_tax_ids", tax_id) for tax_id in customs.recipient_tax_ids),
    ]


def _build_tax_id(entity: str, field: str, tax_id: TaxId) -> Json:
    return {
        "taxable_entity_type": entity,
        "identifier_type": CUSTOMS.vendor_value(field, tax_id.type),
        "issuing_authority": tax_id.country,
        "value": tax_id.number,
    }


def _build_product(item: CustomsItem, place: int) -> Json:
    ounces = (item.pounds / POUNDS["oz"]).quantize(LEAST_OUNCES, rounding=ROUND_FLOOR)
    found = {
        "description": write_text(item.description, f"customs.items.{place}.description", LIMITS),
        "quantity": item.quantity,
        "value": {"currency": item.currency, "amount": float(item.value)},
        "weight": {"unit": "ounce", "value": float(max(ounces, LEAST_OUNCES))},
        "country_of_origin": item.origin,
        "harmonized_tariff_code": item.hs_code,
        "sku": item.sku,
    }
    return {name: value for name, value in found.items() if value is not None}


def _write(text: str | None, name: str) -> str | None:
    return None if text is None else write_text(text, f"customs.{name}", LIMITS)
