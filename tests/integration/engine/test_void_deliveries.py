"""A `void_shipment` whose run was terminated or whose delivery came too late."""

import asyncio
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from domain.effects import UndoOutcome
from domain.errors import RateLimited
from domain.operations import OperationStatus, RunKind
from domain.shipping import VoidResult
from tests.fixtures.builders import Json
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.integration.engine.voids import LOST, TARGET, Void, make_activities, terminate_run


@pytest.fixture(scope="module")
def engine_settings() -> Json:
    """The engine gives up a step after a few seconds."""
    return {"retry_for_seconds": 6}


async def test_the_run_is_terminated(rig: Rig, sandboxes: Sandboxes) -> None:
    """The rollback can't take it back, and tells what it has found: the label is gone."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall")
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        record = await terminate_run(void, run)
        assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.ROLLBACK]
        await void.is_gone(record, UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED)


async def test_the_run_is_terminated_and_the_rollback_cannot_tell(rig: Rig, sandboxes: Sandboxes) -> None:
    """A person is asked then, as after an execution."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall", "auth_failed", "auth_failed", "auth_failed")
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        record = await terminate_run(void, run)
        await void.is_asked_about(record)
        await void.is_gone(await void.resolve(record, happened=True), UndoOutcome.DONE_BY_HAND)


async def test_a_delivery_that_comes_after_the_run(rig: Rig, sandboxes: Sandboxes) -> None:
    """The void was put off, and the run cancelled: a frozen worker's delivery voids nothing any more."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "rate_limited:5")
        run = await rig.begin(void.shop, void.operation)
        await rig.effect(void.shop, void.operation, "void_shipment", "prepared")
        await rig.client.get_workflow_handle(run.workflow_id).cancel()
        await void.stands(await rig.settled(void.shop, void.operation), "cancelled_by_operator")
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(make_activities(rig).void_shipment, void.step)
        await void.stands(await rig.record(void.shop, void.operation), "cancelled_by_operator")


async def test_a_delivery_that_was_overtaken(rig: Rig, sandboxes: Sandboxes) -> None:
    """Frozen on its way, it hears that the carrier put it off, while a second one has the label voided."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox)
        run = await rig.open_run(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING)
        go_on: tuple[asyncio.Event, asyncio.Event] = (asyncio.Event(), asyncio.Event())

        async def put_off(_: str) -> VoidResult:
            await go_on[0].wait()
            raise RateLimited("busy", after=1)

        async def voids(_: str) -> VoidResult:
            await go_on[1].wait()
            return VoidResult(UndoOutcome.VOIDED)

        first = asyncio.ensure_future(ActivityEnvironment().run(make_activities(rig, put_off).void_shipment, void.step))
        await rig.effect(void.shop, void.operation, "void_shipment", "sent")
        second = asyncio.ensure_future(ActivityEnvironment().run(make_activities(rig, voids).void_shipment, void.step))

        async def overtaken() -> bool:
            return (await rig.record(void.shop, void.operation)).effects[-1].attempts == 2

        await eventually(overtaken, 20.0, "the second delivery begins")
        go_on[0].set()
        with pytest.raises(ApplicationError):
            await first
        go_on[1].set()
        assert (await second).result["outcome"] == "voided"
        assert (await rig.effect(void.shop, void.operation, "void_shipment", "done")).outcome == "voided"
        rig.dispatcher.offer([run])
        assert (await rig.settled(void.shop, void.operation)).operation.status is OperationStatus.COMPLETED


async def test_the_rollback_is_terminated_too(rig: Rig, sandboxes: Sandboxes) -> None:
    """`retry` voids again: nothing takes it back, so that doing it once more is what finds out."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall", *["rate_limited:4"] * 3)
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        await rig.client.get_workflow_handle(run.workflow_id).terminate()

        async def rolls_back() -> bool:
            await rig.reconciler.reconcile(age_seconds=0)
            return len(await sandbox.requests(TARGET)) > 1

        await eventually(rolls_back, 30.0, "the rollback voids again")
        record = await terminate_run(void, (await rig.record(void.shop, void.operation)).runs[-1])
        assert present(record.operation.attention).reason == "drift"
        await sandbox.behave()
        await void.is_gone(await void.resolved("retry"), UndoOutcome.ALREADY_VOIDED)


async def test_the_answer_comes_after_a_person_was_asked(rig: Rig, sandboxes: Sandboxes) -> None:
    """Whatever the person says then, the operation tells what has happened."""
    async with sandboxes.one() as sandbox:
        for outcome in ("happened", "did_not_happen"):
            void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
            await void.is_asked_about(await void.execute())
            effect = (await rig.record(void.shop, void.operation)).effects[-1]
            shipment = await void.shipment()
            await rig.container.ledger.record_compensation(effect, UndoOutcome.VOIDED, "told late", shipment.id)
            await void.is_gone(await void.resolved(outcome), UndoOutcome.VOIDED)


async def test_a_void_that_a_restored_ledger_may_have_forgotten(rig: Rig, sandboxes: Sandboxes) -> None:
    """That the carrier knows no such label is no plain refusal then: it may have been voided before."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "absent", "absent")
        await rig.start(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING, doubted=True)
        record = await rig.settled(void.shop, void.operation)
        assert present(record.operation.attention).reason == "outcome_unknown"


async def test_a_worker_that_froze_before_it_sent(rig: Rig, sandboxes: Sandboxes, monkeypatch: Any) -> None:
    """A void that did not begin in time is not sent: its run may be over by then."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox)
        await rig.open_run(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING)
        monkeypatch.setattr("activities.void.MAX_SEND_DELAY_SECONDS", -1.0)
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(make_activities(rig).void_shipment, void.step)
        assert await sandbox.requests(TARGET) == []
