"""ShipEngine's codes, and ours."""

from collections.abc import Mapping

from domain.effects import UndoOutcome
from domain.tracking import TrackingStatus

FORMATS = ("PDF", "ZPL", "PNG")

PROCESSING = "processing"
LIVE, GONE = (PROCESSING, "completed"), ("voided", "error")
"""Statuses of a label; there are no others."""
FAILED = "error"

VOID_REASONS: Mapping[str, UndoOutcome] = {
    "label_already_voided": UndoOutcome.ALREADY_VOIDED,
    "label_already_used": UndoOutcome.TOO_LATE,
    "label_not_found_within_void_period": UndoOutcome.TOO_LATE,
}
"""Why a void was not approved, where that is an answer; the other reasons need a person."""

REFUND_AWAITED = ("request_scheduled", "pending")
"""Refunds that the carrier has not decided yet."""

STATUSES: Mapping[str, TrackingStatus] = {
    "NY": TrackingStatus.PRE_TRANSIT,
    "AC": TrackingStatus.IN_TRANSIT,
    "IT": TrackingStatus.IN_TRANSIT,
    "SP": TrackingStatus.IN_TRANSIT,
    "AT": TrackingStatus.EXCEPTION,
    "EX": TrackingStatus.EXCEPTION,
    "DE": TrackingStatus.DELIVERED,
}
"""Status codes of tracking."""
