"""The customs forms and international services of USPS.

Source: USPS's API description of Labels v3; for International Labels v3, USPS's published examples and error list, and
public client libraries.
"""

from collections.abc import Mapping

from domain.customs import Lane
from domain.vendors.customs import CustomsField, CustomsSupport, ServiceLane
from domain.vendors.usps_options import INTERNATIONAL

FORM = "customsForm"
ITEM = f"{FORM}.contents[]"
WITHIN_US, ABROAD = (Lane.TERRITORY, Lane.MILITARY), (Lane.INTERNATIONAL,)
ORIGINS = ("US", "PR", "VI", "GU", "AS", "MP")
MAX_REFERENCE = 28
REFERENCE_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("vat", "ioss", "voec", "gst", "abn"), "VAT_NUMBER"),
    "eori": "IMPORTER_CODE",
    **dict.fromkeys(("ein", "ssn", "tin", "pan", "pccc", "cpf", "cnpj", "passport"), "TAX_CODE"),
}
NO_EXPORTER = ("PRIORITY_MAIL_INTERNATIONAL", "PRIORITY_MAIL_EXPRESS_INTERNATIONAL")


def _tax_ids(field: str, vendor_field: str, services: tuple[str, ...] = ()) -> CustomsField:
    return CustomsField(
        field=field,
        vendor_field=f"{FORM}.{vendor_field}.referenceType",
        choices=REFERENCE_TYPES,
        services=services,
        lanes=ABROAD,
        max_count=1,
        max_length=MAX_REFERENCE,
    )


LANES = (ServiceLane(services=INTERNATIONAL, lanes=ABROAD, origins=ORIGINS),)

CUSTOMS = CustomsSupport(
    fields=(
        CustomsField(
            field="contents",
            vendor_field=f"{FORM}.customsContentType",
            choices={
                "merchandise": "MERCHANDISE",
                "gift": "GIFT",
                "documents": "DOCUMENT",
                "sample": "COMMERCIAL_SAMPLE",
                "returned_goods": "RETURNED_GOODS",
                "humanitarian": "HUMANITARIAN_DONATIONS",
                "other": "OTHER",
            },
        ),
        CustomsField(field="contents_explanation", vendor_field=f"{FORM}.contentComments", max_length=25),
        _tax_ids("sender_tax_ids", "exportersReference", NO_EXPORTER),
        _tax_ids("recipient_tax_ids", "importersReference"),
        CustomsField(
            field="non_delivery",
            vendor_field="packageDescription.packageOptions.nonDeliveryOption",
            choices={"return": "RETURN", "abandon": "ABANDON"},
        ),
        CustomsField(field="export_declaration.exemption", vendor_field=f"{FORM}.AESITN", max_length=35),
        CustomsField(field="export_declaration.itn", vendor_field=f"{FORM}.AESITN", max_length=31),
        CustomsField(
            field="duties",
            vendor_field="packageDescription.prepayDutiesTaxesFees",
            choices={"sender": "true", "recipient": "false"},
            lanes=ABROAD,
            note="`sender` only if USPS collects the country's duties in advance",
        ),
        CustomsField(field="invoice_number", vendor_field=f"{FORM}.invoiceNumber", max_length=15),
        CustomsField(field="items.description", vendor_field=f"{ITEM}.itemDescription", max_length=30),
        CustomsField(field="items.quantity", vendor_field=f"{ITEM}.itemQuantity"),
        CustomsField(field="items.value", vendor_field=f"{ITEM}.itemTotalValue", note="of all pieces"),
        CustomsField(field="items.weight", vendor_field=f"{ITEM}.itemTotalWeight", note="of all pieces"),
        CustomsField(field="items.origin", vendor_field=f"{ITEM}.countryofOrigin"),
        CustomsField(field="items.hs_code", vendor_field=f"{ITEM}.HSTariffNumber", lanes=WITHIN_US, is_required=True),
        CustomsField(field="items.hs_code", vendor_field=f"{ITEM}.HSTariffNumber", lanes=ABROAD),
    ),
    max_items=30,
    currencies=("USD",),
)
