"""Request and response models of orders."""

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
    """The customer."""

    name: Label | None = None
    email: Label | None = None


class LineItemInput(StrictModel):
    """An ordered item; `id` is the shop's, by default the item's place, from 1.

    Items with quantity 0 (left by a refund) or a negative price (a discount) are never fulfilled.
    """

    id: Ident | None = None
    sku: Ident | None = None
    name: Label | None = None
    quantity: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    price: SignedMoney | None = None


class OrderCreate(StrictModel):
    """An order to create, or to update by `bridge_id` and `external_id`; fields left out keep their value."""

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
    """Changes of an order; fields left out keep their value."""

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

    `remaining`: the quantity of each line item that was not pushed yet, by the item's id.
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
