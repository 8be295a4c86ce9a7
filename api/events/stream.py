"""Streams of events: server-sent events over HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import lru_cache
from typing import Any

from fastapi.sse import format_sse_event
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.events.cursors import EventCursor
from api.events.live import EventStream
from api.events.schemas import EventStreamQuery, encode_event
from api.events.service import read_event_cursor
from api.http.auth import Caller
from api.http.auth import Scope as KeyScope
from domain.errors import Unavailable
from domain.ports.events import Event, EventFilter, Place

HEARTBEAT_SECONDS = 15.0
RETRY_SECONDS = 1.0
PAGE = 100
"""Events that one read returns, and that one chunk of the response contains."""

LINE_BREAKS = {ord(char): f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"}
"""Many clients split lines at these characters, although the protocol does not. JSON allows them in texts."""

RECONNECT_MILLISECONDS = 1_000
"""The client's wait before it connects again."""

HEADER = "Last-Event-ID"


async def open_stream(caller: Caller, query: EventStreamQuery) -> Response:
    """Open a stream that goes on after the client's last event, or begins with the events from now on."""
    wanted, of = query.to_filter(), query.describe(caller.organization_id)
    sent = caller.request.headers.get(HEADER)
    parameter, text = (HEADER, sent) if sent else ("cursor", query.cursor)
    cursor = None if text is None else read_event_cursor(parameter, text, of)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        pruned = await data.events.pruned()
    live = caller.context.live_events
    if cursor is not None:
        await cursor.refuse_if_lost(live.feed, of)
        cursor.refuse_if_pruned(pruned, of)

    async def is_allowed() -> bool:
        return await caller.is_still_allowed(KeyScope.EVENTS_READ)

    stream = await live.open(caller.organization_id, caller.key.id, is_allowed)
    follower = Follower(caller, stream, wanted, of, cursor or EventCursor(stream.tail.end, pruned))
    return EventStreamResponse(follower)


class EventStreamResponse(StreamingResponse):
    """A response of server-sent events, which closes its stream in every case, also if it never starts.

    FastAPI's own EventSourceResponse runs a generator in a task of its own, which an error before the first event, such
    as a full process, would end as an incomplete answer with status 200.
    """

    media_type = "text/event-stream"

    def __init__(self, follower: "Follower") -> None:
        super().__init__(follower.read(), headers={"X-Accel-Buffering": "no"})
        self._follower = follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._follower.close()


class Follower:
    """Reads the events after a position: the stored ones in pages, then the new ones from memory.

    No database connection is in use while the client reads or while no event arrives. Nothing is buffered: the next
    events are read when the client has taken the last ones.
    """

    def __init__(
        self, caller: Caller, stream: EventStream, wanted: EventFilter, of: dict[str, Any], cursor: EventCursor
    ) -> None:
        self._caller = caller
        self._stream = stream
        self._wanted = wanted
        self._of = of
        self._place = cursor.place
        self._pruned = cursor.pruned
        self._sent_at = 0.0

    def close(self) -> None:
        self._caller.context.live_events.close(self._caller.organization_id, self._stream)

    async def read(self) -> AsyncIterator[bytes]:
        """Return the chunks of the response."""
        loop = asyncio.get_running_loop()
        # At once, so that a client that loses the connection before the first event knows its place.
        yield format_sse_event(retry=RECONNECT_MILLISECONDS, id=self._write_cursor(self._place))
        self._sent_at = loop.time()
        while not self._stream.has_ended:
            changed = self._stream.tail.changed
            events = await self._next_events()
            silence = loop.time() - self._sent_at
            if events:
                yield b"".join(self._to_frame(event) for event in events)
                self._sent_at = loop.time()
            elif silence >= HEARTBEAT_SECONDS:
                yield format_sse_event(comment="", id=self._write_cursor(self._place))
                self._sent_at = loop.time()
            elif self._place >= self._stream.tail.end:
                await self._wait(HEARTBEAT_SECONDS - silence, changed)

    async def _wait(self, seconds: float, changed: asyncio.Event | None = None) -> None:
        """Wait until there are new events since `changed` was read, until the stream is ended, or for some time."""
        if not self._stream.has_ended:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for((changed or self._stream.tail.changed).wait(), seconds)

    async def _next_events(self) -> list[Event]:
        """Return the next events that the client wants, and move on; none if there are none yet."""
        tail = self._stream.tail
        found = tail.after(self._place.position)
        if found is None:
            return await self._read_stored()
        page = found[:PAGE]
        self._place = page[-1].place if len(page) < len(found) else max(self._place, tail.end)
        return [event for event in page if self._wanted.matches(event)]

    async def _read_stored(self) -> list[Event]:
        # Every event up to this position was committed before the read.
        reached = self._stream.tail.end
        try:
            # Shielded, because a client that disconnects cancels this task, and a cancelled call costs its connection.
            events = await asyncio.shield(self._fetch_page())
        except Unavailable:
            await self._wait(RETRY_SECONDS)
            return []
        last = events[-1].place if events else self._place
        self._place = last if len(events) == PAGE else max(last, reached)
        return events

    async def _fetch_page(self) -> list[Event]:
        async with self._caller.context.database.autocommit(self._caller.organization_id) as data:
            return (await data.events.after(self._place.position, self._wanted, PAGE)).events

    def _to_frame(self, event: Event) -> bytes:
        return format_sse_event(id=self._write_cursor(event.place), data_str=_to_json(event))

    def _write_cursor(self, place: Place) -> str:
        return EventCursor(place, self._pruned).write(self._of)


@lru_cache(maxsize=1_000)
def _to_json(event: Event) -> str:
    """Return the event as JSON. Several streams of an organization send the same events."""
    text = encode_event(event).decode()
    return text if text.isascii() else text.translate(LINE_BREAKS)
