"""Routes of bridges."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.bridges.schemas import BridgeCreate, BridgeDetail, BridgeQuery, BridgeRead, BridgeSettings, BridgeUpdate
from api.connections.schemas import PauseRequest
from api.connections.service import ConnectionService
from api.http.auth import BridgesRead, BridgesWrite
from api.http.body import Body
from api.http.errors import LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from domain.channels import Bridge
from domain.errors import BridgeInUse, BridgeNotFound
from domain.shipping import AccountStatus
from domain.vendors.catalogue import CHANNELS

router = APIRouter(prefix="/api/bridges", tags=["bridges"])
BRIDGES = ConnectionService[Bridge](
    missing=BridgeNotFound,
    path="/api/bridges",
    settings=BridgeSettings,
    read=BridgeRead,
    detail=BridgeDetail,
    store=lambda data: data.bridges,
    profile=lambda bridge: CHANNELS[bridge.channel],
)


@router.get("", response_model=Page[BridgeRead], response_description="A page of bridges.")
async def list_bridges(caller: BridgesRead, query: Annotated[BridgeQuery, Depends(Query(BridgeQuery))]) -> Response:
    """List bridges."""
    return (await BRIDGES.list_(caller, query)).to_response()


@router.post("", status_code=201, response_model=Envelope[BridgeRead], response_description="Created.")
@raises(LiveModeRefused, keyed=True)
async def create_bridge(caller: BridgesWrite, body: Annotated[BridgeCreate, Depends(Body(BridgeCreate))]) -> Response:
    """Create a bridge.

    Credentials are stored encrypted and never shown again. A bridge of mode `test` at the sandbox needs none.
    """
    return (await BRIDGES.create(caller, body)).to_response()


@router.get("/{bridge_id}", response_model=Envelope[BridgeDetail], response_description="The bridge.")
@raises(BridgeNotFound)
async def get_bridge(caller: BridgesRead, bridge_id: PathId) -> Response:
    """Get a bridge."""
    return (await BRIDGES.get(caller, bridge_id)).to_response()


@router.patch("/{bridge_id}", response_model=Envelope[BridgeRead], response_description="The changed bridge.")
@raises(BridgeNotFound, LiveModeRefused, keyed=True)
async def update_bridge(
    caller: BridgesWrite, bridge_id: PathId, body: Annotated[BridgeUpdate, Depends(Body(BridgeUpdate))]
) -> Response:
    """Change a bridge.

    Settings are merged, and null removes a setting. Credentials are replaced as a whole, and are required when
    `settings.base_url` changes.
    """
    return (await BRIDGES.update(caller, bridge_id, body)).to_response()


@router.post("/{bridge_id}/pause", response_model=Envelope[BridgeDetail], response_description="The paused bridge.")
@raises(BridgeNotFound, LiveModeRefused, keyed=True)
async def pause_bridge(
    caller: BridgesWrite, bridge_id: PathId, body: Annotated[PauseRequest, Depends(Body(PauseRequest))]
) -> Response:
    """Pause a bridge.

    New executions that need it wait until it is resumed. Calls in flight, undos, rollbacks and voids continue.
    """
    return (await BRIDGES.set_status(caller, bridge_id, AccountStatus.PAUSED, body)).to_response()


@router.post("/{bridge_id}/resume", response_model=Envelope[BridgeDetail], response_description="The active bridge.")
@raises(BridgeNotFound, LiveModeRefused, keyed=True)
async def resume_bridge(
    caller: BridgesWrite, bridge_id: PathId, body: Annotated[PauseRequest, Depends(Body(PauseRequest))]
) -> Response:
    """Resume a bridge.

    The waiting executions start, at most `settings.max_concurrent` at a time, or 8 without that setting.
    """
    return (await BRIDGES.set_status(caller, bridge_id, AccountStatus.ACTIVE, body)).to_response()


@router.delete("/{bridge_id}", status_code=204, response_description="Deleted.")
@raises(BridgeNotFound, BridgeInUse, LiveModeRefused, keyed=True)
async def delete_bridge(caller: BridgesWrite, bridge_id: PathId) -> Response:
    """Delete a bridge."""
    return (await BRIDGES.delete(caller, bridge_id)).to_response()
