"""Routes of shipments."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import ShipmentsRead
from api.http.errors import LabelVoided, LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from api.shipments import service
from api.shipments.documents import FORMATS, describe_documents
from api.shipments.schemas import LabelQuery, ShipmentQuery, ShipmentRead, TrackingDetail
from domain.errors import LabelNotFound, ShipmentNotFound

VOIDED_HEADER = {
    service.VOIDED: {"description": "`true` if the shipment is voided: do not print it.", "schema": {"type": "string"}}
}

router = APIRouter(prefix="/api/shipments", tags=["shipments"])


@router.get("", response_model=Page[ShipmentRead], response_description="A page of shipments.")
async def list_shipments(
    caller: ShipmentsRead, query: Annotated[ShipmentQuery, Depends(Query(ShipmentQuery))]
) -> Response:
    """List shipments."""
    return (await service.list_shipments(caller, query)).to_response()


@router.get("/{shipment_id}", response_model=Envelope[ShipmentRead], response_description="The shipment.")
@raises(ShipmentNotFound)
async def get_shipment(caller: ShipmentsRead, shipment_id: PathId) -> Response:
    """Get a shipment."""
    return (await service.get_shipment(caller, shipment_id)).to_response()


@router.get(
    "/{shipment_id}/label",
    response_class=Response,
    response_description="The label document of the carrier, unchanged.",
    responses={200: {"content": describe_documents(*FORMATS), "headers": VOIDED_HEADER}},
)
@raises(ShipmentNotFound, LabelNotFound, LabelVoided)
async def get_label(
    caller: ShipmentsRead, shipment_id: PathId, query: Annotated[LabelQuery, Depends(Query(LabelQuery))]
) -> Response:
    """Get a shipment's label.

    The media type is that of the label's format, or `application/octet-stream` if `Accept` names it. The label of a
    voided shipment is refused; with `voided=true` it is returned with the header `Orderly-Label-Voided: true`.
    """
    return (await service.get_label(caller, shipment_id, query)).to_response()


@router.get(
    "/{shipment_id}/tracking",
    response_model=Envelope[TrackingDetail],
    response_description="The tracking and its events.",
)
@raises(ShipmentNotFound)
async def get_tracking(caller: ShipmentsRead, shipment_id: PathId) -> Response:
    """Get a shipment's tracking.

    Returns the stored tracking; the call does not ask the carrier.
    """
    return (await service.get_tracking(caller, shipment_id)).to_response()


@router.post(
    "/{shipment_id}/tracking",
    status_code=202,
    response_model=Envelope[TrackingDetail],
    response_description="The stored tracking; the service asks the carrier soon.",
)
@raises(ShipmentNotFound, LiveModeRefused)
async def refresh_tracking(caller: ShipmentsRead, shipment_id: PathId) -> Response:
    """Refresh a shipment's tracking.

    The service asks the carrier within seconds instead of at `next_check_at`, but at least 30 s after its last answer.
    It no longer asks about a parcel that has arrived or whose label is voided, except for a pending refund.
    """
    return (await service.refresh_tracking(caller, shipment_id)).to_response()
