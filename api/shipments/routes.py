"""Routes of shipments."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import ShipmentsRead
from api.http.contract import Contract, Success, promises
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.shipments import service
from api.shipments.schemas import ShipmentQuery, ShipmentRead, TrackingDetail

router = APIRouter(prefix="/api/shipments", tags=["shipments"])

TRACKING: dict[str, Any] = {
    "status": "in_transit",
    "at": "2026-01-16T18:02:00Z",
    "scanned_at": "2026-01-16T18:02:00Z",
    "checked_at": "2026-01-16T18:30:11Z",
    "problem": None,
    "next_check_at": "2026-01-16T21:30:11Z",
}
TRACKING_DETAIL: dict[str, Any] = {
    **TRACKING,
    "shipment_id": "770e8400-e29b-41d4-a716-446655440000",
    "carrier": "fedex",
    "tracking_number": "794644790132",
    "events": [
        {
            "at": "2026-01-15T10:30:01Z",
            "status": "pre_transit",
            "code": "OC",
            "description": "Shipment information sent to FedEx",
        },
        {"at": "2026-01-16T18:02:00Z", "status": "in_transit", "code": "PU", "description": "Picked up"},
    ],
}
EXAMPLE: dict[str, Any] = {
    "id": "770e8400-e29b-41d4-a716-446655440000",
    "order_id": "660e8400-e29b-41d4-a716-446655440000",
    "operation_id": "550e8400-e29b-41d4-a716-446655440000",
    "carrier_account_id": "880e8400-e29b-41d4-a716-446655440000",
    "carrier": "fedex",
    "service": "GROUND",
    "status": "label_created",
    "reference": "MFRGGZDFMZTWQ2LKNNWG23TPOA",
    "carrier_shipment_id": "shp_1",
    "tracking_number": "794644790132",
    "label_format": "PDF",
    "cost": "8.75",
    "currency": "USD",
    "void_until": "2026-02-12T10:30:00Z",
    "voided_at": None,
    "tracking": TRACKING,
    "created_at": "2026-01-15T10:30:01Z",
    "updated_at": "2026-01-15T10:30:01Z",
}


@router.get("")
@promises(
    Contract(
        "List shipments",
        {
            200: Success(
                "A page of shipments.",
                Page[ShipmentRead],
                {
                    "data": [EXAMPLE],
                    "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "hasMore": False},
                },
            )
        },
    )
)
async def list_shipments(
    caller: ShipmentsRead, query: Annotated[ShipmentQuery, Depends(Query(ShipmentQuery))]
) -> Response:
    """See the contract."""
    return (await service.list_shipments(caller, query)).response()


@router.get("/{shipment_id}")
@promises(
    Contract(
        "Get a shipment",
        {200: Success("The shipment.", Envelope[ShipmentRead], {"data": EXAMPLE})},
        refused={404: ("shipment_not_found",)},
    )
)
async def get_shipment(caller: ShipmentsRead, shipment_id: str) -> Response:
    """See the contract."""
    return (await service.get_shipment(caller, shipment_id)).response()


@router.get("/{shipment_id}/label")
@promises(
    Contract(
        "Get a shipment's label",
        {
            200: Success(
                "The document, as it came from the carrier.",
                media_types={"application/pdf": None, "application/zpl": None, "image/png": None},
            )
        },
        refused={404: ("shipment_not_found", "label_not_found")},
    )
)
async def get_label(caller: ShipmentsRead, shipment_id: str) -> Response:
    """See the contract."""
    return (await service.get_label(caller, shipment_id)).response()


@router.get("/{shipment_id}/tracking")
@promises(
    Contract(
        "Get a shipment's tracking",
        {200: Success("How far the parcel is, and its events.", Envelope[TrackingDetail], {"data": TRACKING_DETAIL})},
        "What is known here; the carrier is not asked by this call.",
        {404: ("shipment_not_found",)},
    )
)
async def get_tracking(caller: ShipmentsRead, shipment_id: str) -> Response:
    """See the contract."""
    return (await service.get_tracking(caller, shipment_id)).response()


@router.post("/{shipment_id}/tracking")
@promises(
    Contract(
        "Ask for a shipment's tracking",
        {
            202: Success(
                "What is known so far; the carrier is asked soon.",
                Envelope[TrackingDetail],
                {"data": TRACKING_DETAIL},
            )
        },
        "The carrier is asked within seconds, in place of at `next_check_at`, "
        "and no sooner than 30 s after its last answer. "
        "Of a parcel that has arrived, or whose label is voided, nobody asks any more.",
        {404: ("shipment_not_found",)},
    )
)
async def look_again(caller: ShipmentsRead, shipment_id: str) -> Response:
    """See the contract."""
    return (await service.look_again(caller, shipment_id)).response()
