"""Slots that organizations share fairly: each may have as many as are free."""

from collections import Counter
from uuid import UUID


def fair_room(in_use: int, free: int) -> int:
    """Return how many more slots one may take that has `in_use` of them while `free` are free; 0 or less: none.

    Each may have as many as are free. Alone it gets half of them; n that want all of them get 1/(n+1) each, so that
    the next one always finds some.
    """
    return (free - in_use + 1) // 2


class FairSlots:
    """Slots for calls that may hang: a call keeps its slot for as long as it lasts."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._in_use: Counter[UUID | None] = Counter()

    @property
    def free(self) -> int:
        return self._size - self._in_use.total()

    def take(self, organization_id: UUID | None) -> bool:
        """Take a slot for an organization; False if it has its share."""
        if fair_room(self._in_use[organization_id], self.free) <= 0:
            return False
        self._in_use[organization_id] += 1
        return True

    def release(self, organization_id: UUID | None) -> None:
        """Give back a slot that was taken."""
        self._in_use[organization_id] -= 1
        if not self._in_use[organization_id]:
            del self._in_use[organization_id]
