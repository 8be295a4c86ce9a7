"""Runs as the dispatcher and the reconciler see them: across organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
    `connections` are its account and bridge, if they limit it. `is_paused`: a pause holds the queue; `may_probe`: and
    every cause of it is due to be probed. `resumed` are those that were resumed since the run waits that came first, at
    `oldest_at`.
    """

    organization_id: UUID
    queue_key: str
    open: int
    has_waiting: bool
    max_concurrent: int | None
    max_per_second: float | None
    connections: list[UUID]
    is_paused: bool
    may_probe: bool
    resumed: list[UUID]
    oldest_at: datetime | None

    @property
    def name(self) -> tuple[UUID, str]:
        return self.organization_id, self.queue_key


class Runs(Protocol):
    """The table of runs; every method may raise `Unavailable`."""

    async def queue_states(self) -> list[QueueState]:
        """Return every queue in which a run waits or is open."""

    async def claim(self, rooms: Sequence[tuple[UUID, str, int]]) -> list[Run]:
        """Take runs that nobody has started, for 30 s: a dispatcher that dies leaves them to the next.

        Args:
            rooms: organization, queue key, and how many of it at most; its oldest come first.
        """

    async def claim_probe(self, organization_id: UUID, queue_key: str) -> Run | None:
        """Take the oldest waiting run of a paused queue, to probe its accounts; None if another process was faster.

        The next probe comes later, whatever becomes of this one.
        """

    async def mark_started(self, runs: Sequence[Run]) -> None:
        """Mark runs as handed to Temporal."""

    async def claim_unchecked(self, age_seconds: float, limit: int) -> list[Run]:
        """Take started, open runs that nobody looked at for so long."""

    async def is_open(self, operation_id: UUID, run: int) -> bool:
        """Whether the run is open."""

    async def supersede(self, run: Run, following: NextRun) -> bool:
        """Close a run that ended without telling and open the one that settles it; False where another was faster."""
