"""Routes of bridges."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.bridges.schemas import BridgeCreate, BridgeQuery, BridgeRead, BridgeUpdate
from api.bridges.service import BRIDGES
from api.http.auth import BridgesRead, BridgesWrite
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.pagination import Query
from api.http.responses import Envelope, Page

router = APIRouter(prefix="/api/bridges", tags=["bridges"])

EXAMPLE: dict[str, Any] = {
    "id": "990e8400-e29b-41d4-a716-446655440000",
    "channel": "sandbox",
    "name": "Shop, rehearsal",
    "mode": "test",
    "status": "active",
    "status_reason": None,
    "settings": {
        "base_url": "http://127.0.0.1:8090",
        "can_cancel": True,
    },
    "credentials": {"api_key": "********"},
    "created_at": "2026-01-15T09:00:00Z",
    "updated_at": "2026-01-15T09:00:00Z",
}
ONE = {"data": EXAMPLE}
GIVEN = {"channel": "sandbox", "name": "Shop, rehearsal", "settings": {}, "credentials": {"api_key": "sandbox"}}


@router.get("")
@promises(
    Contract(
        "List bridges",
        {
            200: Success(
                "A page of bridges.",
                Page[BridgeRead],
                {
                    "data": [EXAMPLE],
                    "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "hasMore": False},
                },
            )
        },
    )
)
async def list_bridges(caller: BridgesRead, query: Annotated[BridgeQuery, Depends(Query(BridgeQuery))]) -> Response:
    """See the contract."""
    return (await BRIDGES.list_(caller, query)).response()


@router.post("")
@promises(
    Contract(
        "Create a bridge",
        {
            201: Success(
                "Created.",
                Envelope[BridgeRead],
                ONE,
                headers=("Location",),
                links={"bridge_id": ("get_bridge", "update_bridge", "delete_bridge")},
            )
        },
        "Credentials are stored encrypted and never shown again; a real bridge's must be what its channel asks for.",
        {422: ("invalid_input",)},
        keyed=True,
        given=GIVEN,
    )
)
async def create_bridge(caller: BridgesWrite, body: Annotated[BridgeCreate, Depends(Body(BridgeCreate))]) -> Response:
    """See the contract."""
    return (await BRIDGES.create(caller, body)).response()


@router.get("/{bridge_id}")
@promises(
    Contract(
        "Get a bridge",
        {200: Success("The bridge.", Envelope[BridgeRead], ONE)},
        refused={404: ("bridge_not_found",)},
    )
)
async def get_bridge(caller: BridgesRead, bridge_id: str) -> Response:
    """See the contract."""
    return (await BRIDGES.get(caller, bridge_id)).response()


@router.patch("/{bridge_id}")
@promises(
    Contract(
        "Change a bridge",
        {200: Success("The bridge as it is now.", Envelope[BridgeRead], ONE)},
        "Settings are merged, null takes one away; credentials are replaced as a whole, and are needed with another "
        "`settings.base_url`.",
        {404: ("bridge_not_found",), 422: ("invalid_input",)},
        keyed=True,
        given={"settings": {"can_cancel": False}},
    )
)
async def update_bridge(
    caller: BridgesWrite,
    bridge_id: str,
    body: Annotated[BridgeUpdate, Depends(Body(BridgeUpdate))],
) -> Response:
    """See the contract."""
    return (await BRIDGES.update(caller, bridge_id, body)).response()


@router.delete("/{bridge_id}")
@promises(
    Contract(
        "Delete a bridge",
        {204: Success("Deleted.")},
        refused={404: ("bridge_not_found",), 409: ("bridge_in_use",)},
        keyed=True,
    )
)
async def delete_bridge(caller: BridgesWrite, bridge_id: str) -> Response:
    """See the contract."""
    return (await BRIDGES.delete(caller, bridge_id)).response()
