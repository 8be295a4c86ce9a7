"""Request and response models of shipments."""

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
    """The progress of a parcel, as its carrier reported it. It never goes back.

    `at`: the time of the newest event. `scanned_at`: the first scan; after it the label cannot be voided. `checked_at`:
    the last request to the carrier. `problem`: a code if that request brought no answer. `next_check_at`: the next
    request; null if there is none.
    """

    status: TrackingStatus
    at: Timestamp | None
    scanned_at: Timestamp | None
    checked_at: Timestamp | None
    problem: str | None
    next_check_at: Timestamp | None


class TrackingEventRead(ResponseModel):
    """One event; `code`, `description` and `place` are the carrier's, `at` is null if the carrier gives no time."""

    at: Timestamp | None
    status: TrackingStatus
    code: str
    description: str
    place: str


class TrackingDetail(TrackingRead):
    """The progress of a parcel with its events, oldest first."""

    shipment_id: UUID
    carrier: str
    tracking_number: str
    events: list[TrackingEventRead]


class RefundRead(ResponseModel):
    """The refund of a voided label: EasyPost and ShipEngine report its state, other carriers do not.

    `checked_at`: the last request to the carrier. `problem`: a code if it did not answer. `next_check_at`: the next
    request; null if there is none.
    """

    status: RefundState
    checked_at: Timestamp | None
    problem: str | None
    next_check_at: Timestamp | None


class CostPartRead(ResponseModel):
    """One part of a shipment's cost; `name` is the carrier's, `amount` is in the cost's currency."""

    name: str
    amount: str


class ShipmentRead(ResponseModel):
    """A shipment; its document is at `/api/shipments/{id}/label`. `reference` identifies it at the carrier.

    `sent`: the data that the label was bought with, even if the order changed since; null if an earlier version bought
    it.

    `carrier` sold the label; `shipping_carrier` transports the parcel, and differs if `carrier` is an aggregator.
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
