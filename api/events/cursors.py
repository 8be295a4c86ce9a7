"""Cursors of events: a position, and the highest position of deleted events when the cursor was made."""

import struct
from dataclasses import dataclass
from typing import Any

from api.http.cursors import InvalidCursor, seal, unseal
from api.http.errors import EventsPruned

PLACE = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class EventCursor:
    """The position that was read last.

    `pruned`: the highest position of the organization's deleted events at that time. A reader that began below it knows
    that older events are missing, so only a later deletion matters.
    """

    position: int
    pruned: int

    def write(self, of: dict[str, Any]) -> str:
        """Return the cursor of the events that `of` describes."""
        return seal(PLACE.pack(self.position, self.pruned), of)

    @classmethod
    def read(cls, cursor: str, of: dict[str, Any]) -> "EventCursor":
        """Return the place of a cursor.

        Raises:
            InvalidCursor: it was not made by `write` for these events.
        """
        place = unseal(cursor, of)
        if len(place) != PLACE.size:
            raise InvalidCursor
        position, pruned = PLACE.unpack(place)
        if max(position, pruned) >= 2**62:
            raise InvalidCursor
        return cls(position, pruned)

    def refuse_if_pruned(self, pruned: int, of: dict[str, Any]) -> None:
        """Raise EventsPruned if events after the position were deleted since the cursor was made."""
        if self.position < pruned and self.pruned < pruned:
            raise EventsPruned(EventCursor(pruned, pruned).write(of))
