"""The customs data of ShipEngine. Source: ShipEngine's API description."""

from collections.abc import Mapping

from domain.vendors.customs import CustomsField, CustomsSupport

CUSTOMS_PLACE = "shipment.customs"
PRODUCT = "shipment.packages[].products[]"
TAX_ID = "shipment.tax_identifiers[].identifier_type"
TAX_ID_TYPES = {
    name: name for name in ("vat", "eori", "ioss", "oss", "voec", "ein", "ssn", "tin", "abn", "pan", "pccc", "passport")
}
DUTY_PAID = "shipment.advanced_options.delivered_duty_paid"
SENDER_PAYS = ("ups_*", "fedex_*", "dhl_*")
"""The services that can bill duties to the sender."""
MAX_DESCRIPTION = 100


def _tax_ids(field: str) -> CustomsField:
    return CustomsField(field=field, vendor_field=TAX_ID, choices=TAX_ID_TYPES)


def _incoterms(*codes: str, services: tuple[str, ...] = ()) -> CustomsField:
    choices = {code.upper(): code for code in codes}
    return CustomsField(
        field="incoterm", vendor_field=f"{CUSTOMS_PLACE}.terms_of_trade_code", choices=choices, services=services
    )


def _duties(choices: Mapping[str, str], services: tuple[str, ...] = ()) -> CustomsField:
    return CustomsField(field="duties", vendor_field=DUTY_PAID, choices=choices, services=services)


CUSTOMS = CustomsSupport(
    fields=(
        CustomsField(
            field="contents",
            vendor_field=f"{CUSTOMS_PLACE}.contents",
            choices={name: name for name in ("merchandise", "gift", "documents", "sample", "returned_goods", "other")},
        ),
        CustomsField(field="contents_explanation", vendor_field=f"{CUSTOMS_PLACE}.contents_explanation"),
        _incoterms("exw", "fca", "cpt", "cip", "dpu", "dap", "fas", "fob", "cfr", "cif"),
        _incoterms("ddp", services=SENDER_PAYS),
        _tax_ids("sender_tax_ids"),
        _tax_ids("recipient_tax_ids"),
        CustomsField(
            field="non_delivery",
            vendor_field=f"{CUSTOMS_PLACE}.non_delivery",
            choices={"return": "return_to_sender", "abandon": "treat_as_abandoned"},
        ),
        _duties({"recipient": "false"}),
        _duties({"sender": "true"}, SENDER_PAYS),
        CustomsField(field="invoice_number", vendor_field=f"{CUSTOMS_PLACE}.invoice_additional_details.invoice_number"),
        CustomsField(field="items.description", vendor_field=f"{PRODUCT}.description", max_length=MAX_DESCRIPTION),
        CustomsField(field="items.quantity", vendor_field=f"{PRODUCT}.quantity"),
        CustomsField(field="items.value", vendor_field=f"{PRODUCT}.value.amount", note="of one piece"),
        CustomsField(field="items.weight", vendor_field=f"{PRODUCT}.weight.value", note="of one piece, in ounces"),
        CustomsField(field="items.origin", vendor_field=f"{PRODUCT}.country_of_origin"),
        CustomsField(field="items.hs_code", vendor_field=f"{PRODUCT}.harmonized_tariff_code"),
        CustomsField(field="items.sku", vendor_field=f"{PRODUCT}.sku"),
    ),
    max_items=100,
)
