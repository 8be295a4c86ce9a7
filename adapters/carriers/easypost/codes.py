"""EasyPost's codes and their meanings."""

from collections.abc import Mapping

from adapters.carriers.common.answers import map_codes
from domain.effects import UndoOutcome
from domain.label_parts import DocumentKind
from domain.shipping import RefundState
from domain.tracking import TrackingStatus

FORMATS: Mapping[str, str] = {"application/pdf": "PDF", "application/zpl": "ZPL", "image/png": "PNG"}
"""Label formats by EasyPost's file type."""

FORMS: Mapping[str, DocumentKind] = {
    "commercial_invoice": DocumentKind.COMMERCIAL_INVOICE,
    **dict.fromkeys(("cn22", "high_value_report", "nafta_certificate_of_origin"), DocumentKind.CUSTOMS_FORM),
}
"""The customs documents by EasyPost's type of the form; the other types belong to returns and other purposes."""

MAY_BE_BOUGHT = (
    "SHIPMENT.POSTAGE.EXISTS",
    "SHIPMENT.PURCHASE.IN_PROGRESS",
    "SHIPMENT.POSTAGE.TIMED_OUT",
    "SHIPMENT.POSTAGE.NO_RESPONSE",
)
"""Codes of refused purchases after which a label exists, or may exist soon, with any status."""

SUBMITTED, REFUNDED, REFUND_REJECTED, NOT_APPLICABLE = "submitted", "refunded", "rejected", "not_applicable"
"""States of a refund; None before it is requested."""
REFUND_OUTCOMES: Mapping[str | None, UndoOutcome] = {
    SUBMITTED: UndoOutcome.REFUND_PENDING,
    REFUNDED: UndoOutcome.VOIDED,
    NOT_APPLICABLE: UndoOutcome.UNSUPPORTED,
}
"""The outcome of a void for each state of its refund."""
REFUND_STATES: Mapping[str | None, RefundState] = {
    SUBMITTED: RefundState.PENDING,
    REFUNDED: RefundState.SETTLED,
    REFUND_REJECTED: RefundState.REJECTED,
}
"""A carrier that bills on the first scan has nothing to refund: `not_applicable`."""

TRACKER_STATUSES: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "pre_transit",
    TrackingStatus.IN_TRANSIT: "in_transit available_for_pickup",
    TrackingStatus.OUT_FOR_DELIVERY: "out_for_delivery",
    TrackingStatus.DELIVERED: "delivered",
    TrackingStatus.RETURNED: "return_to_sender",
    TrackingStatus.EXCEPTION: "failure error",
    TrackingStatus.CANCELLED: "cancelled canceled",
    TrackingStatus.UNKNOWN: "unknown",
}
"""Source: EasyPost's page "Tracker object", `status`; both spellings of cancelled occur."""

TRACKER_DETAILS: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "label_created",
    TrackingStatus.IN_TRANSIT: (
        "arrived_at_destination arrived_at_facility arrived_at_pickup_location departed_facility "
        "departed_origin_facility in_transit received_at_destination_facility received_at_origin_facility "
        "transferred_to_destination_carrier"
    ),
    TrackingStatus.OUT_FOR_DELIVERY: "out_for_delivery",
    TrackingStatus.RETURNED: "return",
    TrackingStatus.EXCEPTION: (
        "address_correction awaiting_information damaged delayed delivery_exception expired failure held lost "
        "missorted refused transit_exception weather_delay"
    ),
    TrackingStatus.CANCELLED: "cancelled",
    TrackingStatus.UNKNOWN: "status_update unknown",
}
"""Source: EasyPost's page "Tracker object", `status_detail`."""
STATUSES, DETAILS = map_codes(TRACKER_STATUSES), map_codes(TRACKER_DETAILS)
"""Statuses by EasyPost's status, and by its detail, which counts if the status is unknown."""
