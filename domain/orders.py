"""Orders as shops send them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


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


@dataclass(frozen=True, slots=True)
class Order:
    """An order; `total` is a decimal string in `currency` (ISO 4217)."""

    id: UUID
    organization_id: UUID
    external_id: str
    order_number: str | None
    status: OrderStatus
    currency: str
    total: str
    customer: dict[str, Any] | None
    ship_to: dict[str, Any] | None
    line_items: list[dict[str, Any]]
    bridge_id: UUID | None
    created_at: datetime
    updated_at: datetime
