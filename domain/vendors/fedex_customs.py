"""The services over borders and the customs data of FedEx: Ship v1. See docs/reference/carriers/fedex.md."""

from domain.customs import Lane
from domain.vendors.customs import HOME_LANES, CustomsField, CustomsSupport, ServiceLane

INTERNATIONAL_SERVICES = (
    "FEDEX_INTERNATIONAL_PRIORITY",
    "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS",
    "FEDEX_INTERNATIONAL_CONNECT_PLUS",
    "INTERNATIONAL_ECONOMY",
    "INTERNATIONAL_FIRST",
)
AMERICAN_ORIGINS = ("US", "PR", "VI")
"""The areas from which a shipment needs no Canadian export report (B13A)."""

LANES = (
    ServiceLane(services=INTERNATIONAL_SERVICES, lanes=(Lane.INTERNATIONAL, Lane.TERRITORY), origins=AMERICAN_ORIGINS),
    ServiceLane(services=INTERNATIONAL_SERVICES, lanes=(Lane.INTERNATIONAL,), origins=("CA",), destinations=("US",)),
    ServiceLane(services=("GROUND",), lanes=HOME_LANES),
    ServiceLane(services=("GROUND",), lanes=(Lane.INTERNATIONAL,), origins=("US",), destinations=("CA",)),
    ServiceLane(services=("GROUND",), lanes=(Lane.INTERNATIONAL,), origins=("CA",), destinations=("US",)),
)
"""Sources: FedEx's service guide; its API description of Ship v1 for the Canadian export report."""

SHIPMENT = "requestedShipment"
CLEARANCE = f"{SHIPMENT}.customsClearanceDetail"
INVOICE = f"{CLEARANCE}.commercialInvoice"
COMMODITY = f"{CLEARANCE}.commodities[]"

PURPOSES = {
    "merchandise": "SOLD",
    "gift": "GIFT",
    "sample": "SAMPLE",
    "returned_goods": "REPAIR_AND_RETURN",
    "humanitarian": "NOT_SOLD",
    "other": "NOT_SOLD",
}
TAX_ID_TYPES = {
    **dict.fromkeys(("vat", "tin", "gst", "abn", "cnpj", "voec"), "BUSINESS_NATIONAL"),
    **dict.fromkeys(("eori", "ioss", "oss"), "BUSINESS_UNION"),
    **dict.fromkeys(("ssn", "pan", "pccc", "cpf"), "PERSONAL_NATIONAL"),
    "ein": "FEDERAL",
}
"""FedEx's type of each tax id; our own type is its `usage`."""
MAX_TAX_ID, MAX_DESCRIPTION, MAX_REFERENCE = 18, 450, 30


def _tax_ids(name: str, party: str) -> CustomsField:
    field = f"{SHIPMENT}.{party}.tins[].tinType"
    return CustomsField(field=name, vendor_field=field, choices=TAX_ID_TYPES, max_length=MAX_TAX_ID, max_count=5)


CUSTOMS = CustomsSupport(
    fields=(
        CustomsField(field="contents", vendor_field=f"{INVOICE}.shipmentPurpose", choices=PURPOSES),
        CustomsField(
            field="contents",
            vendor_field=f"{INVOICE}.shipmentPurpose",
            choices={"documents": "NOT_SOLD"},
            services=INTERNATIONAL_SERVICES,
            note="documents set `isDocumentOnly`, and need no commercial invoice",
        ),
        CustomsField(field="contents_explanation", vendor_field=f"{INVOICE}.comments[]"),
        CustomsField(
            field="incoterm",
            vendor_field=f"{INVOICE}.termsOfSale",
            choices={term: term for term in ("EXW", "FCA", "CPT", "CIP", "DPU", "DAP", "DDP")},
        ),
        CustomsField(field="signer", vendor_field=f"{INVOICE}.originatorName"),
        _tax_ids("sender_tax_ids", "shipper"),
        _tax_ids("recipient_tax_ids", "recipients[]"),
        CustomsField(
            field="export_declaration.exemption",
            vendor_field=f"{CLEARANCE}.exportDetail.exportComplianceStatement",
            note="from the US; the usual exemption is sent without it",
        ),
        CustomsField(
            field="export_declaration.itn",
            vendor_field=f"{CLEARANCE}.exportDetail.exportComplianceStatement",
            note="sent with AES before it",
        ),
        CustomsField(
            field="duties",
            vendor_field=f"{CLEARANCE}.dutiesPayment.paymentType",
            choices={"sender": "SENDER", "recipient": "RECIPIENT"},
            note="an account has nine digits",
        ),
        CustomsField(
            field="duties",
            vendor_field=f"{CLEARANCE}.dutiesPayment.paymentType",
            choices={"third_party": "THIRD_PARTY"},
            needs=("account",),
        ),
        CustomsField(
            field="invoice_number", vendor_field=f"{INVOICE}.customerReferences[].value", max_length=MAX_REFERENCE
        ),
        CustomsField(field="items.description", vendor_field=f"{COMMODITY}.description", max_length=MAX_DESCRIPTION),
        CustomsField(field="items.quantity", vendor_field=f"{COMMODITY}.quantity", note="at most 9999"),
        CustomsField(field="items.value", vendor_field=f"{COMMODITY}.unitPrice.amount", note="below 100,000 in total"),
        CustomsField(
            field="items.weight", vendor_field=f"{COMMODITY}.weight.value", note="that of all pieces, in kilograms"
        ),
        CustomsField(field="items.origin", vendor_field=f"{COMMODITY}.countryOfManufacture"),
        CustomsField(field="items.hs_code", vendor_field=f"{COMMODITY}.harmonizedCode"),
        CustomsField(field="items.sku", vendor_field=f"{COMMODITY}.partNumber"),
    ),
    max_items=99,
    lanes=(Lane.INTERNATIONAL, Lane.TERRITORY),
    is_needed_for_rates=True,
)
"""Sources: FedEx's API description of Ship v1; a public client for the terms of sale."""
