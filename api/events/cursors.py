"""Cursors of events: a place, and the highest position of deleted events when the cursor was made."""

import struct
from dataclasses import dataclass
from typing import Any

from api.http.cursors import InvalidCursor, seal, unseal
from api.http.errors import EventsPruned, EventsRestored
from domain.ports.events import EventFeed, Place

PARTS = struct.Struct(">QQQ")
OLD_PARTS = struct.Struct(">QQ")
"""Cursors that were made before they had marks."""


@dataclass(frozen=True, slots=True)
class EventCursor:
    """The place that was read last.

    `pruned`: the highest position of the organization's deleted events at that time. A reader that began below it knows
    that older events are missing, so only a later deletion matters.
    """

    place: Place
    pruned: int

    def write(self, of: dict[str, Any]) -> str:
        """Return the cursor of the events that `of` describes."""
        return seal(PARTS.pack(self.place.position, self.pruned, self.place.mark), of)

    @classmethod
    def read(cls, cursor: str, of: dict[str, Any]) -> "EventCursor":
        """Return the parts of a cursor.

        Raises:
            InvalidCursor: it was not made by `write` for these events.
        """
        parts, mark = unseal(cursor, of), 0
        if len(parts) == PARTS.size:
            position, pruned, mark = PARTS.unpack(parts)
        elif len(parts) == OLD_PARTS.size:
            position, pruned = OLD_PARTS.unpack(parts)
        else:
            raise InvalidCursor
        if max(position, pruned) >= 2**62:
            raise InvalidCursor
        return cls(Place(position, mark), pruned)

    def refuse_if_pruned(self, pruned: int, of: dict[str, Any]) -> None:
        """Raise EventsPruned if events after the position were deleted since the cursor was made."""
        if self.place.position < pruned and self.pruned < pruned:
            raise EventsPruned(EventCursor(Place(pruned), pruned).write(of))

    async def refuse_if_lost(self, feed: EventFeed, of: dict[str, Any]) -> None:
        """Raise EventsRestored if a restored database lacks the event that was read last."""
        if not await feed.includes(self.place):
            head = await feed.number()
            raise EventsRestored(EventCursor(head, head.position).write(of))
