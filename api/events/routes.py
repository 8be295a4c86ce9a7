"""Routes of events."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.events import service
from api.events.schemas import EventPageRead, EventQuery, EventRead, EventStreamQuery
from api.events.stream import EventStreamResponse, open_stream
from api.http.auth import EventsRead
from api.http.errors import EventsPruned, EventsRestored, TooManyOrganizationStreams, TooManyStreams
from api.http.pagination import Query
from api.http.responses import Envelope
from api.http.types import PathId
from api.openapi.errors import raises
from domain.errors import EventNotFound

router = APIRouter(prefix="/api/events", tags=["events"])


@router.get("", response_model=EventPageRead, response_description="A page of events.")
@raises(EventsPruned, EventsRestored)
async def list_events(caller: EventsRead, query: Annotated[EventQuery, Depends(Query(EventQuery))]) -> Response:
    """List events.

    Events are in the order of their commits, and those of one resource in the order of its changes. An event whose
    transaction is still open appears later and never before the position of a cursor, so a client that follows with
    `order=asc` and `cursor` gets each event once.
    """
    return (await service.list_events(caller, query)).to_response()


@router.get(
    "/stream",
    response_class=Response,
    response_description="The events: each has the JSON of the event as `data`, and as `id` the place to go on after.",
    responses={200: {"content": {EventStreamResponse.media_type: {"schema": {"type": "string"}}}}},
)
@raises(EventsPruned, EventsRestored, TooManyOrganizationStreams, TooManyStreams, resumes=True)
async def stream_events(
    caller: EventsRead, query: Annotated[EventStreamQuery, Depends(Query(EventStreamQuery))]
) -> Response:
    """Follow events as they happen.

    Server-sent events in the same order as the list with `order=asc`. After a lost connection, the client connects
    again with `Last-Event-ID` and gets each event once. A comment with an `id` arrives after 15 s without an event. The
    stream of a client that does not read is closed, and so is one whose key is no longer valid.
    """
    return await open_stream(caller, query)


@router.get("/{event_id}", response_model=Envelope[EventRead], response_description="The event.")
@raises(EventNotFound)
async def get_event(caller: EventsRead, event_id: PathId) -> Response:
    """Get an event."""
    return (await service.get_event(caller, event_id)).to_response()
