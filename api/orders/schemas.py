"""Request and response models of orders."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.http.metadata import MetadataChanges, MetadataFilter
from api.http.pagination import DatedQuery
from api.http.types import (
    Currency,
    Filter,
    InputId,
    Label,
    Money,
    PatchModel,
    Reason,
    RequestModel,
    ResponseModel,
    ShownAs,
    SignedMoney,
    Timestamp,
    Value,
    Values,
)
from domain.orders import OrderStatus, normalize_sku
from domain.shipping import Mode
from workflows.operations.common_inputs import Address, Ident, StrictModel

MAX_LINE_ITEMS = 1000


class OrderModel(StrictModel):
    """Base of an order and its parts, as clients send them."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Customer(OrderModel):
    """The customer of an order."""

    name: Label | None = None
    """Name of the customer."""
    email: Label | None = None
    """Email address of the customer."""


class LineItemInput(OrderModel):
    """A line item of an order. Items with quantity 0 or a negative price are never fulfilled."""

    id: Ident | None = None
    """The shop's id of the line item; by default its position in the list, from 1."""
    sku: Ident | None = None
    """Stock keeping unit."""
    name: Label | None = None
    """Name of the product."""
    quantity: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    """Pieces ordered; 0 if all were refunded."""
    price: SignedMoney | None = None
    """Price of one piece; negative for a discount."""


class OrderCreate(OrderModel):
    """An order to create, or to update if `bridge_id` and `external_id` match one. Missing fields keep their value."""

    external_id: Ident
    """The shop's id of the order."""
    order_number: Ident | None = None
    """Order number that people see."""
    status: OrderStatus = OrderStatus.PENDING
    """Status of the order."""
    currency: Currency = "USD"
    """Currency of `total` and prices."""
    total: Money = "0"
    """Total amount."""
    customer: Customer | None = None
    """The customer."""
    ship_to: Address | None = None
    """Delivery address."""
    line_items: list[LineItemInput] = Field(default_factory=list, max_length=MAX_LINE_ITEMS)
    """What was ordered."""
    bridge_id: InputId | None = None
    """Id of the bridge to the shop that has the order."""
    metadata: MetadataChanges = Field(default_factory=dict)
    """Keys and values of your own, merged into the stored ones; null removes a key."""


class OrderUpdate(PatchModel, OrderModel):
    """Changes of an order. Missing fields keep their value."""

    order_number: Ident | None = None
    """Order number that people see."""
    status: OrderStatus = OrderStatus.PENDING
    """Status of the order."""
    currency: Currency = "USD"
    """Currency of `total` and prices."""
    total: Money = "0"
    """Total amount."""
    customer: Customer | None = None
    """The customer."""
    ship_to: Address | None = None
    """Delivery address."""
    line_items: list[LineItemInput] = Field(default_factory=list, max_length=MAX_LINE_ITEMS)
    """What was ordered."""
    bridge_id: InputId | None = None
    """Id of the bridge to the shop that has the order. It can be set only once."""
    metadata: MetadataChanges = Field(default_factory=dict)
    """Keys and values of your own, merged into the stored ones; null removes a key."""


class OrderErase(RequestModel):
    """Erasure of an order."""

    reason: Reason
    """Why, for the event. It is stored, so it must not contain personal data."""


class OrderQuery(DatedQuery):
    """Filters of the list of orders."""

    q: Annotated[
        Filter | None,
        Field(description="Only orders with this start of an id or number: of itself or its shipments."),
    ] = None
    status: Annotated[Values[OrderStatus] | None, Field(description="Only orders with one of these statuses.")] = None
    external_id: Annotated[
        Values[Annotated[Filter, AfterValidator(normalize_sku)]] | None,
        Field(description="Only orders with one of these shop ids; each bridge may have one."),
    ] = None
    order_number: Annotated[
        Values[Filter] | None, Field(description="Only orders with one of these order numbers.")
    ] = None
    tracking_number: Annotated[
        Values[Filter] | None, Field(description="Only orders with a shipment of one of these tracking numbers.")
    ] = None
    bridge_id: Annotated[Values[InputId] | None, Field(description="Only orders of these bridges.")] = None
    metadata: Annotated[MetadataFilter | None, Field(description="Only orders with this value of a metadata key.")] = (
        None
    )
    sort: Annotated[
        Literal["created_at", "updated_at"],
        Field(description="Field to sort by."),
    ] = "created_at"


class LineItemRead(OrderModel):
    """A line item of an order. Fields that the client did not send are left out."""

    id: str
    """The shop's id of the line item, or else its position in the list."""
    sku: str | None = None
    """Stock keeping unit."""
    name: str | None = None
    """Name of the product."""
    quantity: int
    """Pieces ordered; 0 if all were refunded."""
    price: str | None = None
    """Price of one piece as a decimal string; negative for a discount."""


class OrderRead(ResponseModel):
    """An order."""

    id: UUID
    """Id of the order."""
    external_id: str
    """The shop's id of the order."""
    order_number: str | None
    """Order number that people see."""
    mode: Mode
    """The mode of its bridge, or else of the keys that sent it. A `live` order stays `live`."""
    status: OrderStatus
    """Status of the order."""
    currency: str
    """Currency of `total` and prices."""
    total: str
    """Total amount as a decimal string."""
    customer: Annotated[Value, ShownAs(Customer)] | None
    """The customer."""
    ship_to: Annotated[Value, ShownAs(Address)] | None
    """Delivery address."""
    line_items: list[Annotated[Value, ShownAs(LineItemRead)]]
    """What was ordered."""
    remaining: dict[str, int]
    """Pieces that are not pushed yet, by the line item's id."""
    bridge_id: UUID | None
    """Id of the bridge to the shop that has the order."""
    metadata: dict[str, str]
    """Keys and values of the client."""
    erased_at: Timestamp | None
    """When its personal data was last erased; null if it was not."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When it last changed."""
