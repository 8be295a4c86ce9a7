"""Where a parcel is, as its carrier tells it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TrackingStatus(StrEnum):
    """The carriers' many codes, as few words; `unknown` is a code that no one here knows."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One scan. `code` and `description` are the carrier's own; `at` is None where the carrier gives no time."""

    at: datetime | None
    status: TrackingStatus
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class Tracking:
    """What a carrier knows of a tracking number; `events` oldest first."""

    tracking_number: str
    status: TrackingStatus
    events: tuple[TrackingEvent, ...]
