"""Finds events."""

from typing import Any

from api.events.cursors import EventCursor
from api.events.schemas import EventPagination, EventQuery, encode_event
from api.http.auth import Caller
from api.http.cursors import FIRST, InvalidCursor
from api.http.errors import InvalidParameters
from api.http.responses import Answer, to_json
from api.http.types import parse_path_id
from domain.errors import EventNotFound
from domain.ports.events import Event, Place


async def get_event(caller: Caller, raw_id: str) -> Answer:
    event_id = parse_path_id(raw_id, EventNotFound)
    await caller.context.live_events.feed.number()
    async with caller.context.database.autocommit(caller.organization_id) as data:
        event = await data.events.get(event_id)
    if event is None:
        raise EventNotFound(event_id)
    return Answer(200, b'{"data":' + encode_event(event) + b"}")


async def list_events(caller: Caller, query: EventQuery) -> Answer:
    """Return a page. All events that were committed before the call are numbered first, so the caller finds them."""
    of, text = query.describe(caller.organization_id), query.cursor
    cursor = None if text is None or text == FIRST else read_event_cursor("cursor", text, of)
    feed = caller.context.live_events.feed
    last = await feed.number()
    if query.order == "asc":
        if cursor is not None:
            await cursor.refuse_if_lost(feed, of)
        return await _list_forwards(caller, query, cursor, last)
    return await _list_backwards(caller, query, cursor)


def read_event_cursor(parameter: str, cursor: str, of: dict[str, Any]) -> EventCursor:
    """Return the place of a cursor; raises InvalidParameters if it belongs to other events."""
    try:
        return EventCursor.read(cursor, of)
    except InvalidCursor:
        problem = "is not a cursor for events with these filters and this order"
        raise InvalidParameters.of([(parameter, problem)]) from None


async def _list_forwards(caller: Caller, query: EventQuery, cursor: EventCursor | None, last: Place) -> Answer:
    of, start = query.describe(caller.organization_id), Place(0) if cursor is None else cursor.place
    async with caller.context.database.autocommit(caller.organization_id) as data:
        page = await data.events.after(start.position, query.to_filter(), query.limit + 1)
    if cursor is not None:
        cursor.refuse_if_pruned(page.pruned, of)
    events, more = page.events[: query.limit], len(page.events) > query.limit
    reached = events[-1].place if events else start
    # All events up to `last` were visible to the page, also those that the filters exclude.
    following = EventCursor(reached if more else max(reached, last), page.pruned)
    return _answer(events, EventPagination(limit=query.limit, hasMore=more, nextCursor=following.write(of)))


async def _list_backwards(caller: Caller, query: EventQuery, cursor: EventCursor | None) -> Answer:
    before = None if cursor is None else cursor.place.position
    async with caller.context.database.autocommit(caller.organization_id) as data:
        page = await data.events.before(before, query.to_filter(), query.limit + 1)
    events, more = page.events[: query.limit], len(page.events) > query.limit
    following = None
    if more:
        place = EventCursor(events[-1].place, page.pruned)
        following = place.write(query.describe(caller.organization_id))
    return _answer(events, EventPagination(limit=query.limit, hasMore=more, nextCursor=following))


def _answer(events: list[Event], place: EventPagination) -> Answer:
    data = b",".join(encode_event(event) for event in events)
    return Answer(200, b'{"data":[' + data + b'],"pagination":' + to_json(place) + b"}")
