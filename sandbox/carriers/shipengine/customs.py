"""ShipEngine's models of customs data, and their summary by our names."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.contracts import CustomsSummary
from sandbox.carriers.vendor_model import VendorModel

Text = Annotated[str, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Amount = Annotated[float, Field(ge=0, strict=True)]
ENTITIES = {"shipper": "sender_tax_ids", "recipient": "recipient_tax_ids"}
Incoterm = Literal[
    "exw", "fca", "cpt", "cip", "dpu", "dap", "ddp", "fas", "fob", "cfr", "cif", "ddu", "daf", "deq", "des"
]
TaxIdType = Literal[
    "vat", "eori", "ssn", "ein", "tin", "ioss", "pan", "voec", "pccc", "oss", "passport", "abn", "ukims"
]


class ProductValue(VendorModel):
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")]
    amount: Amount


class Weight(VendorModel):
    value: Annotated[float, Field(gt=0, strict=True)]
    unit: Literal["pound", "ounce", "gram", "kilogram"]


class Product(VendorModel):
    """Equal goods: value and weight are those of one piece."""

    documented = frozenset({"unit_of_measure", "sku_description", "mid_code", "product_url", "vat_rate"})

    description: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    quantity: Annotated[int, Field(ge=1, strict=True)]
    value: ProductValue
    weight: Weight
    country_of_origin: Country | None = None
    harmonized_tariff_code: Text | None = None
    sku: Text | None = None


class InvoiceDetails(VendorModel):
    documented = frozenset({"freight_charge", "insurance_charge", "discount", "other_charge"})

    invoice_number: Text | None = None


class Customs(VendorModel):
    """International options; `customs_items` are deprecated in favour of the products of packages."""

    documented = frozenset({"declaration", "importer_of_record", "license_number", "certificate_number"})

    contents: Literal["merchandise", "documents", "gift", "returned_goods", "sample", "other"]
    contents_explanation: Text | None = None
    non_delivery: Literal["return_to_sender", "treat_as_abandoned"]
    terms_of_trade_code: Incoterm | None = None
    invoice_additional_details: InvoiceDetails | None = None

    @model_validator(mode="after")
    def _check_contents(self) -> "Customs":
        if self.contents == "other" and self.contents_explanation is None:
            raise ValueError("contents_explanation is required for other contents")
        return self


class TaxIdentifier(VendorModel):
    taxable_entity_type: Literal["shipper", "recipient", "ior"]
    identifier_type: TaxIdType
    issuing_authority: Country
    value: Text


def summarize(
    customs: Customs | None, tax_ids: list[TaxIdentifier], products: list[Product], duty_paid: bool | None
) -> CustomsSummary | None:
    """Return the customs data by our names, with ShipEngine's values; None if there are none."""
    if customs is None:
        return None
    details = customs.invoice_additional_details
    texts = {
        "contents": customs.contents,
        "contents_explanation": customs.contents_explanation,
        "non_delivery": customs.non_delivery,
        "incoterm": customs.terms_of_trade_code,
        "invoice_number": details.invoice_number if details is not None else None,
        "duties": None if duty_paid is None else str(duty_paid).lower(),
        **{name: _write_tax_ids(tax_ids, entity) for entity, name in ENTITIES.items()},
    }
    fields = {name: text for name, text in texts.items() if text}
    return CustomsSummary(fields=fields, items=[_read_product(product) for product in products])


def _write_tax_ids(tax_ids: list[TaxIdentifier], entity: str) -> str:
    own = [tax_id for tax_id in tax_ids if tax_id.taxable_entity_type == entity]
    return ", ".join(f"{tax_id.identifier_type} {tax_id.value} {tax_id.issuing_authority}" for tax_id in own)


def _read_product(product: Product) -> dict[str, str]:
    found = {
        "description": product.description,
        "quantity": str(product.quantity),
        "value": str(product.value.amount),
        "weight": str(product.weight.value),
        "origin": product.country_of_origin,
        "hs_code": product.harmonized_tariff_code,
        "sku": product.sku,
    }
    return {name: value for name, value in found.items() if value is not None}
