"""What retention asks of the store: across organizations."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PruneCursor:
    """The newest operation that was looked at: its last change, its id."""

    updated_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class PrunedBatch:
    """One batch: how many operations went, and how far it looked; None where nothing older was left."""

    operations: int
    cursor: PruneCursor | None


WriteLines: TypeAlias = Callable[[Sequence[str]], Awaitable[None]]
"""Keeps operations, a JSON document each with all that goes with them; durably, before it returns."""


class Retention(Protocol):
    """Every method may raise `Unavailable`."""

    async def organizations(self) -> list[UUID]:
        """Return every organization."""

    async def prune(
        self, organization_id: UUID, days: int, after: PruneCursor | None, write_lines: WriteLines | None
    ) -> PrunedBatch:
        """Delete a batch of operations that are closed, that nobody needs, and that did not change for so many days.

        In one short transaction, with their log, ledger and runs; a tombstone of each stays. What somebody else holds
        at that moment is passed over.

        Args:
            organization_id: whose.
            days: 1 or more.
            after: how far an earlier batch looked.
            write_lines: is handed them before they go; where it fails, nothing goes.
        """
