"""The port for retention: deletes old operations, across organizations."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PruneCursor:
    """The last operation that a batch examined: its last change and its id."""

    updated_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class PrunedBatch:
    """One batch: the number of operations deleted, and its end; the cursor is None if no older operations are left."""

    operations: int
    cursor: PruneCursor | None


WriteLines: TypeAlias = Callable[[Sequence[str]], Awaitable[None]]
"""Stores operations durably before it returns; each line is a JSON document with an operation and all its rows."""


class Retention(Protocol):
    """Every method may raise `Unavailable`."""

    async def organizations(self) -> list[UUID]:
        """Return the ids of all organizations."""

    async def prune(
        self, organization_id: UUID, days: int, after: PruneCursor | None, write_lines: WriteLines | None
    ) -> PrunedBatch:
        """Delete a batch of finished operations that are not in use and have not changed for `days`.

        One short transaction deletes them with their events, ledger and runs, and keeps a tombstone of each. It skips
        rows that another transaction has locked.

        Args:
            organization_id: the organization.
            days: 1 or more.
            after: the cursor of the previous batch.
            write_lines: receives the operations before they are deleted; if it fails, nothing is deleted.
        """

    async def prune_events(self, organization_id: UUID, days: int, after: int) -> int | None:
        """Delete a batch of events that are older than `days` and belong to no operation, or to a deleted one.

        `after`: the position where the previous batch ended, at first 0. Returns the position where this batch ended;
        None if no older events are left.
        """
