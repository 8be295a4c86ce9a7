"""EasyPost's models of customs data, their rules, and their summary by our names."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints, model_validator

from sandbox.carriers.contracts import CustomsSummary
from sandbox.carriers.vendor_model import VendorModel

Text = Annotated[str, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Positive = Annotated[float, Field(gt=0, strict=True)]
ENTITIES = {"SENDER": "sender_tax_ids", "RECEIVER": "recipient_tax_ids"}
HIDDEN = "HIDDEN"


class CustomsItem(VendorModel):
    """Equal goods: value and weight, in ounces, are those of all pieces."""

    documented = frozenset({"manufacturer", "eccn", "printed_commodity_identifier"})

    description: Text
    quantity: Positive
    value: Positive
    weight: Positive
    origin_country: Country
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    hs_tariff_number: Text | None = None
    code: Text | None = None


class CustomsInfo(VendorModel):
    """The data of a shipment, which may be incomplete until its purchase."""

    documented = frozenset({"declaration"})

    contents_type: (
        Literal[
            "documents",
            "gift",
            "merchandise",
            "returned_goods",
            "sample",
            "dangerous_goods",
            "humanitarian_donation",
            "other",
        ]
        | None
    ) = None
    contents_explanation: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    customs_certify: StrictBool = False
    customs_signer: Text | None = None
    eel_pfc: Text | None = None
    non_delivery_option: Literal["return", "abandon"] = "return"
    restriction_type: Literal["none", "other", "quarantine", "sanitary_phytosanitary_inspection"] = "none"
    restriction_comments: Text | None = None
    customs_items: Annotated[list[CustomsItem], Field(max_length=100)]

    @model_validator(mode="after")
    def _check_info(self) -> "CustomsInfo":
        if self.contents_type == "other" and self.contents_explanation is None:
            raise ValueError("contents_explanation is required for other contents")
        if self.customs_certify and self.customs_signer is None:
            raise ValueError("customs_signer is required if customs_certify is true")
        if self.restriction_type != "none" and self.restriction_comments is None:
            raise ValueError("restriction_comments are required for a restriction")
        return self

    @property
    def ounces(self) -> float:
        return sum(item.weight for item in self.customs_items)


class TaxIdentifier(VendorModel):
    entity: Literal["SENDER", "RECEIVER"]
    tax_id: Text
    tax_id_type: Text
    issuing_country: Country


class DutyPayment(VendorModel):
    type: Literal["SENDER", "THIRD_PARTY", "RECEIVER"]
    account: Text | None = None
    country: Country | None = None
    postal_code: Text | None = None

    @model_validator(mode="after")
    def _check_account(self) -> "DutyPayment":
        if self.type == "THIRD_PARTY" and self.account is None:
            raise ValueError("account is required for THIRD_PARTY")
        return self


Incoterm = Literal["EXW", "FCA", "CPT", "CIP", "DAT", "DAP", "DDP", "DDU", "FAS", "FOB", "CFR", "CIF"]


def echo_customs(info: CustomsInfo | None, tax_ids: list[TaxIdentifier]) -> dict[str, Any]:
    """Return the customs data as a shipment shows them; EasyPost hides the numbers of tax ids."""
    shown = None if info is None else {"object": "CustomsInfo", **info.model_dump()}
    return {
        "customs_info": shown,
        "tax_identifiers": [{**tax_id.model_dump(), "tax_id": HIDDEN} for tax_id in tax_ids],
    }


def summarize(
    info: CustomsInfo | None,
    tax_ids: list[TaxIdentifier],
    duties: DutyPayment | None,
    incoterm: str | None,
    invoice_number: str | None,
) -> CustomsSummary | None:
    """Return the customs data by our names, with EasyPost's values; None if there are none."""
    if info is None:
        return None
    statement = info.eel_pfc
    is_filed = statement is not None and statement.startswith("AES")
    texts = {
        "contents": info.contents_type,
        "contents_explanation": info.contents_explanation,
        "signer": info.customs_signer,
        f"export_declaration.{'itn' if is_filed else 'exemption'}": statement,
        "non_delivery": info.non_delivery_option,
        "incoterm": incoterm,
        "duties": duties.type if duties is not None else None,
        "invoice_number": invoice_number,
        **{name: _write_tax_ids(tax_ids, entity) for entity, name in ENTITIES.items()},
    }
    fields = {name: text for name, text in texts.items() if text}
    return CustomsSummary(fields=fields, items=[_read_item(item) for item in info.customs_items])


def _write_tax_ids(tax_ids: list[TaxIdentifier], entity: str) -> str:
    own = [tax_id for tax_id in tax_ids if tax_id.entity == entity]
    return ", ".join(f"{tax_id.tax_id_type} {tax_id.tax_id} {tax_id.issuing_country}" for tax_id in own)


def _read_item(item: CustomsItem) -> dict[str, str]:
    found = {
        "description": item.description,
        "quantity": f"{item.quantity:g}",
        "value": str(item.value),
        "weight": str(item.weight),
        "origin": item.origin_country,
        "hs_code": item.hs_tariff_number,
        "sku": item.code,
    }
    return {name: value for name, value in found.items() if value is not None}
