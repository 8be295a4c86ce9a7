"""Build USPS's customs forms. Pure."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from adapters.carriers.common.units import to_weight
from adapters.carriers.usps.codes import NO_DESCRIPTIONS
from adapters.carriers.usps.parts import WEIGHT_PLACES
from adapters.http.json import Json
from domain.customs import Customs, CustomsItem, TaxId
from domain.export_rules import choose_export_statement
from domain.postal.fitting import write_text
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.vendors.usps import LIMITS
from domain.vendors.usps_customs import CUSTOMS
from domain.vendors.usps_options import FIRST_CLASS_ABROAD

LEAST_POUNDS = Decimal("0.0001")
MAX_FIRST_CLASS_VALUE = 400


def build_form(request: ShipmentRequest, customs: Customs) -> Json:
    """Build the customs form of a purchase.

    Raises:
        Rejected: USPS would not accept it; names the field.
    """
    _check_value(request, customs)
    items = [_build_item(item, place) for place, item in enumerate(customs.items)]
    _check_weight(request, items)
    form = {
        "customsContentType": CUSTOMS.vendor_value("contents", customs.contents, request.service),
        "contentComments": _write(customs.contents_explanation, "customs.contents_explanation"),
        "AESITN": choose_export_statement(customs, request.ship_from, request.ship_to),
        "invoiceNumber": _write(customs.invoice_number, "customs.invoice_number"),
        "exportersReference": _build_reference("sender_tax_ids", customs.sender_tax_ids),
        "importersReference": _build_reference("recipient_tax_ids", customs.recipient_tax_ids),
        "contents": items,
    }
    return {name: value for name, value in form.items() if value is not None}


def build_non_delivery(request: ShipmentRequest, customs: Customs) -> Json:
    """Return the part of the package's options that says what happens to an undeliverable parcel."""
    if customs.non_delivery is None:
        return {}
    return {"nonDeliveryOption": CUSTOMS.vendor_value("non_delivery", customs.non_delivery, request.service)}


def build_prepayment(customs: Customs) -> Json:
    """Return the part of the package that says whether the sender pays the duties in advance."""
    payer = customs.duties.payer if customs.duties is not None else None
    value = CUSTOMS.vendor_value("duties", payer) if payer is not None else None
    if value == "true" and customs.sender_tax_ids:
        problem = "cannot be sender together with a tax id of the sender: USPS pays the duties as the exporter"
        raise refuse_field("customs.duties.payer", problem, "prepaid_by_usps")
    return {} if value is None else {"prepayDutiesTaxesFees": value == "true"}


def _check_value(request: ShipmentRequest, customs: Customs) -> None:
    if request.service == FIRST_CLASS_ABROAD and customs.total_value > MAX_FIRST_CLASS_VALUE:
        problem = f"are worth more than the {MAX_FIRST_CLASS_VALUE} USD that USPS accepts with {FIRST_CLASS_ABROAD}"
        raise refuse_field("customs.items", problem, "too_valuable")


def _check_weight(request: ShipmentRequest, items: Sequence[Json]) -> None:
    """Raise Rejected if the items are heavier than the parcel: USPS compares the exact numbers."""
    pounds = sum(Decimal(str(item["itemTotalWeight"])) for item in items)
    if pounds > to_weight(request.parcels[0], places=WEIGHT_PLACES):
        raise refuse_field("customs.items", "are heavier than the parcel", "items_too_heavy")


def _build_reference(field: str, tax_ids: tuple[TaxId, ...]) -> Json | None:
    """Return a party's only tax id."""
    if not tax_ids:
        return None
    return {"referenceType": CUSTOMS.vendor_value(field, tax_ids[0].type), "reference": tax_ids[0].number}


def _build_item(item: CustomsItem, place: int) -> Json:
    field = f"customs.items.{place}.description"
    description = write_text(item.description, field, LIMITS)
    if description.strip().lower() in NO_DESCRIPTIONS:
        raise refuse_field(field, "is too general for USPS: name the goods", "no_description")
    # Rounded down, so that the items are never heavier than the parcel.
    pounds = max(item.total_pounds.quantize(LEAST_POUNDS, rounding=ROUND_FLOOR), LEAST_POUNDS)
    found = {
        "itemDescription": description,
        "itemQuantity": item.quantity,
        "itemTotalValue": float(item.total_value),
        "itemTotalWeight": float(pounds),
        "weightUOM": "lb",
        "HSTariffNumber": item.hs_code,
        "countryofOrigin": item.origin,
    }
    return {name: value for name, value in found.items() if value is not None}


def _write(text: str | None, field: str) -> str | None:
    return None if text is None else write_text(text, field, LIMITS)
