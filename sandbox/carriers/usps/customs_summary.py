"""The customs data of USPS's requests by our names, with USPS's values."""

from sandbox.carriers.contracts import CustomsSummary
from sandbox.carriers.usps.contracts import LabelRequest
from sandbox.carriers.usps.customs_forms import Contents, CustomsForm, CustomsReference, InternationalCustomsForm
from sandbox.carriers.usps.international import InternationalLabelRequest


def summarize_form(request: LabelRequest) -> CustomsSummary | None:
    """Return the customs data of a label within the US; None if it has none."""
    form = request.customsForm
    if form is None:
        return None
    return CustomsSummary(
        fields=_read_form(form, request.packageDescription.packageOptions.nonDeliveryOption), items=_list_items(form)
    )


def summarize_international(request: InternationalLabelRequest) -> CustomsSummary:
    """Return the customs data of a label to another country."""
    form, package = request.customsForm, request.packageDescription
    fields = _read_form(form, package.packageOptions.nonDeliveryOption)
    if "prepayDutiesTaxesFees" in package.model_fields_set:
        fields["duties"] = str(package.prepayDutiesTaxesFees).lower()
    return CustomsSummary(fields=fields, items=_list_items(form))


def _read_form(form: CustomsForm | InternationalCustomsForm, non_delivery: str | None) -> dict[str, str]:
    statement = form.AESITN
    is_filed = statement is not None and statement.startswith("AES")
    found = {
        "contents": form.customsContentType,
        "contents_explanation": form.contentComments,
        f"export_declaration.{'itn' if is_filed else 'exemption'}": statement,
        "sender_tax_ids": _write_reference(form.exportersReference),
        "recipient_tax_ids": _write_reference(form.importersReference),
        "non_delivery": non_delivery,
        "invoice_number": form.invoiceNumber,
    }
    return {name: value for name, value in found.items() if value is not None}


def _write_reference(reference: CustomsReference | str | None) -> str | None:
    if isinstance(reference, CustomsReference):
        return f"{reference.referenceType} {reference.reference}"
    return reference


def _list_items(form: CustomsForm | InternationalCustomsForm) -> list[dict[str, str]]:
    return [_read_item(item) for item in form.contents]


def _read_item(item: Contents) -> dict[str, str]:
    found = {
        "description": item.itemDescription,
        "quantity": str(item.itemQuantity),
        "value": str(item.itemTotalValue),
        "weight": str(item.itemTotalWeight),
        "origin": item.countryofOrigin,
        "hs_code": item.HSTariffNumber,
    }
    return {name: value for name, value in found.items() if value is not None}
