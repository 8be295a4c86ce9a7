"""Common parts of the operation types' inputs: strict models, and checks against the organization's data."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Self, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from domain.errors import FieldError, InvalidInput
from domain.json_values import from_json
from domain.orders import LineItem as OrderLine
from domain.orders import Order, normalize_sku
from domain.plan import Plan
from domain.ports.references import References
from domain.shipping import AccountStatus, CarrierAccount, Mode
from domain.vendors.catalogue import CARRIERS, CHANNELS

T = TypeVar("T")


def _to_text(value: object) -> object:
    """Return an id or SKU in normal form as text; shops also send numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return normalize_sku(value) if isinstance(value, str) else value


ONE_LINE = r"^[^\x00-\x1f\x7f]+$"
Ident = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=ONE_LINE),
    BeforeValidator(_to_text),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 200, "pattern": ONE_LINE}, {"type": "integer"}]}
    ),
]
"""A shop's id or SKU: text without surrounding blanks, in Unicode's normal form C; a number becomes text."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Measure = Annotated[
    Decimal,
    Field(gt=0, le=100_000, max_digits=10, decimal_places=3),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 100_000}, {"type": "string"}]}),
]
"""A measure: a number or a decimal string, with one schema for requests and responses."""
Flag = Annotated[bool, Field(strict=True)]
LabelFormat = Literal["PDF", "ZPL", "PNG"]
WeightUnit = Literal["lb", "oz", "kg", "g"]
COUNTRY_PATTERN = r"^[A-Z]{2}$"
Country = Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)]


def _check_carrier(name: str) -> str:
    if name not in CARRIERS:
        raise ValueError(f"must be one of {', '.join(CARRIERS)}")
    return name


CarrierName = Annotated[str, AfterValidator(_check_carrier), WithJsonSchema({"type": "string", "enum": list(CARRIERS)})]
"""A carrier that has an adapter."""


class StrictModel(BaseModel):
    """Base of inputs and outputs.

    It rejects unknown fields. In an optional field, an empty text counts as absent.
    """

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_texts(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        optional = _optional_fields(cls)
        return {name: item for name, item in value.items() if name not in optional or not _is_empty(item)}


@cache
def _optional_fields(model: type[BaseModel]) -> frozenset[str]:
    fields = model.model_fields.items()
    return frozenset(name for name, field in fields if not field.is_required() and field.default is None)


def _is_empty(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


class Address(StrictModel):
    """A postal address."""

    name: Annotated[Text, Field(description="Name of the person.")]
    company: Annotated[Text | None, Field(description="Name of the company.")] = None
    street1: Annotated[Text, Field(description="First line of the street address.")]
    street2: Annotated[Text | None, Field(description="Second line of the street address.")] = None
    city: Annotated[Text, Field(description="City.")]
    state: Annotated[Text | None, Field(description="State or province; carriers need it in the US and Canada.")] = None
    postal_code: Annotated[Text, Field(description="Postal code.")]
    country: Annotated[Country, Field(description="Country code of two capital letters (ISO 3166-1).")]
    phone: Annotated[
        Text | None, Field(description="Phone number; outside North America, start with + and the country code.")
    ] = None
    residential: Annotated[
        Flag | None,
        Field(description="Whether it is a home, which changes the price. Leave it out if you do not know."),
    ] = None


class Parcel(StrictModel):
    """A parcel. Some carriers need its dimensions; send all three or none."""

    weight: Annotated[Measure, Field(description="Weight in `weight_unit`.")]
    weight_unit: Annotated[WeightUnit, Field(description="Unit of `weight`.")]
    length: Annotated[Measure | None, Field(description="Length in `dimension_unit`.")] = None
    width: Annotated[Measure | None, Field(description="Width in `dimension_unit`.")] = None
    height: Annotated[Measure | None, Field(description="Height in `dimension_unit`.")] = None
    dimension_unit: Annotated[Literal["in", "cm"] | None, Field(description="Unit of length, width and height.")] = None

    @model_validator(mode="after")
    def _check_sizes(self) -> "Parcel":
        sizes = [self.length, self.width, self.height, self.dimension_unit]
        if any(size is not None for size in sizes) and any(size is None for size in sizes):
            raise ValueError("send length, width, height and dimension_unit together, or none of them")
        return self


class LineItem(StrictModel):
    """Pieces of one line item of the order, named by `id` or `sku`."""

    id: Annotated[Ident | None, Field(description="The shop's id of the line item.")] = None
    sku: Annotated[Ident | None, Field(description="SKU of the line item, instead of its id.")] = None
    quantity: Annotated[int, Field(description="Pieces to push.", strict=True, ge=1, le=1_000_000)]

    @model_validator(mode="after")
    def _check_name(self) -> "LineItem":
        if (self.id is None) == (self.sku is None):
            raise ValueError("send exactly one of id and sku")
        return self


MAX_PARCELS = 50
Parcels = Annotated[list[Parcel], Field(min_length=1, max_length=MAX_PARCELS)]
LineItems = Annotated[list[LineItem], Field(min_length=1, max_length=1000)]


WRONG_FIELDS = "wrong_fields"
"""The type of a validation error that several fields of a model cause together."""


def refuse_fields(field: str, message: str) -> PydanticCustomError:
    """Return the error of several fields for a model's validator; `field` is the one that the client sees."""
    return PydanticCustomError(WRONG_FIELDS, "{message}", {"field": field, "message": message})


class AccountChoice(StrictModel):
    """A carrier account, or a carrier whose default account is used."""

    carrier_account_id: Annotated[UUID | None, Field(description="Id of the carrier account.")] = None
    carrier: Annotated[
        CarrierName | None, Field(description="Carrier whose default account is used, instead of `carrier_account_id`.")
    ] = None

    @model_validator(mode="after")
    def _require_account(self) -> Self:
        if self.carrier_account_id is None and self.carrier is None:
            raise refuse_fields("carrier", "send carrier_account_id or carrier")
        return self


Reason = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


def require_reason(reason: str | None, info: ValidationInfo, override: str) -> str | None:
    """Return the reason; raises ValueError if it is missing although the override is set."""
    if reason is None and info.data.get(override):
        raise ValueError(f"{override} requires a reason")
    return reason


class OrderStatusOverride(StrictModel):
    """Override for an order that is cancelled, returned or on hold."""

    allow_order_status: Annotated[
        bool,
        Field(
            strict=True, description="Continue although the order is cancelled, returned or on hold. Requires reason."
        ),
    ] = False
    reason: Annotated[
        Reason | None, Field(description="Why the check is overridden. It is logged.", validate_default=True)
    ] = None

    @field_validator("reason")
    @classmethod
    def _require_reason(cls, reason: str | None, info: ValidationInfo) -> str | None:
        return require_reason(reason, info, "allow_order_status")


class PushInput(StrictModel):
    """Input of a push to a sales channel."""

    bridge_id: Annotated[
        UUID | None, Field(description="Id of the bridge to push to; default: the order's bridge.")
    ] = None
    line_items: Annotated[
        LineItems | None, Field(description="Line items in the parcel; default: all that are not pushed yet.")
    ] = None
    notify_customer: Annotated[bool, Field(description="Whether the channel notifies the customer.", strict=True)] = (
        False
    )
    channel_carrier: Annotated[
        Text | None,
        Field(description="The carrier name that the sales channel expects. Set it if the default is wrong."),
    ] = None


def value_of(kind: type[T], request: BaseModel) -> T:
    return from_json(kind, request.model_dump(mode="json", exclude_none=True))


def refuse(message: str, *path: str | int) -> InvalidInput:
    return InvalidInput([FieldError(path, message)])


def require_order(order: Order | None) -> Order:
    if order is None:
        raise refuse("is required for this operation type", "order_id")
    return order


def refuse_problems(problems: Mapping[str, str | None]) -> None:
    found = [FieldError((field,), problem) for field, problem in problems.items() if problem is not None]
    if found:
        raise InvalidInput(found)


async def choose_account(request: AccountChoice, references: References, mode: Mode) -> CarrierAccount:
    """Return the account to use, by default the one for work of this mode.

    A paused account is accepted: the operation waits until it is resumed.
    """
    if request.carrier_account_id is not None:
        field = "carrier_account_id"
        account = await references.account(request.carrier_account_id)
        if account is None:
            raise refuse(f"there is no carrier account {request.carrier_account_id}", field)
        if request.carrier is not None and request.carrier != account.carrier:
            raise refuse(f"the carrier account belongs to the carrier {account.carrier}", "carrier")
    else:
        field = "carrier"
        account = await references.default_account(str(request.carrier), mode)
        if account is None:
            raise refuse(f"there is no default carrier account for {request.carrier} with mode {mode}", field)
    if account.status is AccountStatus.AUTH_FAILED:
        raise refuse(f"the carrier account is {account.status.value}", field)
    return account


async def plan_push(request: PushInput, order: Order, references: References, plan: Plan, *, parcels: int = 1) -> Plan:
    """Check the input of a push of `parcels`, and return the plan with its part; default: the order's own bridge."""
    bridge_id = request.bridge_id or order.bridge_id
    if bridge_id is None:
        raise refuse("required, because the order belongs to no bridge", "bridge_id")
    if order.bridge_id not in (None, bridge_id):
        raise refuse("the order belongs to another bridge", "bridge_id")
    bridge = await references.bridge(bridge_id)
    if bridge is None:
        raise refuse(f"there is no bridge {bridge_id}", "bridge_id")
    if bridge.status is AccountStatus.AUTH_FAILED:
        raise refuse(f"the bridge is {bridge.status.value}", "bridge_id")
    _check_items(request.line_items, order)
    profile = CHANNELS[bridge.channel]
    problems = {
        "order_id": profile.order_problem(order.external_id),
        "channel_carrier": profile.carrier_problem(request.channel_carrier),
        "tracking_number": profile.tracking_problem(plan.tracking_number),
        "parcels": profile.parcels_problem(parcels),
        "notify_customer": profile.mail_problem(bridge.settings) if request.notify_customer else None,
    }
    refuse_problems(problems)
    can_undo = profile.can_cancel and bridge.settings.may_cancel
    return replace(plan, bridge_id=bridge.id, channel=bridge.channel, can_undo=can_undo)


def _check_items(line_items: list[LineItem] | None, order: Order) -> None:
    """Refuse items that are not in the order, or more than are left; several inputs may name the same line item."""
    left = [known.fulfillable for known in order.line_items]
    for index, item in enumerate(line_items or []):
        field = "id" if item.id is not None else "sku"
        places = [place for place, known in enumerate(order.line_items) if _matches(known, item)]
        if not places:
            raise refuse(f"the order has no line item with {field} {getattr(item, field)}", "line_items", index, field)
        missing = item.quantity
        for place in places:
            some = min(missing, left[place])
            left[place] -= some
            missing -= some
        if missing > 0:
            raise refuse("is more than the quantity in the order", "line_items", index, "quantity")


def _matches(known: OrderLine, item: LineItem) -> bool:
    return normalize_sku(known.id) == item.id if item.id is not None else normalize_sku(known.sku) == item.sku
