"""The services over borders and the customs data of UPS: Shipping v2409. See docs/reference/carriers/ups.md."""

from domain.customs import Lane
from domain.vendors.customs import HOME_LANES, CustomsField, CustomsSupport, ServiceLane

WORLDWIDE_SERVICES = ("EXPEDITED", "SAVER", "EXPRESS", "EXPRESS_PLUS")
AMERICAN_ORIGINS = ("US", "PR", "VI", "CA")
STANDARD_ROUTES = (("US", ("CA", "MX")), ("CA", ("US",)))

LANES = (
    ServiceLane(services=("SAVER", "EXPRESS", "EXPRESS_PLUS"), lanes=HOME_LANES),
    ServiceLane(services=WORLDWIDE_SERVICES, lanes=(Lane.INTERNATIONAL,), origins=AMERICAN_ORIGINS),
    ServiceLane(services=("STANDARD",), lanes=HOME_LANES),
    *(
        ServiceLane(services=("STANDARD",), lanes=(Lane.INTERNATIONAL,), origins=(origin,), destinations=destinations)
        for origin, destinations in STANDARD_ROUTES
    ),
)
"""Source: UPS's service guide for the US."""

SHIPMENT = "ShipmentRequest.Shipment"
FORMS = f"{SHIPMENT}.ShipmentServiceOptions.InternationalForms"
PRODUCT = f"{FORMS}.Product[]"
CHARGE = f"{SHIPMENT}.PaymentInformation.ShipmentCharge[]"
TAX_ID = f"{SHIPMENT}.GlobalTaxInformation.AgentTaxIdentificationNumber[].TaxIdentificationNumber[].IDNumberTypeCode"

REASONS = {
    "merchandise": "SALE",
    "gift": "GIFT",
    "sample": "SAMPLE",
    "returned_goods": "RETURN",
    "documents": "DOCUMENTS",
    "humanitarian": "HUMANITARIAN",
    "other": "OTHER",
}
COMPANY_IDS = dict.fromkeys(("vat", "ein", "tin", "gst", "abn", "cnpj"), "1002")
PERSONAL_IDS = dict.fromkeys(("ssn", "cpf", "pan", "pccc"), "0005")
SENDER_IDS = COMPANY_IDS | PERSONAL_IDS | {"eori": "0002", "passport": "1004"}
VENDOR_IDS = {"ioss": "0356", "voec": "0357"}
"""The registrations of sellers that collect the tax of the destination."""
MAX_DESCRIPTION, MAX_TEXT, MAX_INVOICE_NUMBER, MAX_TAX_IDS = 105, 150, 35, 8

CUSTOMS = CustomsSupport(
    fields=(
        CustomsField(field="contents", vendor_field=f"{FORMS}.ReasonForExport", choices=REASONS),
        CustomsField(field="contents_explanation", vendor_field=f"{FORMS}.Comments", max_length=MAX_TEXT),
        CustomsField(
            field="incoterm",
            vendor_field=f"{FORMS}.TermsOfShipment",
            choices={term: term for term in ("EXW", "FCA", "CPT", "CIP", "DAP", "DDP", "FAS", "FOB", "CFR", "CIF")},
        ),
        CustomsField(field="sender_tax_ids", vendor_field=TAX_ID, choices=SENDER_IDS, max_count=MAX_TAX_IDS),
        CustomsField(
            field="sender_tax_ids",
            vendor_field=f"{SHIPMENT}.ShipFrom.VendorInfo.VendorCollectIDTypeCode",
            choices=VENDOR_IDS,
            max_length=35,
            note="one registration of a seller",
        ),
        CustomsField(
            field="recipient_tax_ids",
            vendor_field=TAX_ID,
            choices=COMPANY_IDS | PERSONAL_IDS,
            max_count=MAX_TAX_IDS,
        ),
        CustomsField(
            field="duties",
            vendor_field=f"{CHARGE}.Type",
            choices={"sender": "02"},
            lanes=(Lane.INTERNATIONAL,),
            note="as BillShipper, with the account of the purchase",
        ),
        CustomsField(
            field="duties",
            vendor_field=f"{CHARGE}.Type",
            choices={"recipient": "02"},
            lanes=(Lane.INTERNATIONAL,),
            needs=("account",),
            note="as BillReceiver; without duties UPS bills the recipient",
        ),
        CustomsField(
            field="duties",
            vendor_field=f"{CHARGE}.Type",
            choices={"third_party": "02"},
            lanes=(Lane.INTERNATIONAL,),
            needs=("account", "postal_code"),
            note="as BillThirdParty",
        ),
        CustomsField(
            field="invoice_number",
            vendor_field=f"{FORMS}.InvoiceNumber",
            max_length=MAX_INVOICE_NUMBER,
            note="our reference without it",
        ),
        CustomsField(
            field="items.description",
            vendor_field=f"{PRODUCT}.Description[]",
            max_length=MAX_DESCRIPTION,
            note="in three lines of 35 characters",
        ),
        CustomsField(field="items.quantity", vendor_field=f"{PRODUCT}.Unit.Number", note="at most 9,999,999"),
        CustomsField(field="items.value", vendor_field=f"{PRODUCT}.Unit.Value"),
        CustomsField(
            field="items.weight",
            vendor_field=f"{PRODUCT}.ProductWeight.Weight",
            note="that of all pieces, in pounds, rounded up to one decimal",
        ),
        CustomsField(field="items.origin", vendor_field=f"{PRODUCT}.OriginCountryCode"),
        CustomsField(field="items.hs_code", vendor_field=f"{PRODUCT}.CommodityCode"),
        CustomsField(field="items.sku", vendor_field=f"{PRODUCT}.PartNumber", max_length=35),
    ),
    max_items=100,
    lanes=(Lane.INTERNATIONAL, Lane.TERRITORY),
    phones=("ship_from", "ship_to"),
)
"""Source: UPS's API description of Shipping."""
