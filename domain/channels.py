"""Sales channels: bridges, fulfillments and capabilities. A bridge is an organization's connection to a channel."""

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
    """The state of a fulfillment at its channel."""

    LIVE = "live"
    PENDING = "pending"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ChannelCapabilities:
    """What the channel of one bridge supports; `CarrierCapabilities` explains the times."""

    can_cancel: bool
    safety: SafetyClass
    settle_seconds: float
    look_for_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class FulfillmentRequest:
    """The data that a push sends to a channel.

    Attributes:
        external_id: the channel's id of the order.
        tracking_number: the parcel's tracking number.
        carrier: the carrier that transports the parcel, in the client's or the carrier's own spelling.
        line_items: the items to fulfill; None means all remaining items.
        notify_customer: whether the channel sends the customer a mail.
        known_items: all line items of the order in this service.
        channel_carrier: the channel's name for the carrier, if the client gives one.
        allow_order_status: whether to push even if the channel has closed or holds the order.
        parcel_numbers: the tracking numbers of all parcels; None if there is only one.
    """

    external_id: str
    tracking_number: str
    carrier: str
    line_items: tuple[LineItem, ...] | None
    notify_customer: bool
    known_items: tuple[LineItem, ...] = ()
    channel_carrier: str | None = None
    allow_order_status: bool = False
    parcel_numbers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """A fulfillment as the channel returns it."""

    fulfillment_id: str
    status: FulfillmentStatus
    tracking_number: str
    notified: bool
    message: str | None = None

    def __post_init__(self) -> None:
        """Bound the values that an adapter parsed; raises Ambiguous if the answer does not name the fulfillment."""
        require_short_text(self.fulfillment_id)
        if self.message is not None:
            object.__setattr__(self, "message", bound_message(self.message))


@dataclass(frozen=True, slots=True)
class CancelResult:
    """The channel's answer to a cancel."""

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
