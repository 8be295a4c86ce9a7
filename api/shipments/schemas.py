"""What shipments look like outside."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.http.pagination import ListQuery
from api.http.types import Filter, InputId, InputTime, ResponseModel, Timestamp
from api.shipments.sent import SentLabel
from domain.shipping import RefundState, ShipmentStatus
from domain.tracking import TrackingStatus


class ShipmentQuery(ListQuery):
    """Filters of the list of shipments."""

    status: Annotated[ShipmentStatus | None, Field(description="Filter by status.")] = None
    order_id: Annotated[InputId | None, Field(description="Filter by order.")] = None
    operation_id: Annotated[InputId | None, Field(description="Filter by the operation that bought it.")] = None
    tracking_number: Annotated[Filter | None, Field(description="Filter by tracking number.")] = None
    unused: Annotated[
        Literal["true"] | None, Field(description="Only labels that are not voided and that no carrier has scanned.")
    ] = None
    void_before: Annotated[
        InputTime | None,
        Field(description="Only labels whose `void_until`, or else `usual_void_until`, lies between now and then."),
    ] = None
    sort: Annotated[
        Literal["created_at", "updated_at"],
        Field(description="Sort field."),
    ] = "created_at"


class TrackingRead(ResponseModel):
    """How far a parcel is, as its carrier told. It never goes back.

    `at` is the newest event's time and `scanned_at` the first scan's: from then on the label can't be voided.
    `checked_at` is when the carrier was last asked, `problem` a code where it told nothing then. At `next_check_at` it
    is asked again; null: not any more.
    """

    status: TrackingStatus
    at: Timestamp | None
    scanned_at: Timestamp | None
    checked_at: Timestamp | None
    problem: str | None
    next_check_at: Timestamp | None


class TrackingEventRead(ResponseModel):
    """One event; `code`, `description` and `place` are the carrier's own, `at` is null if it gives no time."""

    at: Timestamp | None
    status: TrackingStatus
    code: str
    description: str
    place: str


class TrackingDetail(TrackingRead):
    """How far a parcel is, with its events, oldest first."""

    shipment_id: UUID
    carrier: str
    tracking_number: str
    events: list[TrackingEventRead]


class RefundRead(ResponseModel):
    """The money of a voided label: EasyPost and ShipEngine report what became of it, other carriers do not.

    `checked_at` is when the carrier last answered, `problem` a code if it did not. It is asked again at
    `next_check_at`; null: no more.
    """

    status: RefundState
    checked_at: Timestamp | None
    problem: str | None
    next_check_at: Timestamp | None


class CostPartRead(ResponseModel):
    """One part of a shipment's cost, in the carrier's words and the cost's currency."""

    name: str
    amount: str


class ShipmentRead(ResponseModel):
    """A shipment; its document is at `/api/shipments/{id}/label`. `reference` is what the carrier knows it by.

    `sent` is what the label was bought for, whatever the order says now; null if an earlier version bought it.

    `carrier` sold the label; `shipping_carrier` brings the parcel, which is another one if `carrier` is an aggregator.
    """

    id: UUID
    order_id: UUID | None
    operation_id: UUID
    carrier_account_id: UUID
    carrier: str
    shipping_carrier: str | None
    service: str
    status: ShipmentStatus
    reference: str
    carrier_shipment_id: str
    tracking_number: str
    label_format: str
    sent: SentLabel | None
    cost: str | None
    currency: str | None
    cost_parts: list[CostPartRead]
    void_until: Timestamp | None
    usual_void_until: Timestamp | None
    voided_at: Timestamp | None
    refund: RefundRead | None
    tracking: TrackingRead
    created_at: Timestamp
    updated_at: Timestamp
