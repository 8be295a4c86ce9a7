"""Activities that call a carrier leave slots to other organizations; database activities always start."""

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
    """Starts activities, which end when the test sets `end`."""

    def __init__(self) -> None:
        self.begin = asyncio.Event()
        self.end = asyncio.Event()

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ARG002 (the signature of the SDK)
        self.begin.set()
        await self.end.wait()
        return "done"


class Worker:
    """A worker with sixteen slots for carrier calls."""

    def __init__(self) -> None:
        self.activities = HangingActivities()
        self._inbound = FairActivities(16, [write_rows]).intercept_activity(self.activities)
        self.running: list[asyncio.Task[Any]] = []

    async def start(self, fn: Any, *args: Any) -> bool:
        """Deliver an activity; return whether it started."""
        delivery = ExecuteActivityInput(fn=fn, args=args, executor=None, headers={})
        task = asyncio.create_task(ActivityEnvironment().run(self._inbound.execute_activity, delivery))
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
        """Deliver ten activities; return how many started."""
        return sum([await self.start(fn, build_step(organization_id)) for _ in range(10)])

    async def stop(self) -> None:
        """Cancel the running activities."""
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    worker = Worker()
    yield worker
    await worker.stop()


async def test_hanging_calls_leave_slots_to_other_organizations(worker: Worker) -> None:
    assert await worker.start_many(call_carrier, OURS) == 4
    assert await worker.start(call_carrier, build_step(THEIRS))


async def test_a_call_that_ends_releases_its_slot(worker: Worker) -> None:
    await worker.start_many(call_carrier, OURS)
    worker.activities.end.set()
    assert await asyncio.gather(*worker.running) == ["done"] * 4
    worker.activities.end.clear()
    assert await worker.start_many(call_carrier, OURS) == 4


async def test_a_cancelled_call_releases_its_slot(worker: Worker) -> None:
    await worker.start_many(call_carrier, OURS)
    await worker.stop()
    assert await worker.start_many(call_carrier, OURS) == 4


async def test_a_database_activity_always_starts(worker: Worker) -> None:
    """It starts even for an organization whose carrier calls hang."""
    await worker.start_many(call_carrier, OURS)
    assert await worker.start_many(write_rows, OURS) == 10


@pytest.mark.parametrize("args", [(), ("a message of an installed type",)])
async def test_activities_without_an_organization_share_the_slots_of_one(worker: Worker, args: tuple[str, ...]) -> None:
    assert [await worker.start(call_carrier, *args) for _ in range(5)] == [True] * 4 + [False]


def test_a_rejected_activity_waits_longer_each_time() -> None:
    assert 0.5 <= compute_wait(1) <= 1.5
    assert 4.0 <= compute_wait(4) <= 12.0
    assert compute_wait(5000) <= 1.5 * MAX_WAIT_SECONDS
