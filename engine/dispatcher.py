"""Starts the workflows of runs: of those that this process offers at once, of all others in a sweep of Postgres.

The workflow id makes a start idempotent, so a second start is harmless. No run is lost, because it is in Postgres
before it is offered.
"""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import KeysView, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from uuid import UUID

from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.payloads import Limits, RunInput
from adapters.temporal.client import OPENED, ORDER, ORGANIZATION, TYPE
from adapters.temporal.own_workflows import OwnWorkflows
from domain.errors import Unavailable
from domain.operations import Run, RunKind
from domain.ports.runs import QueueState, Runs, StartedRun
from engine.concurrency_limit import ConcurrencyLimit
from engine.fair_queue import FairQueue
from workflows.activity_options import describe
from workflows.execution import STATUS
from workflows.undo import WORKFLOWS

LOG = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
MIN_SWEEP_SECONDS = 0.05
"""Minimum time between two sweeps, however fast the queues run dry."""
PAUSE_SECONDS = 1.0
RPC_SECONDS = 5.0
SLOT_SECONDS = 2.0
"""A run that takes longer is waiting for something and frees its slot."""
HOLD_SECONDS = 0.1
"""No run of bulk work starts while another organization's single run is this young, because each start delays it."""
RESERVE = 2
"""At most this many times `max_in_flight` runs move: organizations below their share may enter a full engine."""
LOOK_AGAIN_SECONDS = 0.1
"""How often a full engine checks for runs that wait for their account's rate limit."""

MARK_SECONDS = 0.25
"""A run is marked as started after one to three times this time, together with others.

Until then other processes see it as waiting; its lease, which is longer, keeps them from starting it.
"""

STATUSES = {RunKind.EXECUTE: "executing", RunKind.UNDO: "undoing", RunKind.ROLLBACK: "rolling_back"}
"""The status that Temporal's UI shows for an open run; a run that has ended shows its result."""


@dataclass(frozen=True, slots=True)
class Admission:
    """How many runs the dispatcher lets into the engine.

    `max_in_flight`: the upper bound of the learned limit of moving runs, see `ConcurrencyLimit`.
    `max_open`: the maximum of open runs of one account and bridge, including runs that retry because their carrier is
        down. Other runs wait in Postgres, so that an outage does not fill Temporal and does not end in a flood.
    `eager`: ask the server to give the first workflow task to the worker in this process.
    """

    max_in_flight: int = 32
    max_open: int = 64
    eager: bool = True


@dataclass(frozen=True, slots=True)
class AdmittedRun:
    """A run that the dispatcher let in.

    `place_timer`: frees the run's slot after `SLOT_SECONDS`. `since`: when it was let in, on the event loop's clock.
    `is_single`: the result of `FairQueue.is_single` at that time.
    """

    organization_id: UUID
    place_timer: asyncio.TimerHandle
    since: float
    is_single: bool


class Dispatcher:
    """Starts a workflow for every run; implements `domain.ports.stores.Dispatch`."""

    def __init__(self, runs: Runs, admission: Admission, limits: Limits) -> None:
        self._runs = runs
        self._admission = admission
        self._limits = limits
        self._queue = FairQueue(admission.max_open)
        self._concurrency = ConcurrencyLimit(admission.max_in_flight)
        self._in_flight: dict[UUID, AdmittedRun] = {}
        self._singles: set[UUID] = set()
        """The operations in flight with a single run."""
        self._held_until = float("-inf")
        self._moving: Counter[UUID] = Counter()
        self._probes: deque[Run] = deque()
        self._due: asyncio.TimerHandle | None = None
        self._started: list[tuple[Run, str | None, float]] = []
        """The runs to mark as started: with the task queue, or None if another process started it, and the time."""
        self._wake = asyncio.Event()
        self._has_started = asyncio.Event()
        self._sweep_now = asyncio.Event()
        self._starts: set[asyncio.Task[None]] = set()

    def offer(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._queue.offer(run)
        self._wake.set()

    def sweep_soon(self) -> None:
        """Sweep at once for runs that were not offered to this process."""
        self._sweep_now.set()

    @property
    def in_flight(self) -> KeysView[UUID]:
        """The operations that hold a slot."""
        return self._in_flight.keys()

    def release(self, operation_id: UUID) -> None:
        """Free the slot of an operation that has ended."""
        self._queue.free(operation_id)
        admitted = self._stop_counting(operation_id)
        if admitted is not None and admitted.is_single:
            self._concurrency.record_single_end(asyncio.get_running_loop().time() - admitted.since)
        self._wake.set()

    def _leave_to_postgres(self, operation_id: UUID) -> None:
        self._queue.forget(operation_id)
        self._stop_counting(operation_id)
        self._wake.set()

    def _stop_counting(self, operation_id: UUID) -> AdmittedRun | None:
        admitted = self._in_flight.pop(operation_id, None)
        if admitted is not None:
            admitted.place_timer.cancel()
            self._singles.discard(operation_id)
            self._moving[admitted.organization_id] -= 1
            if not self._moving[admitted.organization_id]:
                del self._moving[admitted.organization_id]
        return admitted

    @property
    def queue_size(self) -> int:
        return self._queue.size

    async def run(self, workflows: OwnWorkflows) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._admit_for_ever(workflows))
            group.create_task(self._sweep_for_ever())
            group.create_task(self._mark_started_for_ever())

    async def _admit_for_ever(self, workflows: OwnWorkflows) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while len(self._in_flight) < RESERVE * self._admission.max_in_flight:
                run = self._probes.popleft() if self._probes else self._queue.take(loop.time(), self._may_enter)
                if run is None:
                    self._wake_when_due(loop)
                    break
                self._enter(run)
                task = asyncio.create_task(self._start(workflows, run))
                self._starts.add(task)
                task.add_done_callback(self._starts.discard)
            if self._queue.needs_more:
                self._sweep_now.set()

    @property
    def _limit(self) -> int:
        return self._concurrency.limit(asyncio.get_running_loop().time())

    @property
    def _is_full(self) -> bool:
        return len(self._in_flight) >= self._limit

    def _may_enter(self, organization_id: UUID) -> bool:
        """Return True if the engine has a free slot, or if the organization uses less than its share of the slots.

        Without the second rule, runs of others that wait for a hanging carrier could fill the engine for `SLOT_SECONDS`
        each.
        """
        if self._is_held(organization_id):
            return False
        if not self._is_full:
            return True
        organizations = len(self._moving.keys() | {organization_id})
        return self._moving[organization_id] < max(self._limit // organizations, 1)

    def _is_held(self, organization_id: UUID) -> bool:
        """Return True if an organization works in bulk while a young single run of another one is in flight."""
        if not self._singles or asyncio.get_running_loop().time() >= self._held_until:
            return False
        return self._queue.works_in_bulk(organization_id)

    def _hold_bulk_work(self, operation_id: UUID, now: float) -> None:
        """Hold bulk work for a single run; single runs that follow each other without a gap do not extend it."""
        if not self._singles:
            self._held_until = now + HOLD_SECONDS
            asyncio.get_running_loop().call_at(self._held_until, self._wake.set)
        self._singles.add(operation_id)

    def _wake_when_due(self, loop: asyncio.AbstractEventLoop) -> None:
        at = self._queue.next_at()
        if self._due is not None:
            self._due.cancel()
        if at is not None:
            at = max(at, loop.time() + LOOK_AGAIN_SECONDS) if self._is_full else at
            self._due = loop.call_at(at, self._wake.set)

    def _enter(self, run: Run) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._stop_counting(run.operation_id)
        self._moving[run.organization_id] += 1
        is_single = self._queue.is_single(run.organization_id)
        if is_single:
            self._hold_bulk_work(run.operation_id, now)
            self._concurrency.record_single_start(now)
        place_timer = loop.call_later(SLOT_SECONDS, self._leave_to_postgres, run.operation_id)
        self._in_flight[run.operation_id] = AdmittedRun(run.organization_id, place_timer, now, is_single)

    async def _start(self, workflows: OwnWorkflows, run: Run) -> None:
        loop = asyncio.get_running_loop()
        begin, full = loop.time(), self._is_full
        try:
            is_new = await start(workflows, run, self._limits, eager=self._admission.eager)
        except (RPCError, RuntimeError, OSError) as error:
            # The sweep fetches the run again when its lease ends.
            LOG.warning("run %s could not be started yet: %s", run.workflow_id, error)
            await asyncio.sleep(PAUSE_SECONDS)
            self.release(run.operation_id)
        else:
            if is_new:
                self._concurrency.record_start(loop.time() - begin, loop.time(), full=full)
            else:
                # Its lease ended while it waited here, and it was fetched again, perhaps by another process. It may
                # have ended already, and then this process gets no notice of its end.
                self._leave_to_postgres(run.operation_id)
            self._started.append((run, workflows.task_queue if is_new else None, loop.time()))
            self._has_started.set()

    async def _sweep_for_ever(self) -> None:
        while True:
            self._sweep_now.clear()
            try:
                states = await self._runs.queue_states()
                rooms = self._queue.refresh(states)
                self._queue.add(rooms, await self._runs.claim(rooms) if rooms else [])
                await self._claim_probes(states)
                self._wake.set()
            except Unavailable:
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(MIN_SWEEP_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._sweep_now.wait(), SWEEP_SECONDS)

    async def _claim_probes(self, states: Sequence[QueueState]) -> None:
        """Let in one run of each paused account that is due for a probe, longest waiting first."""
        due = [state for state in states if state.may_probe]
        for state in sorted(due, key=lambda state: (state.oldest_at is None, state.oldest_at)):
            run = await self._runs.claim_probe(state.organization_id, state.queue_key)
            if run is not None:
                self._probes.append(run)

    async def _mark_started_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._has_started.wait()
            self._has_started.clear()
            await asyncio.sleep(MARK_SECONDS)
            due, self._started = self._started, []
            # A fast run ends within the next pause, and closing it marks it.
            await asyncio.sleep(MARK_SECONDS)
            try:
                now = loop.time()
                await self._runs.mark_started([StartedRun(run, queue, now - at) for run, queue, at in due])
            except Unavailable:
                self._started.extend(due)
                await asyncio.sleep(PAUSE_SECONDS)
            if self._started:
                self._has_started.set()


async def start(workflows: OwnWorkflows, run: Run, limits: Limits, *, eager: bool) -> bool:
    """Start the workflow of a run; return False if it was started before.

    Raises:
        RPCError: Temporal refused the start or did not answer.
    """
    message = RunInput(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        operation_type=run.operation_type,
        order_id=run.order_id,
        run=run.run,
        kind=run.kind,
        plan=run.plan,
        options=replace(run.options, reason=None),  # a person wrote it
        is_irreversible=run.is_irreversible,
        limits=limits,
        local_first=True,
        request_id=run.request_id,
    )
    about = describe(run.plan)
    verb = {RunKind.UNDO: "undo of ", RunKind.ROLLBACK: "rollback of "}.get(run.kind, "")
    try:
        await workflows.client.start_workflow(
            WORKFLOWS.get(run.kind, run.operation_type),
            message,
            id=run.workflow_id,
            task_queue=workflows.task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=_search_attributes(run),
            memo={OPENED: run.created_at.astimezone(UTC).isoformat()},
            static_summary=f"{verb}{run.operation_type}" + (f": {about}" if about else ""),
            static_details=f"operation {run.operation_id}, run {run.run}, order {run.order_id or '-'}",
            request_eager_start=eager,
            rpc_timeout=timedelta(seconds=RPC_SECONDS),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


def _search_attributes(run: Run) -> TypedSearchAttributes:
    pairs = [
        SearchAttributePair(ORGANIZATION, str(run.organization_id)),
        SearchAttributePair(TYPE, run.operation_type),
        SearchAttributePair(STATUS, STATUSES[run.kind]),
    ]
    if run.order_id is not None:
        pairs.append(SearchAttributePair(ORDER, str(run.order_id)))
    return TypedSearchAttributes(pairs)
