"""Runs as the dispatcher and the reconciler see them: across organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.operations import Run, RunKind, RunOptions


@dataclass(frozen=True, slots=True)
class NextRun:
    """What a drifted run is followed by, and what the log says of it."""

    kind: RunKind
    options: RunOptions
    message: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """How a queue stands, over all processes.

    `open`: its runs in Temporal, but for those that wait for a channel's answer. `has_waiting`: whether others wait.
    `max_concurrent`, `max_per_second`: the smallest that its account and its bridge allow; None for no limit.
    """

    organization_id: UUID
    queue_key: str
    open: int
    has_waiting: bool
    max_concurrent: int | None
    max_per_second: float | None


class Runs(Protocol):
    """The table of runs; every method may raise `Unavailable`."""

    async def queue_states(self) -> list[QueueState]:
        """Return every queue in which a run waits or is open."""

    async def claim(self, rooms: Sequence[tuple[UUID, str, int]]) -> list[Run]:
        """Take runs that nobody has started, for 30 s: a dispatcher that dies leaves them to the next.

        Args:
            rooms: organization, queue key, and how many of it at most; its oldest come first.
        """

    async def mark_started(self, runs: Sequence[Run]) -> None:
        """Mark runs as handed to Temporal."""

    async def claim_unchecked(self, age_seconds: float, limit: int) -> list[Run]:
        """Take started, open runs that nobody looked at for so long."""

    async def is_open(self, operation_id: UUID, run: int) -> bool:
        """Whether the run is open."""

    async def supersede(self, run: Run, following: NextRun) -> bool:
        """Close a run that ended without telling and open the one that settles it; False where another was faster."""
