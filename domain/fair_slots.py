"""Fair sharing of slots between organizations, because a hanging call holds its slot."""

from collections import Counter
from uuid import UUID

MINIMUM = 128
"""An organization's minimum is the number of slots divided by this, and at least one."""


def fair_room(in_use: int, free: int) -> int:
    """Return how many more slots an organization may take if it uses `in_use` and `free` are free; 0 or less: none.

    An organization may use as many slots as are free: half of them if it is alone, and 1/(n+1) of them if n
    organizations want all.
    """
    return (free - in_use + 1) // 2


class FairSlots:
    """Half of the slots are shared fairly; the other half is for organizations that use fewer than the minimum."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._shared = size // 2
        self._minimum = max(size // MINIMUM, 1)
        self._in_use: Counter[UUID | None] = Counter()

    def take(self, organization_id: UUID | None) -> bool:
        """Take a slot for an organization; return False if its share is used up."""
        total, in_use = self._in_use.total(), self._in_use[organization_id]
        if total >= self._size or (in_use >= self._minimum and fair_room(in_use, self._shared - total) <= 0):
            return False
        self._in_use[organization_id] += 1
        return True

    def release(self, organization_id: UUID | None) -> None:
        """Release a slot of an organization."""
        self._in_use[organization_id] -= 1
        if not self._in_use[organization_id]:
            del self._in_use[organization_id]
