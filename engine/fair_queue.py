"""Fair queue: organizations take turns, and within an organization its accounts take turns."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.fair_slots import fair_room
from domain.operations import Run
from domain.ports.runs import QueueState
from engine.places import share_places

MAX_FETCHED = 64
"""Maximum of runs fetched from Postgres that wait here for one account."""

MAX_OFFERED = 1000
"""Offered runs of one account beyond this number stay in Postgres. The sweep fetches them; later runs may pass them."""

MANY = 8
"""An organization with more runs than this in one queue works in bulk: the end of the whole counts, not of each run."""

MAX_FULL_ACCOUNTS = 4
"""An organization has at most as many open runs as this many accounts may have, however many accounts it uses."""


@dataclass(slots=True)
class OrganizationQueues:
    """The queues of one organization, by name; `open` counts the open runs of all of them."""

    max_open: int
    open: int = 0
    queues: "OrderedDict[str, AccountQueue]" = field(default_factory=OrderedDict)

    def count_open(self) -> None:
        self.open = sum(queue.open for queue in self.queues.values())


@dataclass(slots=True)
class AccountQueue:
    """The runs of one organization that use the same account and bridge.

    `interval`: seconds between two runs that are let in. `next_at`: the earliest time of the next, on the event loop's
    clock. `has_limits`: the account or bridge has limits of its own; the queue remembers them while it is empty.
    `has_more`: more runs wait in Postgres, as of the last sweep. `is_paused`: the account or bridge is paused.
    `offered` and `fetched`: the runs that wait here. They take turns, so a steady stream of single runs cannot hold up
    the runs in Postgres, nor can thousands of bulk runs hold up single runs. `was_fetched`: the last run let in was a
    fetched one.
    """

    organization: OrganizationQueues
    max_open: int
    open: int = 0
    interval: float = 0.0
    next_at: float = 0.0
    has_limits: bool = False
    has_more: bool = False
    is_paused: bool = False
    offered: deque[Run] = field(default_factory=deque)
    fetched: deque[Run] = field(default_factory=deque)
    was_fetched: bool = False

    @property
    def size(self) -> int:
        return len(self.offered) + len(self.fetched)

    @property
    def room(self) -> int:
        """How many more runs may be let in; the queues of an organization share its open runs fairly."""
        organization = self.organization
        return min(self.max_open - self.open, fair_room(self.open, organization.max_open - organization.open))

    @property
    def missing(self) -> int:
        """How many more runs to fetch from Postgres; none if less than 1."""
        return min(self.room, MAX_FETCHED) - len(self.fetched)

    @property
    def needs_more(self) -> bool:
        """True if it has room for enough runs to make a query to Postgres worthwhile now."""
        return self.has_more and self.missing >= max(min(self.max_open, MAX_FETCHED) // 4, 1)

    def enter(self, now: float) -> Run:
        """Let in the next run; the queue must not be empty."""
        self.open += 1
        self.organization.open += 1
        self.next_at = max(self.next_at, now) + self.interval
        self.was_fetched = bool(self.fetched) and not (self.offered and self.was_fetched)
        return (self.fetched if self.was_fetched else self.offered).popleft()

    def leave(self) -> None:
        """Count one open run less."""
        if self.open > 0:
            self.open -= 1
            self.organization.open -= 1


class FairQueue:
    """One queue per account. Nothing is lost when the process ends, because the runs are in Postgres."""

    def __init__(self, max_open: int) -> None:
        self._max_open = max_open
        self._turns: OrderedDict[UUID, OrganizationQueues] = OrderedDict()
        self._waiting: set[tuple[UUID, int]] = set()
        self._inside: dict[UUID, AccountQueue] = {}

    def offer(self, run: Run) -> None:
        """Queue a run, unless it is queued already or the queue is full."""
        queue = self._queue_of(run.organization_id, run.queue_key)
        if len(queue.offered) < MAX_OFFERED:
            self._append(run, queue.offered)

    def take(self, now: float, may_enter: Callable[[UUID], bool] = lambda _: True) -> Run | None:
        """Return the next run of an organization that may enter, or None if no run may be let in at `now`."""
        for organization_id, organization in self._turns.items():
            if not may_enter(organization_id):
                continue
            for name, queue in organization.queues.items():
                if queue.size and queue.room > 0 and queue.next_at <= now:
                    organization.queues.move_to_end(name)
                    self._turns.move_to_end(organization_id)
                    run = queue.enter(now)
                    self._waiting.discard((run.operation_id, run.run))
                    self._inside[run.operation_id] = queue
                    return run
        return None

    @property
    def size(self) -> int:
        return len(self._waiting)

    def is_single(self, organization_id: UUID) -> bool:
        """Return True if an organization has no further run waiting, here or in Postgres, while another has many."""
        ours = self._turns.get(organization_id)
        if ours is not None and any(queue.size or queue.has_more for queue in ours.queues.values()):
            return False
        return any(map(self.works_in_bulk, self._turns))

    def works_in_bulk(self, organization_id: UUID) -> bool:
        """Return True if many runs of an organization wait, here or in Postgres."""
        organization = self._turns.get(organization_id)
        return organization is not None and any(
            queue.has_more or queue.size > MANY for queue in organization.queues.values()
        )

    def free(self, operation_id: UUID) -> None:
        """Free the slot of an operation that has ended."""
        queue = self._inside.pop(operation_id, None)
        if queue is not None:
            queue.leave()

    def forget(self, operation_id: UUID) -> None:
        """Stop counting a run here: from now on its row in Postgres shows whether it is open."""
        self._inside.pop(operation_id, None)

    def next_at(self) -> float | None:
        """Return when the next run may be let in that waits for its account's rate limit; None if no run does."""
        return min((queue.next_at for queue in self._all() if queue.size and queue.room > 0), default=None)

    def refresh(self, states: Sequence[QueueState]) -> list[tuple[UUID, str, int]]:
        """Update the queues from Postgres; return those that can take more runs than wait here, and how many more."""
        inside: dict[int, int] = {}
        for queue in self._inside.values():
            inside[id(queue)] = inside.get(id(queue), 0) + 1
        for queue in self._all():
            queue.open = inside.get(id(queue), 0)
            queue.is_paused = False
        opened = {}
        for state in states:
            queue = self._queue_of(*state.name)
            queue.open = opened[state.name] = max(queue.open, state.open)
        shares = share_places(states, opened)
        for state in states:
            queue = self._queue_of(*state.name)
            queue.max_open = shares.get(state.name, state.max_concurrent or self._max_open)
            if state.is_paused:
                self._hold(queue)
            queue.has_limits = bool(state.max_concurrent or state.max_per_second)
            queue.interval = 1.0 / state.max_per_second if state.max_per_second else 0.0
            queue.has_more = state.has_waiting and not state.is_paused
        for organization in self._turns.values():
            organization.count_open()
        rooms = [(*state.name, self._queue_of(*state.name).missing) for state in states]
        rooms = [room for room in rooms if room[2] > 0 and self._queue_of(*room[:2]).has_more]
        self._forget_empty()
        return rooms

    def add(self, rooms: Sequence[tuple[UUID, str, int]], runs: Sequence[Run]) -> None:
        """Queue the runs claimed for the rooms of `refresh`; a queue that got fewer has no more in Postgres."""
        claimed = Counter((run.organization_id, run.queue_key) for run in runs)
        for organization_id, name, room in rooms:
            self._queue_of(organization_id, name).has_more = claimed[organization_id, name] >= room
        for run in runs:
            self._append(run, self._queue_of(run.organization_id, run.queue_key).fetched)

    def _hold(self, queue: AccountQueue) -> None:
        """Drop the runs that wait here; they stay in Postgres until the account is resumed."""
        queue.is_paused = True
        for run in (*queue.offered, *queue.fetched):
            self._waiting.discard((run.operation_id, run.run))
        queue.offered.clear()
        queue.fetched.clear()

    @property
    def needs_more(self) -> bool:
        """True if a queue runs dry while more of its runs wait in Postgres."""
        return any(queue.needs_more for queue in self._all())

    def _append(self, run: Run, queue: deque[Run]) -> None:
        key = (run.operation_id, run.run)
        if key not in self._waiting:
            self._waiting.add(key)
            queue.append(run)

    def _queue_of(self, organization_id: UUID, name: str) -> AccountQueue:
        organization = self._turns.setdefault(organization_id, OrganizationQueues(MAX_FULL_ACCOUNTS * self._max_open))
        return organization.queues.setdefault(name, AccountQueue(organization, self._max_open))

    def _all(self) -> list[AccountQueue]:
        return [queue for organization in self._turns.values() for queue in organization.queues.values()]

    def _forget_empty(self) -> None:
        for organization_id, organization in list(self._turns.items()):
            for name, queue in list(organization.queues.items()):
                if not (queue.size or queue.open or queue.has_limits or queue.is_paused):
                    del organization.queues[name]
            if not organization.queues:
                del self._turns[organization_id]
