"""The ports of events: one organization's events, and the feed of all of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.json_values import Json


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in the order of events: the position of the event that was read last, and the start of its id.

    After a restore from a backup, new events get positions of lost ones: `mark` distinguishes them. It is 0 if unknown.
    """

    position: int
    mark: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A change that was committed and numbered; events with the same content are still different events.

    `position` orders all events. `sequence` counts the events of the subject, without gaps.
    """

    id: UUID
    organization_id: UUID
    type: str
    subject_type: str
    subject_id: UUID
    sequence: int
    actor: str
    request_id: str | None
    data: Json | None
    changes: list[Json] | None
    created_at: datetime
    position: int

    @property
    def place(self) -> Place:
        """The place of a reader that has read this event."""
        return Place(self.position, to_mark(self.id))


def to_mark(event_id: UUID) -> int:
    """Return the first 64 bits of an event's id."""
    return event_id.int >> 64


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a reader gets; None excludes nothing. The two times apply to pages only.

    `created_after` is inclusive, `created_before` exclusive.
    """

    types: frozenset[str] | None = None
    subject_type: str | None = None
    subject_id: UUID | None = None
    actor: str | None = None
    request_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def matches(self, event: Event) -> bool:
        """Whether the event passes all conditions, except those on its time."""
        wanted = (self.subject_type, self.subject_id, self.actor, self.request_id)
        found = (event.subject_type, event.subject_id, event.actor, event.request_id)
        return (self.types is None or event.type in self.types) and all(
            value is None or value == actual for value, actual in zip(wanted, found, strict=True)
        )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order, and the highest position up to which the organization's events may have been deleted."""

    events: list[Event]
    pruned: int = 0


class EventStore(Protocol):
    """One organization's numbered events."""

    async def get(self, event_id: UUID) -> Event | None:
        """Return an event."""

    async def pruned(self) -> int:
        """Return the highest position up to which events may have been deleted, 0 if none was."""

    async def after(self, position: int, wanted: EventFilter, limit: int) -> EventPage:
        """Return the first events after the position."""

    async def before(self, position: int | None, wanted: EventFilter, limit: int) -> EventPage:
        """Return the last events before the position, or the newest, in descending order."""


class EventFeed(Protocol):
    """The events of all organizations, in the order of their positions.

    A reader that keeps the last place that it has read misses no event and reads none twice: an event whose transaction
    is still open gets a later position.

    Raises, from every method:
        Unavailable: Postgres can't be reached.
    """

    async def number(self) -> Place:
        """Number all committed events; return the place of the last one, position 0 if there is none."""

    async def includes(self, place: Place) -> bool:
        """Return False if the database was restored from a backup that lacks the event of this place."""

    async def after(self, place: Place, limit: int) -> list[Event] | None:
        """Number up to 1,000 committed events, then return up to `limit` events after the place, in order.

        None if the database does not include the place.
        """
