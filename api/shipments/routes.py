"""Routes of shipments."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import ShipmentsRead
from api.http.errors import LabelVoided, LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page, Several
from api.http.types import PathId
from api.openapi.errors import raises
from api.shipments import service
from api.shipments.documents import FORMATS, describe_documents
from api.shipments.schemas import DocumentRead, LabelQuery, ShipmentQuery, ShipmentRead, TrackingDetail
from domain.errors import DocumentNotFound, LabelNotFound, ShipmentNotFound

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

    With several parcels, this is the label of the first one; the documents contain the others. The media type is that
    of the label's format, or `application/octet-stream` if `Accept` names it. The label of a voided shipment is
    refused; with `voided=true` it is returned with the header `Orderly-Label-Voided: true`.
    """
    return (await service.get_label(caller, shipment_id, query)).to_response()


@router.get(
    "/{shipment_id}/documents",
    response_model=Several[DocumentRead],
    response_description="The documents, labels first.",
)
@raises(ShipmentNotFound)
async def list_documents(caller: ShipmentsRead, shipment_id: PathId) -> Response:
    """List a shipment's documents.

    They are the labels, and the commercial invoice and customs forms that the carrier returned.
    """
    return (await service.list_documents(caller, shipment_id)).to_response()


@router.get(
    "/{shipment_id}/documents/{document_id}",
    response_class=Response,
    response_description="The document of the carrier, unchanged.",
    responses={200: {"content": describe_documents(*FORMATS), "headers": VOIDED_HEADER}},
)
@raises(ShipmentNotFound, DocumentNotFound, LabelVoided)
async def get_document(
    caller: ShipmentsRead,
    shipment_id: PathId,
    document_id: PathId,
    query: Annotated[LabelQuery, Depends(Query(LabelQuery))],
) -> Response:
    """Get a document of a shipment.

    The media type is that of the document's format, or `application/octet-stream` if `Accept` names it. A voided
    shipment's document is refused like its label.
    """
    return (await service.get_document(caller, shipment_id, document_id, query)).to_response()


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
