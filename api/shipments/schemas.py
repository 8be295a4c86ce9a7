"""What shipments look like outside."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.pagination import ListQuery
from api.types import Filter, GivenId, Shown, Timestamp
from domain.shipping import ShipmentStatus


class ShipmentQuery(ListQuery):
    """Filters of the list of shipments."""

    status: Annotated[ShipmentStatus | None, Field(description="Filter by status.")] = None
    order_id: Annotated[GivenId | None, Field(description="Filter by order.")] = None
    operation_id: Annotated[GivenId | None, Field(description="Filter by the operation that bought it.")] = None
    tracking_number: Annotated[Filter | None, Field(description="Filter by tracking number.")] = None
    sort: Annotated[
        Literal["created_at", "updated_at"],
        Field(description="Sort field."),
    ] = "created_at"


class ShipmentRead(Shown):
    """A shipment; its document is at `/api/shipments/{id}/label`. `reference` is what the carrier knows it by."""

    id: UUID
    order_id: UUID | None
    operation_id: UUID
    carrier_account_id: UUID
    carrier: str
    service: str
    status: ShipmentStatus
    reference: str
    carrier_shipment_id: str
    tracking_number: str
    label_format: str
    cost: str | None
    currency: str | None
    void_until: Timestamp | None
    voided_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
