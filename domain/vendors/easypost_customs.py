"""The customs data of EasyPost. Source: EasyPost's documentation of customs infos, items and tax identifiers."""

from collections.abc import Mapping

from domain.vendors.customs import CustomsField, CustomsSupport

INFO = "shipment.customs_info"
ITEM = f"{INFO}.customs_items[]"
TAX_ID = "shipment.tax_identifiers[].tax_id_type"
MAX_TAX_IDS = 4
"""EasyPost accepts eight in one shipment."""
TAX_ID_TYPES: Mapping[str, str] = {
    name: name.upper()
    for name in (
        "vat",
        "eori",
        "ioss",
        "oss",
        "voec",
        "gst",
        "ein",
        "ssn",
        "tin",
        "abn",
        "pan",
        "cpf",
        "cnpj",
        "passport",
    )
}


def _tax_ids(field: str) -> CustomsField:
    return CustomsField(
        field=field,
        vendor_field=TAX_ID,
        choices=TAX_ID_TYPES,
        max_count=MAX_TAX_IDS,
        note="the carrier behind EasyPost decides which types it accepts",
    )


CUSTOMS = CustomsSupport(
    fields=(
        CustomsField(
            field="contents",
            vendor_field=f"{INFO}.contents_type",
            choices={
                **{name: name for name in ("merchandise", "gift", "documents", "sample", "returned_goods", "other")},
                "humanitarian": "humanitarian_donation",
            },
        ),
        CustomsField(field="contents_explanation", vendor_field=f"{INFO}.contents_explanation", max_length=255),
        CustomsField(
            field="incoterm",
            vendor_field="shipment.options.incoterm",
            choices={name: name for name in ("EXW", "FCA", "CPT", "CIP", "DAP", "DDP", "FAS", "FOB", "CFR", "CIF")},
        ),
        CustomsField(field="signer", vendor_field=f"{INFO}.customs_signer", is_required=True),
        _tax_ids("sender_tax_ids"),
        _tax_ids("recipient_tax_ids"),
        CustomsField(
            field="non_delivery",
            vendor_field=f"{INFO}.non_delivery_option",
            choices={"return": "return", "abandon": "abandon"},
        ),
        CustomsField(field="export_declaration.exemption", vendor_field=f"{INFO}.eel_pfc"),
        CustomsField(field="export_declaration.itn", vendor_field=f"{INFO}.eel_pfc"),
        CustomsField(
            field="duties",
            vendor_field="shipment.options.duty_payment.type",
            choices={"sender": "SENDER", "recipient": "RECEIVER", "third_party": "THIRD_PARTY"},
        ),
        CustomsField(
            field="invoice_number",
            vendor_field="shipment.options.invoice_number",
            note="the same field as `references.invoice`",
        ),
        CustomsField(field="items.description", vendor_field=f"{ITEM}.description"),
        CustomsField(field="items.quantity", vendor_field=f"{ITEM}.quantity"),
        CustomsField(field="items.value", vendor_field=f"{ITEM}.value", note="of all pieces"),
        CustomsField(field="items.weight", vendor_field=f"{ITEM}.weight", note="of all pieces, in ounces"),
        CustomsField(field="items.origin", vendor_field=f"{ITEM}.origin_country"),
        CustomsField(field="items.hs_code", vendor_field=f"{ITEM}.hs_tariff_number"),
        CustomsField(field="items.sku", vendor_field=f"{ITEM}.code"),
    ),
    max_items=100,
)
