"""Strict models of customs data: for purchases, requests for prices and the defaults of accounts."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from domain.currencies import CURRENCY_PATTERN, has_too_many_decimals, require_currency
from domain.customs import Contents, CustomsDefaults, Incoterm, NonDelivery, TaxIdType
from domain.json_values import Json, to_json
from workflows.operations.common_inputs import ONE_LINE, Country, Measure, StrictModel, WeightUnit
from workflows.operations.shipping_options import Line, PayerAccount, write_plainly

MAX_ITEMS, MAX_TAX_IDS = 100, 8
HS_CODE_PATTERN = r"^[0-9]{6,12}$"
EXEMPTION_PATTERN = r"^NOEEI 30\.[0-9]{1,2}(\([a-z0-9]{1,3}\))*$"
ITN_PATTERN = r"^X[0-9]{14}$"


def _keep_digits(value: object) -> object:
    """Return an HS code without its separators, such as 6109.10.0012."""
    return value.replace(".", "").replace(" ", "") if isinstance(value, str) else value


HsCode = Annotated[str, StringConstraints(pattern=HS_CODE_PATTERN), BeforeValidator(_keep_digits)]
Exemption = Annotated[str, StringConstraints(pattern=EXEMPTION_PATTERN)]
Itn = Annotated[str, StringConstraints(pattern=ITN_PATTERN)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ONE_LINE, strip_whitespace=True)]
TaxNumber = Annotated[str, StringConstraints(min_length=1, max_length=35, pattern=ONE_LINE, strip_whitespace=True)]


class CustomsItem(StrictModel):
    """Equal pieces of goods in the parcels."""

    description: Annotated[Description, Field(description="What it is, such as `cotton t-shirt`.")]
    quantity: Annotated[int, Field(description="Pieces.", strict=True, ge=1, le=9999)]
    value: Annotated[
        Decimal,
        Field(gt=0, max_digits=12, decimal_places=2, description="Value of one piece."),
        AfterValidator(write_plainly),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "exclusiveMinimum": 0}]}),
    ]
    currency: Annotated[
        str,
        StringConstraints(pattern=CURRENCY_PATTERN),
        AfterValidator(require_currency),
        Field(description="Currency code of `value` (ISO 4217); the same for all items."),
    ]
    weight: Annotated[Measure, Field(description="Weight of one piece in `weight_unit`.")]
    weight_unit: Annotated[WeightUnit, Field(description="Unit of `weight`.")]
    origin: Annotated[Country, Field(description="Country of manufacture (ISO 3166-1).")]
    hs_code: Annotated[
        HsCode | None,
        Field(description="Code of the Harmonized System, 6 to 12 digits; dots and spaces are removed."),
    ] = None
    sku: Annotated[Line | None, Field(description="SKU of the item.")] = None

    @model_validator(mode="after")
    def _check_decimals(self) -> Self:
        if has_too_many_decimals(self.value, self.currency):
            raise ValueError("the value has more decimals than its currency")
        return self


class TaxId(StrictModel):
    """A tax id of the sender or the recipient."""

    type: Annotated[TaxIdType, Field(description="Kind of the id.")]
    number: Annotated[TaxNumber, Field(description="The id.")]
    country: Annotated[Country, Field(description="Country that issued it.")]


class Duties(PayerAccount):
    """The party that pays duties and taxes."""


class ExportDeclaration(StrictModel):
    """The filing of the export with the authorities of the sender's country, or the exemption from it."""

    exemption: Annotated[
        Exemption | None,
        Field(description="Exemption from the filing in the US, such as `NOEEI 30.37(a)`."),
    ] = None
    itn: Annotated[Itn | None, Field(description="Number of the filing in the US (ITN): X and 14 digits.")] = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.exemption is None) == (self.itn is None):
            raise ValueError("send exactly one of exemption and itn")
        return self


TaxIds = Annotated[list[TaxId], Field(min_length=1, max_length=MAX_TAX_IDS)]


class CustomsDefaultFields(StrictModel):
    """Customs data that an account adds to the shipments that have customs data."""

    contents: Annotated[Contents | None, Field(description="Kind of the goods; default: `merchandise`.")] = None
    contents_explanation: Annotated[
        Line | None, Field(description="Explanation; required if `contents` is `other` or `returned_goods`.")
    ] = None
    incoterm: Annotated[
        Incoterm | None, Field(description="Terms of sale (Incoterms 2020); with `DDP` the sender pays duties.")
    ] = None
    signer: Annotated[Line | None, Field(description="Name of the person that certifies the customs data.")] = None
    sender_tax_ids: Annotated[TaxIds | None, Field(description="Tax ids of the sender.")] = None
    non_delivery: Annotated[
        NonDelivery | None, Field(description="What happens to an undeliverable parcel; default: the carrier's rule.")
    ] = None
    export_declaration: Annotated[
        ExportDeclaration | None,
        Field(description="Export filing or exemption; default in the US: the exemption for goods of low value."),
    ] = None
    duties: Annotated[
        Duties | None,
        Field(description="Who pays duties and taxes; default: the sender with `DDP`, else the recipient."),
    ] = None


class Customs(CustomsDefaultFields):
    """Customs data of a shipment to another country, to some US territories or to a military address."""

    items: Annotated[
        list[CustomsItem], Field(min_length=1, max_length=MAX_ITEMS, description="The goods in all parcels.")
    ]
    recipient_tax_ids: Annotated[TaxIds | None, Field(description="Tax ids of the recipient.")] = None
    invoice_number: Annotated[Line | None, Field(description="Number of the commercial invoice.")] = None


def dump_customs(customs: Customs | None) -> Json | None:
    """Return the customs data that the client sent, with their nulls, which remove defaults."""
    return customs.model_dump(mode="json", exclude_unset=True) if customs is not None else None


def list_default_fields(defaults: CustomsDefaults | None, own: Json | None) -> set[str]:
    """Return the names of the customs data that come from the account's defaults."""
    found: dict[str, Any] = to_json(defaults) if defaults is not None and own is not None else {}
    return set(found) - set(own or {})
