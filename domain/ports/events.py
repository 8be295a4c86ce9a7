"""The ports of events: one organization's events, and the feed of all of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.json_values import Json


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


class EventFeed(Protocol):
    """The events of all organizations, in the order of their positions.

    A reader that keeps the last position that it has read misses no event and reads none twice: an event whose
    transaction is still open gets a later position.

    Raises, from every method:
        Unavailable: Postgres can't be reached.
    """

    async def number(self) -> int:
        """Number all committed events; return the highest position, 0 if there is none."""

    async def after(self, position: int, limit: int) -> list[Event]:
        """Number up to 1,000 committed events, then return up to `limit` events after the position, in order."""
