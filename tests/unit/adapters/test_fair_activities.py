"""Activities that call a carrier leave slots to other organizations; those that call only Postgres always begin."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.payloads import StepInput
from adapters.temporal.fair_activities import MAX_WAIT_SECONDS, FairActivities, compute_wait

OURS, THEIRS = uuid4(), uuid4()


def build_step(organization_id: UUID) -> StepInput:
    return StepInput(organization_id=organization_id, operation_id=uuid4(), run=1, step="buy_label", position=1)


async def call_carrier(step: StepInput) -> None: ...


async def write_rows(step: StepInput) -> None: ...


class HangingActivities(ActivityInboundInterceptor):
    """Begins activities that end when the test says so."""

    def __init__(self) -> None:
        self.begin = asyncio.Event()
        self.end = asyncio.Event()

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ARG002 (the signature of the SDK)
        self.begin.set()
        await self.end.wait()
        return "done"


class Worker:
    """A worker with sixteen slots for calls."""

    def __init__(self) -> None:
        self.activities = HangingActivities()
        self._inbound = FairActivities(16, [write_rows]).intercept_activity(self.activities)
        self.running: list[asyncio.Task[Any]] = []

    async def start(self, fn: Any, *args: Any) -> bool:
        """Deliver an activity; return whether it began."""
        given = ExecuteActivityInput(fn=fn, args=args, executor=None, headers={})
        task = asyncio.create_task(ActivityEnvironment().run(self._inbound.execute_activity, given))
        self.activities.begin.clear()
        begin = asyncio.create_task(self.activities.begin.wait())
        await asyncio.wait({task, begin}, return_when=asyncio.FIRST_COMPLETED)
        if not begin.done():
            begin.cancel()
            with pytest.raises(ApplicationError, match="rate_limited"):
                task.result()
            return False
        self.running.append(task)
        return True

    async def start_many(self, fn: Any, organization_id: UUID) -> int:
        """Deliver ten activities; return how many began."""
        return sum([await self.start(fn, build_step(organization_id)) for _ in range(10)])

    async def stop(self) -> None:
        """Tear apart what still runs."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    yield worker
    await worker.stop()


async def test_calls_that_hang_leave_slots_to_other_organizations(worker: Worker) -> None:
    assert await worker.start_many(call_carrier, OURS) == 4
    assert await worker.start(call_carrier, build_step(THEIRS))


async def test_a_call_that_ends_gives_its_slot_back(worker: Worker) -> None:
    await worker.start_many(call_carrier, OURS)
    worker.activities.end.set()
    assert await asyncio.gather(*worker.running) == ["done"] * 4
    worker.activities.end.clear()
    assert await worker.start_many(call_carrier, OURS) == 4


async def test_a_call_that_is_torn_apart_gives_its_slot_back(worker: Worker) -> None:
    await worker.start_many(call_carrier, OURS)
    await worker.stop()
    assert await worker.start_many(call_carrier, OURS) == 4


async def test_what_calls_only_postgres_is_never_sent_away(worker: Worker) -> None:
    """Not even for the organization whose calls hang."""
    await worker.start_many(call_carrier, OURS)
    assert await worker.start_many(write_rows, OURS) == 10


@pytest.mark.parametrize("args", [(), ("a message of an installed type",)])
async def test_activities_that_name_no_organization_share_as_one_does(worker: Worker, args: tuple[str, ...]) -> None:
    assert [await worker.start(call_carrier, *args) for _ in range(5)] == [True] * 4 + [False]


def test_those_that_are_sent_away_come_back_later_and_later() -> None:
    assert 0.5 <= compute_wait(1) <= 1.5
    assert 4.0 <= compute_wait(4) <= 12.0
    assert compute_wait(5000) <= 1.5 * MAX_WAIT_SECONDS
