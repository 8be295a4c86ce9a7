"""Request and response models of shipments."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.http.pagination import DatedQuery
from api.http.types import Filter, InputId, InputTime, ResponseModel, Timestamp, Values
from api.shipments.sent import SentLabel
from domain.label_parts import DocumentKind
from domain.shipping import RefundState, ShipmentStatus
from domain.tracking import TrackingStatus


class ShipmentQuery(DatedQuery):
    """Filters of the list of shipments."""

    q: Annotated[
        Filter | None,
        Field(description="Only shipments with this start of an id or number: of itself, its order or its operation."),
    ] = None
    status: Annotated[
        Values[ShipmentStatus] | None, Field(description="Only shipments with one of these statuses.")
    ] = None
    order_id: Annotated[Values[InputId] | None, Field(description="Only shipments of these orders.")] = None
    order_number: Annotated[
        Values[Filter] | None, Field(description="Only shipments of orders with one of these order numbers.")
    ] = None
    operation_id: Annotated[
        Values[InputId] | None, Field(description="Only shipments that these operations bought.")
    ] = None
    carrier_account_id: Annotated[
        Values[InputId] | None, Field(description="Only shipments bought through one of these carrier accounts.")
    ] = None
    tracking_number: Annotated[
        Values[Filter] | None, Field(description="Only shipments with one of these tracking numbers.")
    ] = None
    unused: Annotated[
        Literal["true"] | None,
        Field(description="`true`: only labels that are not voided and that no carrier has scanned."),
    ] = None
    void_before: Annotated[
        InputTime | None, Field(description="Only labels whose void window is still open and closes before this time.")
    ] = None
    sort: Annotated[
        Literal["created_at", "updated_at"],
        Field(description="Field to sort by."),
    ] = "created_at"


class LabelQuery(BaseModel):
    """Parameters of a label."""

    model_config = ConfigDict(extra="forbid")

    voided: Annotated[
        Literal["true"] | None, Field(description="`true`: return the label although the shipment is voided.")
    ] = None


class TrackingRead(ResponseModel):
    """Tracking of a parcel. The status never goes back."""

    status: TrackingStatus
    """Status of the parcel."""
    at: Timestamp | None
    """Time of the newest event."""
    scanned_at: Timestamp | None
    """Time of the carrier's first scan. After it, the label can't be voided."""
    checked_at: Timestamp | None
    """When the service last asked the carrier."""
    problem: str | None
    """Error code of the last check; null if it succeeded."""
    next_check_at: Timestamp | None
    """When the service asks the carrier again; null if it does not."""


class TrackingEventRead(ResponseModel):
    """One tracking event."""

    at: Timestamp | None
    """Time of the event; null if the carrier reports none."""
    status: TrackingStatus
    """Status after the event."""
    code: str
    """The carrier's own code."""
    description: str
    """The carrier's own description."""
    place: str
    """The carrier's own name of the place."""


class TrackingDetail(TrackingRead):
    """Tracking of a parcel with its events."""

    shipment_id: UUID
    """Id of the shipment."""
    carrier: str
    """Carrier that sold the label."""
    tracking_number: str
    """Tracking number."""
    events: list[TrackingEventRead]
    """Events, oldest first."""


class RefundRead(ResponseModel):
    """Refund of a voided label. Only EasyPost and ShipEngine report refunds."""

    status: RefundState
    """Status of the refund."""
    checked_at: Timestamp | None
    """When the carrier last answered."""
    problem: str | None
    """Error code of the last check; null if it succeeded."""
    next_check_at: Timestamp | None
    """When the service asks the carrier again; null if it does not."""


class CostPartRead(ResponseModel):
    """One part of the cost of a shipment."""

    name: str
    """The carrier's name for this part."""
    amount: str
    """Decimal string in the currency of the shipment's cost."""


class ParcelTracking(ResponseModel):
    """Tracking of one parcel of a shipment. The status never goes back."""

    status: TrackingStatus
    """Status of the parcel."""
    at: Timestamp | None
    """Time of the newest event."""
    scanned_at: Timestamp | None
    """Time of the carrier's first scan."""


class ParcelRead(ResponseModel):
    """One parcel of a shipment."""

    number: int
    """Number of the parcel, from 1, in the order of the request."""
    tracking_number: str
    """Tracking number."""
    carrier_parcel_id: str | None
    """The carrier's id of the parcel; null if it is the tracking number."""
    cost: str | None
    """Cost as a decimal string; null if the carrier reported none for the parcel."""
    currency: str | None
    """Currency of `cost`."""
    status: ShipmentStatus
    """Status of the parcel's label."""
    tracking: ParcelTracking
    """Tracking of the parcel."""
    document_id: UUID | None
    """Id of its label in the shipment's documents, which may be a label of all parcels; null if there is none."""


class DocumentRead(ResponseModel):
    """A document of a shipment. Its content is at `/api/shipments/{id}/documents/{document_id}`."""

    id: UUID
    """Id of the document."""
    kind: DocumentKind
    """Kind of the document."""
    parcel: int | None
    """Number of its parcel; null if it is for all parcels, or for the only one."""
    format: str
    """Format: `PDF`, `ZPL` or `PNG`."""
    media_type: str
    """Media type of the content."""
    size: int
    """Number of bytes."""


class ShipmentRead(ResponseModel):
    """A shipment. Its label document is at `/api/shipments/{id}/label`."""

    id: UUID
    """Id of the shipment."""
    order_id: UUID | None
    """Id of the order; null if the shipment has none."""
    operation_id: UUID
    """Id of the operation that bought the label."""
    carrier_account_id: UUID
    """Id of the carrier account that bought the label."""
    carrier: str
    """Carrier or aggregator that sold the label."""
    shipping_carrier: str | None
    """Carrier that delivers the parcel, if `carrier` is an aggregator."""
    service: str
    """Service that was bought."""
    status: ShipmentStatus
    """Status of the shipment."""
    reference: str
    """Reference under which the carrier knows the purchase."""
    carrier_shipment_id: str
    """The carrier's id of the label."""
    tracking_number: str
    """Tracking number; with several parcels, the first one's or the carrier's number of all."""
    parcels: list[ParcelRead]
    """The parcels, each with its own tracking number."""
    label_format: str
    """Format of the label document."""
    sent: SentLabel | None
    """Data for which the label was bought; null if an earlier version of the service bought it."""
    cost: str | None
    """Cost as a decimal string; null if the carrier reported none."""
    currency: str | None
    """Currency of `cost`."""
    cost_parts: list[CostPartRead]
    """Parts of `cost`; empty if the carrier reported none."""
    void_until: Timestamp | None
    """Until when the label can be voided; null if the carrier sets no limit."""
    voided_at: Timestamp | None
    """When the label was voided."""
    refund: RefundRead | None
    """The refund of a voided label; null if the carrier reports none."""
    tracking: TrackingRead
    """Tracking of the shipment. With several parcels, its status is that of the parcel that is least far."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When it last changed."""
