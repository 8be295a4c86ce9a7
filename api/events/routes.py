"""Routes of events."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.events import service
from api.events.schemas import EventPageRead, EventQuery, EventRead
from api.http.auth import EventsRead
from api.http.pagination import Query
from api.http.responses import Envelope
from api.http.types import PathId
from api.openapi.errors import raises
from domain.errors import EventNotFound

router = APIRouter(prefix="/api/events", tags=["events"])


@router.get("", response_model=EventPageRead, response_description="A page of events.")
async def list_events(caller: EventsRead, query: Annotated[EventQuery, Depends(Query(EventQuery))]) -> Response:
    """List events.

    Events are in the order of their commits, and those of one resource in the order of its changes. An event whose
    transaction is still open appears later and never before the position of a cursor, so a client that follows with
    `order=asc` and `cursor` gets each event once.
    """
    return (await service.list_events(caller, query)).to_response()


@router.get("/{event_id}", response_model=Envelope[EventRead], response_description="The event.")
@raises(EventNotFound)
async def get_event(caller: EventsRead, event_id: PathId) -> Response:
    """Get an event."""
    return (await service.get_event(caller, event_id)).to_response()
