"""Strict models of shipping options: for purchases, requests for prices and the defaults of accounts."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from domain.currencies import CURRENCY_PATTERN, has_too_many_decimals, require_currency
from domain.json_values import Json
from domain.shipping_options import AddressValidation, LabelSize, NotificationEvent, Packaging, Payer, Signature
from domain.users import EMAIL_PATTERN
from workflows.operations.common_inputs import ONE_LINE, Address, Country, Flag, StrictModel

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _require_date(value: object) -> object:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("must be a date, such as 2026-01-15")
    return value


def _require_scalar(value: object) -> object:
    if not isinstance(value, str | bool | int | float | None) or (isinstance(value, str) and not value.strip()):
        raise ValueError("must be a text, a number, true, false or null")
    return value


def write_plainly(amount: Decimal) -> Decimal:
    """Return an amount without an exponent, which `str` would show as in 1E+3."""
    return Decimal(f"{amount:f}")


Line = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=ONE_LINE, strip_whitespace=True)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=EMAIL_PATTERN, strip_whitespace=True)]
ShipDate = Annotated[date, BeforeValidator(_require_date)]
FIELD_NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,99}$"
OwnName = Annotated[str, StringConstraints(pattern=FIELD_NAME_PATTERN)]
OwnValue = Annotated[
    Any,
    AfterValidator(_require_scalar),
    WithJsonSchema({"anyOf": [{"type": kind} for kind in ("string", "number", "boolean", "null")]}),
]


class Amount(StrictModel):
    """An amount of money above zero."""

    amount: Annotated[
        Decimal,
        Field(gt=0, max_digits=12, decimal_places=4, description="The amount, with the decimals of its currency."),
        AfterValidator(write_plainly),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "exclusiveMinimum": 0}]}),
    ]
    currency: Annotated[
        str,
        StringConstraints(pattern=CURRENCY_PATTERN),
        AfterValidator(require_currency),
        Field(description="Currency code (ISO 4217)."),
    ]

    @model_validator(mode="after")
    def _check_decimals(self) -> Self:
        if has_too_many_decimals(self.amount, self.currency):
            raise ValueError("the amount has more decimals than its currency")
        return self


class LabelReferences(StrictModel):
    """The client's own references, which the carrier prints on the label."""

    order: Annotated[Line | None, Field(description="Order number.")] = None
    po: Annotated[Line | None, Field(description="Purchase order number.")] = None
    invoice: Annotated[Line | None, Field(description="Invoice number.")] = None
    department: Annotated[Line | None, Field(description="Department.")] = None


class HoldAtLocation(StrictModel):
    """A place of the carrier at which the recipient collects the parcel."""

    location_id: Annotated[Line | None, Field(description="The carrier's id of the place.")] = None
    address: Annotated[Address | None, Field(description="Address of the place, if the carrier needs it.")] = None


class PayerAccount(StrictModel):
    """A party that pays the carrier, with its account."""

    with_account: ClassVar[tuple[Payer, ...]] = (Payer.THIRD_PARTY,)
    """The payers that need an account."""

    payer: Annotated[Payer, Field(description="Who pays; `sender` is the carrier account.")]
    account: Annotated[
        Line | None,
        Field(description="Account number of the recipient or third party at the carrier.", validate_default=True),
    ] = None
    postal_code: Annotated[Line | None, Field(description="Postal code of that account, if the carrier needs it.")] = (
        None
    )
    country: Annotated[Country | None, Field(description="Country of that account.")] = None

    @field_validator("account")
    @classmethod
    def _check_account(cls, account: str | None, info: ValidationInfo) -> str | None:
        payer = info.data.get("payer")
        if payer in cls.with_account and account is None:
            raise ValueError(f"is required if payer is {payer.value}")
        if payer is Payer.SENDER and account is not None:
            raise ValueError("is accepted only if payer is recipient or third_party")
        return account


class Billing(PayerAccount):
    """The party that pays for the transport."""

    with_account: ClassVar[tuple[Payer, ...]] = (Payer.RECIPIENT, Payer.THIRD_PARTY)

    country: Annotated[Country | None, Field(description="Country of that account; default: the sender's.")] = None


class Notifications(StrictModel):
    """E-mails of the carrier about the parcel."""

    emails: Annotated[list[Email], Field(min_length=1, max_length=10, description="The e-mail addresses.")]
    events: Annotated[
        list[NotificationEvent] | None,
        Field(min_length=1, max_length=len(NotificationEvent), description="Events to report; default: all."),
    ] = None


class LabelStock(StrictModel):
    """The paper and the resolution of the label."""

    size: Annotated[LabelSize | None, Field(description="Width and height in inches, or a paper size.")] = None
    dpi: Annotated[Literal[203, 300, 600] | None, Field(description="Dots per inch of the printer.")] = None


class ShippingOptions(StrictModel):
    """Options of a label. Carriers support different ones; null removes a default of the carrier account."""

    signature: Annotated[Signature | None, Field(description="Signature that the carrier collects.")] = None
    insurance: Annotated[Amount | None, Field(description="Insurance against loss and damage.")] = None
    declared_value: Annotated[
        Amount | None,
        Field(description="The carrier's own liability; another product than insurance."),
    ] = None
    packaging: Annotated[
        Packaging | None, Field(description="Package of the carrier, or `own`. It can change the price.")
    ] = None
    references: Annotated[LabelReferences | None, Field(description="References to print on the label.")] = None
    ship_date: Annotated[
        ShipDate | None,
        Field(description="Day on which the carrier receives the parcel; default: the day of the purchase."),
    ] = None
    saturday_delivery: Annotated[Flag | None, Field(description="Whether to deliver on a Saturday.")] = None
    hold_at_location: Annotated[HoldAtLocation | None, Field(description="Place of collection by the recipient.")] = (
        None
    )
    billing: Annotated[Billing | None, Field(description="Who pays for the transport; default: the sender.")] = None
    notifications: Annotated[Notifications | None, Field(description="E-mails that the carrier sends.")] = None
    return_address: Annotated[
        Address | None, Field(description="Address for undeliverable parcels; default: `ship_from`.")
    ] = None
    address_validation: Annotated[
        AddressValidation | None,
        Field(description="How the carrier checks the delivery address: `strict` refuses an unknown one."),
    ] = None
    label: Annotated[LabelStock | None, Field(description="Paper and resolution of the label.")] = None
    carrier_options: Annotated[
        dict[OwnName, OwnValue] | None,
        Field(max_length=30, description="The carrier's own fields, by name; the page of the carrier lists them."),
    ] = None


def _refuse_ship_date(value: object) -> None:
    if value is not None:
        raise ValueError("can't be a default, because a day passes: set it in each operation")


class DefaultOptions(ShippingOptions):
    """Shipping options of an account's labels, except the ship date."""

    ship_date: SkipJsonSchema[Annotated[None, BeforeValidator(_refuse_ship_date)]] = None


def dump_options(options: ShippingOptions | None) -> Json | None:
    """Return the options that the client sent, with their nulls, which remove defaults."""
    return options.model_dump(mode="json", exclude_unset=True) if options is not None else None
