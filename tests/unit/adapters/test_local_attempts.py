"""A local activity ends after three seconds at most, and its call goes on in the slot of its organization."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.payloads import StepInput
from adapters.temporal.local_attempts import LocalAttempts

OURS, THEIRS = uuid4(), uuid4()


async def call_carrier(step: StepInput) -> None: ...


async def write_rows(step: StepInput) -> None: ...


class Calls(ActivityInboundInterceptor):
    """Calls that end when the test sets `end`."""

    def __init__(self) -> None:
        self.begin = asyncio.Event()
        self.end = asyncio.Event()
        self.ended: list[UUID] = []
        self.error: Exception | None = None

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 (the signature of the SDK)
        self.begin.set()
        await self.end.wait()
        self.ended.append(input.args[0].organization_id)
        if self.error is not None:
            raise self.error
        return "done"


class Worker:
    """A worker with sixteen local slots."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.attempts = LocalAttempts(16, [write_rows])
        self._inbound = self.attempts.intercept_activity(self.calls)

    def start(self, organization_id: UUID, fn: Any = call_carrier, *, is_local: bool = True) -> "asyncio.Task[Any]":
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, is_local=is_local)
        step = StepInput(organization_id=organization_id, operation_id=uuid4(), run=1, step="buy_label", position=1)
        delivery = ExecuteActivityInput(fn=fn, args=[step], executor=None, headers={})
        return asyncio.create_task(environment.run(self._inbound.execute_activity, delivery))

    async def hand_over(self, organization_id: UUID) -> str | None:
        """Start a call, and return the type of the error that ends its activity."""
        with pytest.raises(ApplicationError) as raised:
            await self.start(organization_id)
        assert raised.value.non_retryable
        return raised.value.type


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker whose local activities end after 50 ms."""
    monkeypatch.setattr("adapters.temporal.local_attempts.LOCAL_SECONDS", 0.05)
    return Worker()


async def test_a_fast_call_returns_its_result(worker: Worker) -> None:
    worker.calls.end.set()
    assert await worker.start(OURS) == "done"


async def test_a_slow_call_is_handed_over_and_goes_on(worker: Worker) -> None:
    assert await worker.hand_over(OURS) == "handed_over"

    worker.calls.end.set()
    await worker.attempts.wait_until_idle()

    assert worker.calls.ended == [OURS]


async def test_a_slow_call_may_fail_after_its_handover(worker: Worker) -> None:
    """The ledger has the outcome: no task reports the error again."""
    worker.calls.error = ValueError()
    assert await worker.hand_over(OURS) == "handed_over"

    worker.calls.end.set()
    await worker.attempts.wait_until_idle()

    assert worker.calls.ended == [OURS]


async def test_a_call_keeps_its_slot_until_it_ends(worker: Worker) -> None:
    """One organization gets a quarter of the slots, and others still get theirs."""
    handed_over = [await worker.hand_over(OURS) for _ in range(5)]
    assert handed_over == [*["handed_over"] * 4, "no_local_slot"]
    assert await worker.hand_over(THEIRS) == "handed_over"

    worker.calls.end.set()
    await worker.attempts.wait_until_idle()

    assert await worker.start(OURS) == "done"


async def test_database_activities_need_no_slot(worker: Worker) -> None:
    for _ in range(5):
        await worker.hand_over(OURS)
    worker.calls.end.set()
    assert await worker.start(OURS, write_rows) == "done"


async def test_a_remote_activity_is_not_bounded(worker: Worker) -> None:
    task = worker.start(OURS, is_local=False)
    assert await worker.hand_over(OURS) == "handed_over"
    assert not task.done()
    worker.calls.end.set()
    assert await task == "done"


async def test_a_cancellation_does_not_interrupt_a_call(worker: Worker) -> None:
    task = worker.start(OURS)
    await worker.calls.begin.wait()
    task.cancel()
    worker.calls.end.set()
    assert await task == "done"
