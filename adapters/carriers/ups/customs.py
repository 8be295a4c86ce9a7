"""Build the customs data of UPS's requests. Pure."""

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

from adapters.carriers.ups.parties import build_party
from adapters.carriers.ups.payments import build_receiver, build_third_party
from adapters.http.json import Json
from domain.customs import Customs, CustomsItem, Duties, TaxId
from domain.postal.fitting import FittedAddress, write_text
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Payer
from domain.vendors.ups import LIMITS
from domain.vendors.ups_customs import CUSTOMS, VENDOR_IDS

INVOICE = "01"
UNIT = "EA"
DUTIES = "02"
"""UPS's code for the charge of duties and taxes."""
SENDER_ROLE, RECIPIENT_ROLE = ("20", "37"), ("30", "18")
"""UPS's codes of a party as an agent, and as the owner of a tax id."""
CLEARANCE, EORI = "01", "02"
"""UPS's codes for the purpose of a tax id."""
DESCRIPTION_LINES, LINE, MAX_DESCRIPTION = 3, 35, 50
MAX_QUANTITY, MAX_ITEM_POUNDS = 9_999_999, Decimal("999.9")
TENTH = Decimal("0.1")


def describe_goods(customs: Customs) -> str:
    """Return the description of all goods, cut to UPS's length."""
    words = ", ".join(item.description for item in customs.items)
    return write_text(words, "customs.items.0.description", LIMITS)[:MAX_DESCRIPTION].rstrip(" ,")


def build_forms(request: ShipmentRequest, reference: str, recipient: FittedAddress) -> Json:
    """Build the commercial invoice; empty without customs data.

    Raises:
        Rejected: UPS would not accept the customs data; names the field.
    """
    customs = request.customs
    if customs is None:
        return {}
    explanation = customs.contents_explanation
    comments = write_text(explanation, "customs.contents_explanation", LIMITS) if explanation else None
    forms = {
        "FormType": [INVOICE],
        "Contacts": {"SoldTo": build_party(recipient)},
        "Product": [_build_product(item, f"customs.items.{place}") for place, item in enumerate(customs.items)],
        "InvoiceNumber": customs.invoice_number or reference,
        "InvoiceDate": f"{_find_invoice_day(request):%Y%m%d}",
        "ReasonForExport": CUSTOMS.vendor_value("contents", customs.contents),
        "CurrencyCode": customs.currency,
        **({"TermsOfShipment": CUSTOMS.vendor_value("incoterm", customs.incoterm)} if customs.incoterm else {}),
        **({"Comments": comments} if comments else {}),
    }
    return {"InternationalForms": forms}


def build_duties(customs: Customs | None, account_number: str, lane: tuple[str, str]) -> list[Json]:
    """Build the payment of duties and taxes, if UPS accepts one on the route; by default UPS asks the recipient."""
    if customs is None or set(lane) <= {"US", "PR"}:
        return []
    payer, duties = customs.duties_payer, customs.duties or Duties(customs.duties_payer)
    if payer is Payer.SENDER:
        return [{"Type": DUTIES, "BillShipper": {"AccountNumber": account_number}}]
    if duties.account is None:
        return []
    if payer is Payer.THIRD_PARTY:
        country = duties.country or lane[1]
        bill = build_third_party(duties.account, duties.postal_code, country, "customs.duties")
        return [{"Type": DUTIES, "BillThirdParty": bill}]
    return [{"Type": DUTIES, "BillReceiver": build_receiver(duties.account, duties.postal_code, "customs.duties")}]


def build_tax_ids(customs: Customs | None, lane: tuple[str, str]) -> Json:
    """Build the tax ids of both parties, except the registrations of sellers."""
    if customs is None:
        return {}
    sender = [tax_id for tax_id in customs.sender_tax_ids if tax_id.type not in VENDOR_IDS]
    agents = [
        *_build_agent("sender_tax_ids", sender, SENDER_ROLE, lane[0]),
        *_build_agent("recipient_tax_ids", customs.recipient_tax_ids, RECIPIENT_ROLE, lane[1]),
    ]
    return {"GlobalTaxInformation": {"AgentTaxIdentificationNumber": agents}} if agents else {}


def build_registration(customs: Customs | None) -> Json:
    """Build the sender's registration for the tax of the destination, such as IOSS; raises Rejected for several."""
    found = [tax_id for tax_id in customs.sender_tax_ids if tax_id.type in VENDOR_IDS] if customs is not None else []
    if len(found) > 1:
        raise refuse_field("customs.sender_tax_ids", "must have only one of ioss and voec with UPS", "too_many_tax_ids")
    if not found:
        return {}
    number = {"VendorCollectIDTypeCode": VENDOR_IDS[found[0].type], "VendorCollectIDNumber": found[0].number}
    return {"VendorInfo": number}


def _build_agent(field: str, tax_ids: Sequence[TaxId], role: tuple[str, str], country: str) -> list[Json]:
    numbers = [
        {
            "IdentificationNumber": tax_id.number,
            "IDNumberCustomerRole": role[1],
            "IDNumberEncryptionIndicator": "0",
            "IDNumberIssuingCntryCd": tax_id.country,
            "IDNumberPurposeCode": EORI if tax_id.type == "eori" else CLEARANCE,
            "IDNumberRequestingCntryCd": country,
            "IDNumberTypeCode": CUSTOMS.vendor_value(field, tax_id.type),
        }
        for tax_id in tax_ids
    ]
    return [{"AgentRole": role[0], "TaxIdentificationNumber": numbers}] if numbers else []


def _build_product(item: CustomsItem, where: str) -> Json:
    if item.quantity > MAX_QUANTITY:
        raise refuse_field(f"{where}.quantity", f"must be at most {MAX_QUANTITY}", "too_many")
    pounds = item.total_pounds.quantize(TENTH, ROUND_CEILING)
    if pounds > MAX_ITEM_POUNDS:
        raise refuse_field(f"{where}.weight", f"must be at most {MAX_ITEM_POUNDS} lb for all pieces", "too_heavy")
    return {
        "Description": _wrap(item.description, f"{where}.description"),
        "Unit": {
            "Number": str(item.quantity),
            "UnitOfMeasurement": {"Code": UNIT},
            "Value": f"{item.value:f}",
        },
        **({"CommodityCode": item.hs_code} if item.hs_code else {}),
        **({"PartNumber": write_text(item.sku, f"{where}.sku", LIMITS)} if item.sku else {}),
        "OriginCountryCode": item.origin,
        "ProductWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": str(pounds)},
    }


def _wrap(description: str, where: str) -> list[str]:
    """Return the lines of a description, broken between words if they fit."""
    text = write_text(description, where, LIMITS)
    lines = textwrap.wrap(text, LINE)
    return lines if len(lines) <= DESCRIPTION_LINES else [text[at : at + LINE] for at in range(0, len(text), LINE)]


def _find_invoice_day(request: ShipmentRequest) -> datetime:
    """Return the ship date, else the day of the purchase; a check before the purchase needs no certain day."""
    ship_date = request.shipping_options.ship_date
    if ship_date is not None:
        return datetime(ship_date.year, ship_date.month, ship_date.day, tzinfo=UTC)
    return request.asked_at or datetime.now(UTC)
