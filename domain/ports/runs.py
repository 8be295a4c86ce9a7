"""The port for runs: the dispatcher's and the reconciler's view, across organizations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.operations import Run, RunKind, RunOptions


@dataclass(frozen=True, slots=True)
class NextRun:
    """The run that follows a drifted one, and the message for the log."""

    kind: RunKind
    options: RunOptions
    message: str


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that was started in Temporal some seconds ago; `task_queue` is None if another process started it."""

    run: Run
    task_queue: str | None
    seconds_ago: float = 0.0


@dataclass(frozen=True, slots=True)
class QueueState:
    """The state of a queue, over all processes.

    `open` counts its runs in Temporal, except those that wait for a channel's answer. `has_waiting`: whether others
    wait. `max_concurrent`, `max_per_second`: the smaller limit of its account and its bridge; None for no limit.
    `connections` are its account and bridge, if they have limits. `is_paused`: a pause holds the queue; `may_probe`:
    every cause of that pause is due for a probe. `resumed` are the connections that were resumed after the oldest
    waiting run was created, at `oldest_at`.
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
        """Return every queue with a waiting or open run."""

    async def claim(self, rooms: Sequence[tuple[UUID, str, int]]) -> list[Run]:
        """Claim runs that are not started, for 30 s: if the dispatcher dies, another one claims them then.

        Args:
            rooms: organization, queue key, and the maximum number of runs; the oldest come first.
        """

    async def claim_probe(self, organization_id: UUID, queue_key: str) -> Run | None:
        """Claim the oldest waiting run of a paused queue, to probe its accounts; None if another process was faster.

        The next probe is postponed in any case.
        """

    async def mark_started(self, started: Sequence[StartedRun]) -> None:
        """Mark runs as started in Temporal, except closed ones: the transaction that closes a run marks it."""

    async def has_old(self) -> bool:
        """Whether a run is open that may be on the task queue of version 0.1.0."""

    async def claim_unchecked(self, age_seconds: float, limit: int) -> list[Run]:
        """Claim started, open runs that no reconciler has checked for `age_seconds`."""

    async def is_open(self, operation_id: UUID, run: int) -> bool:
        """Whether the run is open."""

    async def supersede(self, run: Run, following: NextRun) -> bool:
        """Close a run that ended without an outcome and open the one that settles it; False if another was faster."""
