"""Whose turn it is: runs wait in lanes, and organizations and their lanes take turns."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.operations import Run
from domain.ports.runs import LaneState

MOST_FETCHED = 64
"""So many of a lane wait here at most that were fetched from Postgres."""

MOST_OFFERED = 1000
"""What is offered to a lane beyond this stays in Postgres, where the sweep finds it; those that come later pass it."""

MANY = 8
"""With more than this in one queue, an organization's work is bulk: its end counts, not that of each."""


@dataclass(slots=True)
class Lane:
    """The runs of one organization that need the same account and bridge.

    `interval`: seconds between two that are let in. `next_at`: when the next may, on the loop's clock.
    `limited`: its account or bridge has limits of its own, which are remembered when it is empty.
    `more`: others wait in Postgres, as far as is known.
    `offered` and `fetched`: what waits here. They take turns: neither do those who come one by one without end hold up
    what waits in Postgres, nor a bulk execution's thousands there those who come one by one.
    `was_fetched`: the last that was let in.
    """

    most_open: int
    open: int = 0
    interval: float = 0.0
    next_at: float = 0.0
    limited: bool = False
    more: bool = False
    offered: deque[Run] = field(default_factory=deque)
    fetched: deque[Run] = field(default_factory=deque)
    was_fetched: bool = False

    @property
    def queued(self) -> int:
        """How many wait here."""
        return len(self.offered) + len(self.fetched)

    @property
    def room(self) -> int:
        """How many more runs may be let in."""
        return self.most_open - self.open

    @property
    def wanted(self) -> int:
        """How many more runs are to be fetched; less than 1: none."""
        return min(self.room, MOST_FETCHED) - len(self.fetched)

    @property
    def hungry(self) -> bool:
        """Whether it could take so many more that it is worth to ask Postgres for them now."""
        return self.more and self.wanted >= max(min(self.most_open, MOST_FETCHED) // 4, 1)

    def enter(self, now: float) -> Run:
        """Let in the run whose turn it is; one must wait."""
        self.open += 1
        self.next_at = max(self.next_at, now) + self.interval
        self.was_fetched = bool(self.fetched) and not (self.offered and self.was_fetched)
        return (self.fetched if self.was_fetched else self.offered).popleft()


class Lanes:
    """Every lane that anybody knows of. Nothing here is lost with it: the runs are in Postgres."""

    def __init__(self, most_open: int) -> None:
        self._most_open = most_open
        self._turns: OrderedDict[UUID, OrderedDict[str, Lane]] = OrderedDict()
        self._known: set[tuple[UUID, int]] = set()
        self._inside: dict[UUID, Lane] = {}

    def offer(self, run: Run) -> None:
        """Queue a run, unless it is queued already or too many are."""
        lane = self._lane(run.organization_id, run.lane)
        if len(lane.offered) < MOST_OFFERED:
            self._queue(run, lane.offered)

    def take(self, now: float, may_enter: Callable[[UUID], bool] = lambda _: True) -> Run | None:
        """Return the run whose turn it is, of an organization that may enter; None where none may be let in."""
        for organization_id, lanes in self._turns.items():
            if not may_enter(organization_id):
                continue
            for name, lane in lanes.items():
                if lane.queued and lane.room > 0 and lane.next_at <= now:
                    lanes.move_to_end(name)
                    self._turns.move_to_end(organization_id)
                    run = lane.enter(now)
                    self._known.discard((run.operation_id, run.run))
                    self._inside[run.operation_id] = lane
                    return run
        return None

    @property
    def queued(self) -> int:
        """How many runs wait here."""
        return len(self._known)

    def is_single(self, organization_id: UUID) -> bool:
        """Tell whether nothing more of an organization waits, here or in Postgres, and many runs of another's do."""
        ours = self._turns.get(organization_id, OrderedDict()).values()
        if any(lane.queued or lane.more for lane in ours):
            return False
        return any(lane.more or lane.queued > MANY for lane in self._all())

    def left(self, operation_id: UUID) -> None:
        """Give the place of an operation that has ended to the next of its lane."""
        lane = self._inside.pop(operation_id, None)
        if lane is not None:
            lane.open = max(lane.open - 1, 0)

    def lingers(self, operation_id: UUID) -> None:
        """Leave it to Postgres to tell how long a run keeps its place."""
        self._inside.pop(operation_id, None)

    def next_at(self) -> float | None:
        """Return when a run may be let in that has to keep its account's pace; None where none waits for that."""
        return min((lane.next_at for lane in self._all() if lane.queued and lane.room > 0), default=None)

    def refresh(self, states: Sequence[LaneState]) -> list[tuple[UUID, str, int]]:
        """Take over how the lanes stand, over all processes.

        Returns:
            The lanes with room for more than is queued here: organization, lane, how many.
        """
        inside: dict[int, int] = {}
        for lane in self._inside.values():
            inside[id(lane)] = inside.get(id(lane), 0) + 1
        for lane in self._all():
            lane.open = inside.get(id(lane), 0)
        rooms = []
        for state in states:
            lane = self._lane(state.organization_id, state.lane)
            lane.open = max(lane.open, state.open)
            lane.most_open = state.most_concurrent or self._most_open
            lane.limited = bool(state.most_concurrent or state.most_per_second)
            lane.interval = 1.0 / state.most_per_second if state.most_per_second else 0.0
            lane.more = state.queued
            if state.queued and lane.wanted > 0:
                rooms.append((state.organization_id, state.lane, lane.wanted))
        self._forget_empty()
        return rooms

    def claimed(self, rooms: Sequence[tuple[UUID, str, int]], runs: Sequence[Run]) -> None:
        """Queue what was claimed for the rooms of `refresh`; a lane that did not get all it wanted has no more."""
        got = Counter((run.organization_id, run.lane) for run in runs)
        for organization_id, name, room in rooms:
            self._lane(organization_id, name).more = got[organization_id, name] >= room
        for run in runs:
            self._queue(run, self._lane(run.organization_id, run.lane).fetched)

    @property
    def hungry(self) -> bool:
        """Whether some lane runs dry while more of its runs wait in Postgres."""
        return any(lane.hungry for lane in self._all())

    def _queue(self, run: Run, queue: deque[Run]) -> None:
        key = (run.operation_id, run.run)
        if key not in self._known:
            self._known.add(key)
            queue.append(run)

    def _lane(self, organization_id: UUID, name: str) -> Lane:
        lanes = self._turns.setdefault(organization_id, OrderedDict())
        return lanes.setdefault(name, Lane(self._most_open))

    def _all(self) -> list[Lane]:
        return [lane for lanes in self._turns.values() for lane in lanes.values()]

    def _forget_empty(self) -> None:
        for organization_id, lanes in list(self._turns.items()):
            for name, lane in list(lanes.items()):
                if not lane.queued and not lane.open and not lane.limited:
                    del lanes[name]
            if not lanes:
                del self._turns[organization_id]
