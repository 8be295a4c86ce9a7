"""Orders as shops send them."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.codes import FailureCode
from domain.parcels import Address


class OrderStatus(StrEnum):
    """Statuses of an order."""

    PENDING = "pending"
    PROCESSING = "processing"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    ON_HOLD = "on_hold"


CLOSED_ORDERS: Mapping[OrderStatus, FailureCode] = {
    OrderStatus.CANCELLED: FailureCode.ORDER_CANCELLED,
    OrderStatus.RETURNED: FailureCode.ORDER_CANCELLED,
    OrderStatus.ON_HOLD: FailureCode.ORDER_ON_HOLD,
}
"""Statuses of orders that nothing is bought or pushed for, each with the code of the refusal."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who bought."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class LineItem:
    """So many pieces of one thing that was bought; `price` is a decimal string in the order's currency.

    A discount has a negative price, and a line that was refunded whole a quantity of 0.
    """

    quantity: int
    id: str | None = None
    sku: str | None = None
    name: str | None = None
    price: str | None = None

    @property
    def fulfillable(self) -> int:
        """How many pieces can be sent: none of a discount."""
        return 0 if (self.price or "").startswith("-") else self.quantity


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `total` is a decimal string in `currency` (ISO 4217).

    `fulfilled` says how many pieces of each line item were pushed, by the item's id.
    """

    id: UUID
    organization_id: UUID
    external_id: str
    order_number: str | None
    status: OrderStatus
    currency: str
    total: str
    customer: Customer | None
    ship_to: Address | None
    line_items: tuple[LineItem, ...]
    bridge_id: UUID | None
    created_at: datetime
    updated_at: datetime
    fulfilled: Mapping[str, int]


def normalize_sku(sku: str | None) -> str:
    """Return a SKU as it is compared: shops and people add blanks, and write one letter in several ways."""
    return unicodedata.normalize("NFC", sku or "").strip()
