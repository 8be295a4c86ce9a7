"""Build the customs data of FedEx's requests. Pure."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from adapters.carriers.fedex.payments import build_payor
from adapters.http.json import Json
from domain.customs import Contents, Customs, CustomsItem, Duties, TaxId
from domain.export_rules import choose_export_statement
from domain.measures import POUNDS
from domain.postal.fitting import write_text
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Payer
from domain.vendors.fedex import LIMITS
from domain.vendors.fedex_customs import CUSTOMS

UNIT = "EA"
GRAM = Decimal("0.001")
MAX_TOTAL, MAX_QUANTITY = Decimal(100_000), 9999
"""The description of Ship v1 allows five digits before the decimal point of a total, and 9,999 pieces."""
INVOICE_FORM = {
    "shippingDocumentTypes": ["COMMERCIAL_INVOICE"],
    "commercialInvoiceDetail": {"documentFormat": {"stockType": "PAPER_LETTER", "docType": "PDF"}},
}


def build_customs(request: ShipmentRequest, account_number: str) -> Json:
    """Build the customs fields of a purchase; empty without customs data.

    Raises:
        Rejected: FedEx would not accept them; names the field.
    """
    customs = request.customs
    if customs is None:
        return {}
    clearance = {**_build_clearance(customs, account_number), "commercialInvoice": _build_invoice(customs)}
    statement = choose_export_statement(customs, request.ship_from, request.ship_to)
    if statement is not None:
        clearance["exportDetail"] = {"exportComplianceStatement": statement}
    invoice = {} if is_document_only(customs) else {"shippingDocumentSpecification": INVOICE_FORM}
    return {"customsClearanceDetail": clearance, **invoice}


def build_rate_customs(request: ShipmentRequest, account_number: str) -> Json:
    """Build the customs field of a request for prices; raises as `build_customs`."""
    customs = request.customs
    if customs is None:
        return {}
    return {"customsClearanceDetail": _build_clearance(customs, account_number)}


def build_tax_ids(tax_ids: Sequence[TaxId], field: str) -> Json:
    """Build the tax ids of a party; `field` is their name in the customs data."""
    tins = [
        {"number": tax_id.number, "tinType": CUSTOMS.vendor_value(field, tax_id.type), "usage": tax_id.type.upper()}
        for tax_id in tax_ids
    ]
    return {"tins": tins} if tins else {}


def is_document_only(customs: Customs) -> bool:
    return customs.contents is Contents.DOCUMENTS


def _build_clearance(customs: Customs, account_number: str) -> Json:
    if customs.total_value >= MAX_TOTAL:
        raise refuse_field("customs.items", f"must be worth less than {MAX_TOTAL} {customs.currency}", "too_much")
    return {
        "dutiesPayment": _build_duties(customs, account_number),
        "totalCustomsValue": _build_money(customs.total_value, customs.currency),
        **({"isDocumentOnly": True} if is_document_only(customs) else {}),
        "commodities": [_build_commodity(item, place) for place, item in enumerate(customs.items)],
    }


def _build_commodity(item: CustomsItem, place: int) -> Json:
    where = f"customs.items.{place}"
    if item.quantity > MAX_QUANTITY:
        raise refuse_field(f"{where}.quantity", f"must be at most {MAX_QUANTITY}", "too_many")
    kilograms = (item.total_pounds / POUNDS["kg"]).quantize(GRAM, ROUND_DOWN)
    return {
        "description": write_text(item.description, f"{where}.description", LIMITS),
        "numberOfPieces": item.quantity,
        "quantity": item.quantity,
        "quantityUnits": UNIT,
        "unitPrice": _build_money(item.value, item.currency),
        "customsValue": _build_money(item.total_value, item.currency),
        "weight": {"units": "KG", "value": float(max(kilograms, GRAM))},
        "countryOfManufacture": item.origin,
        **({"harmonizedCode": item.hs_code} if item.hs_code else {}),
        **({"partNumber": write_text(item.sku, f"{where}.sku", LIMITS)} if item.sku else {}),
    }


def _build_duties(customs: Customs, account_number: str) -> Json:
    """Build the payment of duties and taxes; the sender pays with the account of the purchase by default."""
    payer, duties = customs.duties_payer, customs.duties or Duties(customs.duties_payer)
    account = duties.account or (account_number if payer is Payer.SENDER else None)
    payment = {"paymentType": CUSTOMS.vendor_value("duties", payer)}
    if account is None:
        return payment
    if duties.account is None:
        return {**payment, "payor": {"responsibleParty": {"accountNumber": {"value": account}}}}
    return {**payment, "payor": build_payor(account, duties.postal_code, duties.country, "customs.duties.account")}


def _build_invoice(customs: Customs) -> Json:
    texts = {"contents_explanation": customs.contents_explanation, "signer": customs.signer}
    written = {name: write_text(text, f"customs.{name}", LIMITS) for name, text in texts.items() if text}
    number = customs.invoice_number
    reference = {"customerReferenceType": "INVOICE_NUMBER", "value": number}
    return {
        "shipmentPurpose": CUSTOMS.vendor_value("contents", customs.contents),
        **({"termsOfSale": CUSTOMS.vendor_value("incoterm", customs.incoterm)} if customs.incoterm else {}),
        **({"comments": [written["contents_explanation"]]} if "contents_explanation" in written else {}),
        **({"originatorName": written["signer"]} if "signer" in written else {}),
        **({"customerReferences": [reference]} if number else {}),
    }


def _build_money(amount: Decimal, currency: str) -> Json:
    return {"amount": float(amount), "currency": currency}
