"""EasyPost's codes, and ours."""

from collections.abc import Mapping

from domain.effects import UndoOutcome
from domain.tracking import TrackingStatus

FORMATS: Mapping[str, str] = {"application/pdf": "PDF", "application/zpl": "ZPL", "image/png": "PNG"}
"""By EasyPost's type of a label's file: our format."""

MAY_BE_BOUGHT = (
    "SHIPMENT.POSTAGE.EXISTS",
    "SHIPMENT.PURCHASE.IN_PROGRESS",
    "SHIPMENT.POSTAGE.TIMED_OUT",
    "SHIPMENT.POSTAGE.NO_RESPONSE",
)
"""Refusals of a purchase after which there is a label, or may be one soon, whatever the status says."""

SUBMITTED, REFUNDED, REFUND_REJECTED, NOT_APPLICABLE = "submitted", "refunded", "rejected", "not_applicable"
"""States of a refund; None before it was asked for."""
REFUND_OUTCOMES: Mapping[str | None, UndoOutcome] = {
    SUBMITTED: UndoOutcome.REFUND_PENDING,
    REFUNDED: UndoOutcome.VOIDED,
    NOT_APPLICABLE: UndoOutcome.UNSUPPORTED,
}
"""What a refund in one of these states means for the void."""

STATUSES: Mapping[str, TrackingStatus] = {
    "pre_transit": TrackingStatus.PRE_TRANSIT,
    "in_transit": TrackingStatus.IN_TRANSIT,
    "available_for_pickup": TrackingStatus.IN_TRANSIT,
    "out_for_delivery": TrackingStatus.OUT_FOR_DELIVERY,
    "delivered": TrackingStatus.DELIVERED,
    "return_to_sender": TrackingStatus.RETURNED,
    "failure": TrackingStatus.EXCEPTION,
    "error": TrackingStatus.EXCEPTION,
    "cancelled": TrackingStatus.CANCELLED,
}
"""Statuses of a tracker."""
