"""Customs data: the declaration of a shipment's goods."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.json_values import Json, from_json, to_json
from domain.measures import POUNDS
from domain.shipping_options import Payer


class Contents(StrEnum):
    """The kind of the goods."""

    MERCHANDISE = "merchandise"
    GIFT = "gift"
    DOCUMENTS = "documents"
    SAMPLE = "sample"
    RETURNED_GOODS = "returned_goods"
    HUMANITARIAN = "humanitarian"
    OTHER = "other"


class Incoterm(StrEnum):
    """The terms of sale: the rules of Incoterms 2020. Only with `DDP` does the seller pay the duties."""

    EXW = "EXW"
    FCA = "FCA"
    CPT = "CPT"
    CIP = "CIP"
    DPU = "DPU"
    DAP = "DAP"
    DDP = "DDP"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"


class NonDelivery(StrEnum):
    """What the carrier does with a parcel that it can't deliver."""

    RETURN = "return"
    ABANDON = "abandon"


class TaxIdType(StrEnum):
    """The kind of a tax id."""

    VAT = "vat"
    EORI = "eori"
    IOSS = "ioss"
    OSS = "oss"
    VOEC = "voec"
    GST = "gst"
    EIN = "ein"
    SSN = "ssn"
    TIN = "tin"
    ABN = "abn"
    PAN = "pan"
    PCCC = "pccc"
    CPF = "cpf"
    CNPJ = "cnpj"
    PASSPORT = "passport"


class Lane(StrEnum):
    """The kind of a shipment's route, which decides its services and whether it needs customs data."""

    DOMESTIC = "domestic"
    TERRITORY = "territory"
    MILITARY = "military"
    INTERNATIONAL = "international"


@dataclass(frozen=True, slots=True)
class CustomsItem:
    """Equal pieces of goods. `value` and `weight` are those of one piece; `origin` is the country of manufacture.

    `hs_code` is the code of the Harmonized System, only digits.
    """

    description: str
    quantity: int
    value: Decimal
    currency: str
    weight: Decimal
    weight_unit: str
    origin: str
    hs_code: str | None = None
    sku: str | None = None

    @property
    def total_value(self) -> Decimal:
        return self.value * self.quantity

    @property
    def pounds(self) -> Decimal:
        """The weight of one piece."""
        return self.weight * POUNDS[self.weight_unit]

    @property
    def total_pounds(self) -> Decimal:
        return self.pounds * self.quantity


@dataclass(frozen=True, slots=True)
class TaxId:
    """A tax id of the sender or recipient, and the country that issued it."""

    type: TaxIdType
    number: str
    country: str


@dataclass(frozen=True, slots=True)
class Duties:
    """The party that pays duties and taxes, with its account at the carrier and the account's postal code."""

    payer: Payer
    account: str | None = None
    postal_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class ExportDeclaration:
    """The number of the export filing (ITN), or the code of the exemption from filing; exactly one."""

    exemption: str | None = None
    itn: str | None = None


@dataclass(frozen=True, slots=True)
class Customs:
    """The customs data of a shipment, with the account's defaults. `signer` certifies them."""

    items: tuple[CustomsItem, ...]
    contents: Contents = Contents.MERCHANDISE
    contents_explanation: str | None = None
    incoterm: Incoterm | None = None
    signer: str | None = None
    sender_tax_ids: tuple[TaxId, ...] = ()
    recipient_tax_ids: tuple[TaxId, ...] = ()
    non_delivery: NonDelivery | None = None
    export_declaration: ExportDeclaration | None = None
    duties: Duties | None = None
    invoice_number: str | None = None

    @property
    def currency(self) -> str:
        """The currency of the items; the checks refuse several."""
        return self.items[0].currency

    @property
    def total_value(self) -> Decimal:
        return sum((item.total_value for item in self.items), Decimal(0))

    @property
    def total_pounds(self) -> Decimal:
        return sum((item.total_pounds for item in self.items), Decimal(0))

    def describe(self) -> str:
        """Return a text for the log, without personal data."""
        count = "1 item" if len(self.items) == 1 else f"{len(self.items)} items"
        return f"customs data: {self.contents}, {count}, {self.total_value:f} {self.currency}"

    @property
    def duties_payer(self) -> Payer:
        """The party that pays duties and taxes; by default, the incoterm decides."""
        if self.duties is not None:
            return self.duties.payer
        return Payer.SENDER if self.incoterm is Incoterm.DDP else Payer.RECIPIENT


@dataclass(frozen=True, slots=True)
class CustomsDefaults:
    """The customs data that an account adds to each shipment with customs data."""

    contents: Contents | None = None
    contents_explanation: str | None = None
    incoterm: Incoterm | None = None
    signer: str | None = None
    sender_tax_ids: tuple[TaxId, ...] | None = None
    non_delivery: NonDelivery | None = None
    export_declaration: ExportDeclaration | None = None
    duties: Duties | None = None


def merge_customs(defaults: CustomsDefaults | None, wanted: Json | None) -> Customs | None:
    """Return the customs data of an operation with the account's defaults; None if the operation has none.

    A null in `wanted` removes a default.
    """
    if wanted is None:
        return None
    merged: Json = to_json(defaults) if defaults is not None else {}
    merged |= {name: _drop_nulls(value) for name, value in wanted.items()}
    return from_json(Customs, {name: value for name, value in merged.items() if value is not None})


def _drop_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _drop_nulls(part) for name, part in value.items() if part is not None}
    return [_drop_nulls(part) for part in value] if isinstance(value, list) else value
