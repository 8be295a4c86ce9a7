"""Orders of sales channels: statuses, customers and line items."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.codes import FailureCode
from domain.parcels import Address
from domain.shipping import Mode


class OrderStatus(StrEnum):
    """Status of an order."""

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
"""Statuses that forbid buying or pushing anything for an order, each with the code of the refusal."""


@dataclass(frozen=True, slots=True)
class Customer:
    """The customer of an order."""

    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class LineItem:
    """A quantity of one item; `price` is a decimal string in the order's currency.

    A discount has a negative price; a line that was refunded completely has quantity 0.
    """

    quantity: int
    id: str | None = None
    sku: str | None = None
    name: str | None = None
    price: str | None = None

    @property
    def fulfillable(self) -> int:
        """How many pieces can be shipped: none of a discount."""
        return 0 if (self.price or "").startswith("-") else self.quantity


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `total` is a decimal string in `currency` (ISO 4217).

    `fulfilled` maps the id of each line item to the number of pieces pushed. An order with mode `test` uses only
    accounts and bridges with mode `test`.
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
    metadata: Mapping[str, str]
    erased_at: datetime | None = None
    mode: Mode = Mode.LIVE


def choose_mode(known: Order | None, bridge_mode: Mode | None, key_mode: Mode) -> Mode:
    """Return the mode of an order that a key creates or changes.

    `bridge_mode` is the mode of the bridge that the order gets; None if it keeps its bridge, or has none.
    A live bridge, or a live key if there is no bridge, makes the order live.
    A live order stays live for ever, also with a test bridge.
    """
    if known is not None and (known.mode is Mode.LIVE or (known.bridge_id is not None and bridge_mode is None)):
        return known.mode
    return bridge_mode or key_mode


def normalize_sku(sku: str | None) -> str:
    """Return a SKU in the form for comparison: without surrounding blanks, and with one spelling per letter (NFC)."""
    return unicodedata.normalize("NFC", sku or "").strip()
