"""Slots that organizations share fairly, because a call keeps its slot for as long as it hangs."""

from collections import Counter
from uuid import UUID

MINIMUM = 128
"""The minimum of each organization is one slot in so many, at least one."""


def fair_room(in_use: int, free: int) -> int:
    """Return how many more slots an organization may take that holds `in_use` while `free` are free; 0 or less: none.

    It may hold as many as are free: alone half of them, and 1/(n+1) of them if n organizations want all.
    """
    return (free - in_use + 1) // 2


class FairSlots:
    """Half of the slots are shared fairly; the other half is for organizations that hold fewer than the minimum."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._shared = size // 2
        self._minimum = max(size // MINIMUM, 1)
        self._in_use: Counter[UUID | None] = Counter()

    def take(self, organization_id: UUID | None) -> bool:
        """Take a slot for an organization; False if it has its share."""
        total, in_use = self._in_use.total(), self._in_use[organization_id]
        if total >= self._size or (in_use >= self._minimum and fair_room(in_use, self._shared - total) <= 0):
            return False
        self._in_use[organization_id] += 1
        return True

    def release(self, organization_id: UUID | None) -> None:
        """Give back a slot that was taken."""
        self._in_use[organization_id] -= 1
        if not self._in_use[organization_id]:
            del self._in_use[organization_id]
