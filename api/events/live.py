"""Live events: one loop of the process reads the new events for all open streams."""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from uuid import UUID

from api.http.errors import TooManyOrganizationStreams, TooManyStreams
from domain.errors import Unavailable
from domain.ports.events import Event, EventFeed, Place

LOG = logging.getLogger(__name__)

TICK_SECONDS = 0.1
BATCH = 500
MAX_KEPT = 1_000
"""How many events of an organization are kept for its streams; a stream that needs older ones reads Postgres."""

CHECK_SECONDS = 3.0
"""How often the keys of the open streams are checked."""

MAX_STREAMS = 200
MAX_STREAMS_OF_ORGANIZATION = 50


class Tail:
    """The newest events of an organization: all with positions after `start`, up to `end`."""

    def __init__(self, place: Place) -> None:
        self.start = self.end = place
        self.streams: set[EventStream] = set()
        self.changed = asyncio.Event()
        self._events: deque[Event] = deque()

    def after(self, position: int) -> list[Event] | None:
        """Return the events after the position; None if older ones may be missing here."""
        if position < self.start.position:
            return None
        return [event for event in self._events if event.position > position]

    def add(self, events: list[Event], end: Place) -> None:
        """Add the events up to the place `end`, and wake the streams."""
        self._events.extend(events)
        while len(self._events) > MAX_KEPT:
            self.start = self._events.popleft().place
        self.end = end
        if events:
            self.wake()

    def wake(self) -> None:
        """Wake all streams that wait for `changed`."""
        self.changed.set()
        self.changed = asyncio.Event()


class EventStream:
    """One open stream. `is_allowed` checks its key again; `key_id` identifies the key."""

    def __init__(self, tail: Tail, key_id: UUID, is_allowed: Callable[[], Awaitable[bool]]) -> None:
        self.tail = tail
        self.key_id = key_id
        self.is_allowed = is_allowed
        self.has_ended = False

    def end(self) -> None:
        """End the stream at its next step; it is woken now."""
        self.has_ended = True
        self.tail.wake()


class LiveEvents:
    """The open streams of this process, and the loop that reads their events. Without a stream, nothing runs."""

    def __init__(
        self, feed: EventFeed, max_streams: int = MAX_STREAMS, max_of_organization: int = MAX_STREAMS_OF_ORGANIZATION
    ) -> None:
        self.feed = feed
        self._max_streams = max_streams
        self._max_of_organization = max_of_organization
        self._tails: dict[UUID, Tail] = {}
        self._opening: Counter[UUID] = Counter()
        self._starting = asyncio.Lock()
        self._place = Place(0)
        self._pumping: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._is_ending = False

    async def open(self, organization_id: UUID, key_id: UUID, is_allowed: Callable[[], Awaitable[bool]]) -> EventStream:
        """Open a stream of the organization's events; the caller must close it.

        Raises:
            TooManyStreams: the process has as many open streams as it may have, or is shutting down.
            TooManyOrganizationStreams: the organization has as many of them as it may have.
            Unavailable: Postgres can't be reached.
        """
        self._refuse_too_many(organization_id)
        self._opening[organization_id] += 1
        try:
            async with self._starting:
                if self._pumping is None or self._pumping.done():
                    self._place = await self.feed.number()
                    self._pumping = asyncio.create_task(self._pump())
                if self._checking is None or self._checking.done():
                    self._checking = asyncio.create_task(self._check_keys())
        finally:
            self._opening[organization_id] -= 1
        tail = self._tails.setdefault(organization_id, Tail(self._place))
        stream = EventStream(tail, key_id, is_allowed)
        tail.streams.add(stream)
        return stream

    def _refuse_too_many(self, organization_id: UUID) -> None:
        tail = self._tails.get(organization_id)
        count = 0 if tail is None else len(tail.streams)
        if count + self._opening[organization_id] >= self._max_of_organization:
            raise TooManyOrganizationStreams(limit=self._max_of_organization)
        if self._is_ending or self.count_streams() + self._opening.total() >= self._max_streams:
            raise TooManyStreams

    def close(self, organization_id: UUID, stream: EventStream) -> None:
        stream.tail.streams.discard(stream)
        if not stream.tail.streams and self._tails.get(organization_id) is stream.tail:
            self._tails.pop(organization_id, None)

    def end(self) -> None:
        """End all streams, because the process shuts down; refuse new ones."""
        self._is_ending = True
        for stream in self._streams():
            stream.end()

    def count_streams(self) -> int:
        """Return the number of open streams."""
        return sum(len(tail.streams) for tail in self._tails.values())

    def _streams(self) -> list[EventStream]:
        return [stream for tail in self._tails.values() for stream in tail.streams]

    async def _pump(self) -> None:
        """Read new events every tick while a stream is open.

        After an outage the loop goes on at its place, so no event is lost. The loop ends by itself, because a
        cancelled call would cost its database connection.
        """
        while self._tails or self._opening.total():
            try:
                events = await self._read()
            except Unavailable:
                LOG.info("events can't be read, retrying")
                events = []
            except Exception:
                # No other task awaits this one. If it ended, the streams would be silent for ever.
                LOG.exception("events can't be read, retrying")
                events = []
            self._distribute(events)
            if len(events) < BATCH:
                await asyncio.sleep(TICK_SECONDS)

    async def _read(self) -> list[Event]:
        events = await self.feed.after(self._place, BATCH)
        if events is not None:
            return events
        LOG.warning("the database was restored from a backup: all streams of events end")
        self._place = await self.feed.number()
        for stream in self._streams():
            stream.end()
        self._tails.clear()
        return []

    def _distribute(self, events: list[Event]) -> None:
        if not events:
            return
        self._place = events[-1].place
        by_organization: dict[UUID, list[Event]] = {}
        for event in events:
            by_organization.setdefault(event.organization_id, []).append(event)
        for organization_id, tail in self._tails.items():
            tail.add(by_organization.get(organization_id, []), self._place)

    async def _check_keys(self) -> None:
        """End the streams whose key was revoked, has expired, or lost its scope."""
        while self._tails or self._opening.total():
            await asyncio.sleep(CHECK_SECONDS)
            by_key: dict[UUID, list[EventStream]] = {}
            for stream in self._streams():
                by_key.setdefault(stream.key_id, []).append(stream)
            for streams in by_key.values():
                with contextlib.suppress(Unavailable):
                    if not await streams[0].is_allowed():
                        for stream in streams:
                            stream.end()
