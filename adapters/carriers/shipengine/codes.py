"""ShipEngine's codes and their meanings."""

from collections.abc import Mapping

from adapters.carriers.common.answers import map_codes
from domain.effects import UndoOutcome
from domain.pauses import PauseCause
from domain.shipping import RefundState
from domain.tracking import TrackingStatus

FORMATS = ("PDF", "ZPL", "PNG")

PROCESSING = "processing"
LIVE, GONE = (PROCESSING, "completed"), ("voided", "error")
"""All statuses of a label."""
FAILED = "error"

VOID_REASONS: Mapping[str, UndoOutcome] = {
    "label_already_voided": UndoOutcome.ALREADY_VOIDED,
    "label_already_used": UndoOutcome.TOO_LATE,
    "label_not_found_within_void_period": UndoOutcome.TOO_LATE,
}
"""Outcomes of unapproved voids by reason; the other reasons need a person."""

REFUND_AWAITED = ("request_scheduled", "pending")
"""Refunds that the carrier has not decided yet."""
REFUND_STATES: Mapping[str, RefundState] = {
    **dict.fromkeys(REFUND_AWAITED, RefundState.PENDING),
    "approved": RefundState.SETTLED,
    "rejected": RefundState.REJECTED,
}
"""Source: `refund_status` in ShipEngine's OpenAPI description. An `excluded` label takes no part in refunds."""

STATUS_CODES: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: "NY",
    TrackingStatus.IN_TRANSIT: "AC IT SP",
    TrackingStatus.DELIVERED: "DE",
    TrackingStatus.EXCEPTION: "AT EX",
    TrackingStatus.UNKNOWN: "UN",
}
"""Source: `status_code` in ShipEngine's OpenAPI description."""

DETAIL_CODES: Mapping[TrackingStatus, str] = {
    TrackingStatus.PRE_TRANSIT: (
        "SHIPMENT_CREATED AWAITING_PICKUP_DROP_OFF ELEC_ADVICE_RECD_BY_CARRIER NOT_YET_RECEIVED_BY_CARRIER "
        "PICKUP_FAILED"
    ),
    TrackingStatus.IN_TRANSIT: (
        "DROPPED_OFF PICKED_UP CUSTOMS_CLEARED CUSTOMS_PROCESSING DELIVERY_ARRANGED_WITH_RECIPIENT HUB_SCAN_OUT "
        "HUB_SCAN_IN IN_TRANSIT PARCEL_OVER_LABELLED RECEIVED_BY_CARRIER RECEIVED_LOCAL_DELIVERY_DEPOT "
        "SUB_CONTRACTOR_EVENT SUB_CONTRACTOR_RECEIVED PARCEL_REDIRECTED PARCEL_REDIRECTED_BY_CARRIER "
        "DELIVERY_SCHEDULED HUB_PROCESSING DELIVERY_RESCHEDULED COD_AMOUNT_PAID AWAITING_COLLECTION_FROM_PICKUP_POINT "
        "COLLECT_AT_LOCAL_PO CUSTOMER_TO_COLLECT_FROM_CARRIER DELIVERED_TO_PICKUP_POINT PARCEL_REPACKED "
        "RECD_BY_CARRIER_NO_ELEC_ADVICE INFORMATION PARCEL_UPDATE_NOTIFICATION"
    ),
    TrackingStatus.OUT_FOR_DELIVERY: "OUT_FOR_DELIVERY",
    TrackingStatus.DELIVERED: (
        "DELIVERED DELIVERED_TO_RECEPTION DELIVERED_DAMAGED DELIVERED_IN_PART DELIVERED_SPECIFIED_SAFE_PLACE "
        "DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION DELIVERED_TO_NEIGHBOUR DELIVERED_TO_PO_BOX "
        "PARCEL_COLLECTED_FROM_PICKUP_POINT POST_TRANSIT_STATUS PROOF_OF_DELIVERY"
    ),
    TrackingStatus.EXCEPTION: (
        "ATTEMPTED_DELIVERY ATTEMPTED_DELIVERY_FINAL CUSTOMER_CARDED PARCEL_DAMAGED ADDRESS_QUERY CARRIER_DELAYS "
        "DELAYED_NOT_CARRIER HELD_BY_CARRIER HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING HELD_BY_CUSTOMS "
        "INCORRECT_DECLARATION MISROUTED COD_AMOUNT_NOT_PAID CUSTOMER_IDENTIFICATION_FAILED "
        "NO_ACCESS_TO_RECIPIENTS_ADDRESS CUSTOMER_MOVED HAZARDOUS_PROHIBITED NOT_COLLECTED_FROM_PICKUP_POINT "
        "NOT_DELIVERED NOT_DELIVERED_ADDRESSEE_DECEASED PARCEL_DISPOSED PARCEL_LOST "
        "PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY REFUSED_BY_CUSTOMER UNSPECIFIED_EXCEPTION TRACKING_EXPIRED DUTY_NOT_PAID"
    ),
    TrackingStatus.RETURNED: "RETURN_TO_SENDER UNDELIVERABLE_RETURNED_TO_SENDER",
    TrackingStatus.CANCELLED: "CANCELLED",
    TrackingStatus.UNKNOWN: "CARRIER_STATUS_NOT_MAPPED",
}
"""Source: `status_detail_code` in ShipEngine's OpenAPI description; for `CARRIER_STATUS_NOT_MAPPED`, see `STATUSES`."""
STATUSES, DETAILS = map_codes(STATUS_CODES), map_codes(DETAIL_CODES)
"""Statuses by ShipEngine's status code, and by its detail code; the former counts if the detail is not mapped."""

CAUSES: Mapping[str, PauseCause] = {
    "insufficient_funds": PauseCause.INSUFFICIENT_FUNDS,
    "funding_source_error": PauseCause.INSUFFICIENT_FUNDS,
    "funding_source_missing_configuration": PauseCause.INSUFFICIENT_FUNDS,
    "funding_source_registration_in_progress": PauseCause.UNAVAILABLE,
}
"""The pause cause of each error code that is temporary, such as a lack of money."""
