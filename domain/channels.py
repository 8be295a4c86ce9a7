"""Sales channels: fulfillments, and what a channel can do. The API's name for a channel's connection is bridge."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.effects import UndoOutcome
from domain.shipping import AccountStatus, Mode, SafetyClass


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
    look_for_seconds: float


@dataclass(frozen=True, slots=True)
class FulfillmentRequest:
    """What is told to a channel. `line_items` None means all that remain; `order` is what the order looks like here."""

    external_id: str
    tracking_number: str
    carrier: str
    line_items: list[dict[str, Any]] | None
    notify_customer: bool
    order: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fulfillment:
    """A fulfillment as a channel knows it."""

    fulfillment_id: str
    status: FulfillmentStatus
    tracking_number: str
    notified: bool
    message: str | None


@dataclass(frozen=True, slots=True)
class CancelResult:
    """What a channel said to a cancel."""

    outcome: UndoOutcome


@dataclass(frozen=True, slots=True)
class Bridge:
    """An organization's connection to a sales channel; `settings` as for `CarrierAccount`, plus `can_cancel`."""

    id: UUID
    organization_id: UUID
    channel: str
    name: str
    mode: Mode
    status: AccountStatus
    status_reason: str | None
    settings: dict[str, Any]
    credential_names: list[str]
    created_at: datetime
    updated_at: datetime
