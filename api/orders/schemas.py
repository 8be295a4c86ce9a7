"""What orders look like outside."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from api.http.pagination import ListQuery
from api.http.types import (
    Currency,
    Filter,
    InputId,
    Label,
    Money,
    PatchModel,
    ResponseModel,
    SignedMoney,
    Timestamp,
    Value,
)
from domain.orders import OrderStatus, normalize_sku
from workflows.operations.common_inputs import Address, Ident, StrictModel

MAX_LINE_ITEMS = 1000


class Customer(StrictModel):
    """Who bought."""

    name: Label | None = None
    email: Label | None = None


class LineItemInput(StrictModel):
    """What was bought; `id` is the shop's, by default the item's place, from 1.

    Nothing is fulfilled of a quantity of 0, which a refund leaves, or of a negative price, which a discount has.
    """

    id: Ident | None = None
    sku: Ident | None = None
    name: Label | None = None
    quantity: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    price: SignedMoney | None = None


class OrderCreate(StrictModel):
    """An order to insert, or to update by `bridge_id` and `external_id`: fields left out keep their value."""

    external_id: Ident
    order_number: Ident | None = None
    status: OrderStatus = OrderStatus.PENDING
    currency: Currency = "USD"
    total: Money = "0"
    customer: Customer | None = None
    ship_to: Address | None = None
    line_items: list[LineItemInput] = Field(default_factory=list, max_length=MAX_LINE_ITEMS)
    bridge_id: InputId | None = None


class OrderUpdate(PatchModel, StrictModel):
    """What is to change of an order; what is left out stays."""

    order_number: Ident | None = None
    status: OrderStatus = OrderStatus.PENDING
    currency: Currency = "USD"
    total: Money = "0"
    customer: Customer | None = None
    ship_to: Address | None = None
    line_items: list[LineItemInput] = Field(default_factory=list, max_length=MAX_LINE_ITEMS)
    bridge_id: InputId | None = None


class OrderQuery(ListQuery):
    """Filters of the list of orders."""

    status: Annotated[OrderStatus | None, Field(description="Filter by status.")] = None
    external_id: Annotated[
        Annotated[Filter, AfterValidator(normalize_sku)] | None,
        Field(description="Filter by the shop's id; each bridge may have an order with it."),
    ] = None
    bridge_id: Annotated[InputId | None, Field(description="Filter by bridge.")] = None
    sort: Annotated[
        Literal["created_at", "updated_at"],
        Field(description="Sort field."),
    ] = "created_at"


class OrderRead(ResponseModel):
    """An order; `total` is a decimal string in `currency`.

    `remaining` says how many pieces of each line item were not pushed yet, by the item's id.
    """

    id: UUID
    external_id: str
    order_number: str | None
    status: OrderStatus
    currency: str
    total: str
    customer: Value | None
    ship_to: Value | None
    line_items: list[Value]
    remaining: dict[str, int]
    bridge_id: UUID | None
    created_at: Timestamp
    updated_at: Timestamp
