"""Sales channels: fulfillments, and what a channel can do. The API's name for a channel's connection is bridge."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.bounds import bound_message
from domain.effects import UndoOutcome
from domain.orders import LineItem
from domain.pauses import Pause
from domain.shipping import AccountStatus, ConnectionSettings, Mode, SafetyClass, require_short_text


class FulfillmentStatus(StrEnum):
    """How a channel answers a push."""

    LIVE = "live"
    PENDING = "pending"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ChannelCapabilities:
    """What one bridge's channel can do; see `CarrierCapabilities` for the times."""

    can_cancel: bool
    safety: SafetyClass
    settle_seconds: float
    look_for_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FulfillmentRequest:
    """What a push sends to a channel.

    Attributes:
        external_id: the shop's id of the order.
        tracking_number: the parcel's.
        carrier: the carrier that brings the parcel, in the client's or the carrier's own spelling.
        line_items: None means all that remain.
        notify_customer: whether the customer gets a mail.
        known_items: all that our order has.
        channel_carrier: the channel's name for the carrier, if the client gives it.
        allow_order_status: whether the shop's state of the order does not matter.
    """

    external_id: str
    tracking_number: str
    carrier: str
    line_items: tuple[LineItem, ...] | None
    notify_customer: bool
    known_items: tuple[LineItem, ...] = ()
    channel_carrier: str | None = None
    allow_order_status: bool = False


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """A fulfillment as a channel knows it."""

    fulfillment_id: str
    status: FulfillmentStatus
    tracking_number: str
    notified: bool
    message: str | None = None

    def __post_init__(self) -> None:
        """Bound what an adapter read; raises Ambiguous if the answer does not name the fulfillment."""
        require_short_text(self.fulfillment_id)
        if self.message is not None:
            object.__setattr__(self, "message", bound_message(self.message))


@dataclass(frozen=True, slots=True)
class CancelResult:
    """What a channel said to a cancel."""

    outcome: UndoOutcome


@dataclass(frozen=True, slots=True)
class Bridge:
    """An organization's connection to a sales channel."""

    id: UUID
    organization_id: UUID
    channel: str
    name: str
    mode: Mode
    status: AccountStatus
    status_reason: str | None
    pause: Pause | None
    settings: ConnectionSettings
    credential_names: list[str]
    created_at: datetime
    updated_at: datetime
