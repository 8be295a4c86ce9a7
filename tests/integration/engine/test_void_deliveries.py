"""A `void_shipment` whose run was terminated, or whose delivery came too late."""

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


async def test_a_terminated_void_is_reported_as_voided(rig: Rig, sandboxes: Sandboxes) -> None:
    """The rollback cannot compensate a void; it finds the outcome and reports it."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall")
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 60.0, "the void is sent")
        record = await terminate_run(void, run)
        assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.ROLLBACK]
        await void.check_voided(record, UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED)


async def test_a_terminated_void_with_an_unknown_outcome_asks_a_person(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall", "auth_failed", "auth_failed", "auth_failed")
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 60.0, "the void is sent")
        record = await terminate_run(void, run)
        await void.check_unknown(record)
        await void.check_voided(await void.resolve(record, happened=True), UndoOutcome.DONE_BY_HAND)


async def test_a_delivery_after_a_cancelled_run_voids_nothing(rig: Rig, sandboxes: Sandboxes) -> None:
    """The void was postponed, the run was cancelled, and then a frozen worker delivers the step."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "rate_limited:5")
        run = await rig.begin(void.shop, void.operation)
        await rig.effect(void.shop, void.operation, "void_shipment", "prepared")
        await rig.client.get_workflow_handle(run.workflow_id).cancel()
        await void.check_live(await rig.wait_closed(void.shop, void.operation), "cancelled_by_operator")
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(make_activities(rig).void_shipment, void.step)
        await void.check_live(await rig.record(void.shop, void.operation), "cancelled_by_operator")


async def test_a_postponed_delivery_does_not_hide_a_later_void(rig: Rig, sandboxes: Sandboxes) -> None:
    """The carrier postpones the first delivery while a second one voids the label."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox)
        run = await rig.open_run(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING)
        go_on: tuple[asyncio.Event, asyncio.Event] = (asyncio.Event(), asyncio.Event())

        async def put_off(*_: object) -> VoidResult:
            await go_on[0].wait()
            raise RateLimited("busy", after=1)

        async def voids(*_: object) -> VoidResult:
            await go_on[1].wait()
            return VoidResult(UndoOutcome.VOIDED)

        first = asyncio.ensure_future(ActivityEnvironment().run(make_activities(rig, put_off).void_shipment, void.step))
        await rig.effect(void.shop, void.operation, "void_shipment", "sent")
        second = asyncio.ensure_future(ActivityEnvironment().run(make_activities(rig, voids).void_shipment, void.step))

        async def overtaken() -> bool:
            return (await rig.record(void.shop, void.operation)).effects[-1].attempts == 2

        await eventually(overtaken, 60.0, "the second delivery begins")
        go_on[0].set()
        with pytest.raises(ApplicationError):
            await first
        go_on[1].set()
        assert (await second).result["outcome"] == "voided"
        assert (await rig.effect(void.shop, void.operation, "void_shipment", "done")).outcome == "voided"
        rig.dispatcher.offer([run])
        assert (await rig.wait_closed(void.shop, void.operation)).operation.status is OperationStatus.COMPLETED


async def test_retry_voids_again_after_a_terminated_rollback(rig: Rig, sandboxes: Sandboxes) -> None:
    """A void cannot be compensated: repeating it shows the outcome."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall", *["rate_limited:4"] * 3)
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 60.0, "the void is sent")
        await rig.client.get_workflow_handle(run.workflow_id).terminate()

        async def rolls_back() -> bool:
            await rig.reconciler.reconcile(age_seconds=0)
            return len(await sandbox.requests(TARGET)) > 1

        await eventually(rolls_back, 60.0, "the rollback voids again")
        record = await terminate_run(void, (await rig.record(void.shop, void.operation)).runs[-1])
        assert present(record.operation.attention).reason == "drift"
        await sandbox.behave()
        await void.check_voided(await void.resolve_by_api("retry"), UndoOutcome.ALREADY_VOIDED)


async def test_a_late_answer_overrides_a_persons_resolution(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        for outcome in ("happened", "did_not_happen"):
            void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
            await void.check_unknown(await void.execute())
            effect = (await rig.record(void.shop, void.operation)).effects[-1]
            shipment = await void.shipment()
            await rig.container.ledger.record_compensation(effect, UndoOutcome.VOIDED, "told late", shipment.id)
            await void.check_voided(await void.resolve_by_api(outcome), UndoOutcome.VOIDED)


async def test_an_unknown_label_after_a_restore_asks_a_person(rig: Rig, sandboxes: Sandboxes) -> None:
    """The label may have been voided in the time that the restore lost."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "absent", "absent")
        await rig.start(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING, doubted=True)
        record = await rig.wait_closed(void.shop, void.operation)
        assert present(record.operation.attention).reason == "outcome_unknown"


async def test_a_void_that_begins_too_late_is_not_sent(rig: Rig, sandboxes: Sandboxes, monkeypatch: Any) -> None:
    """Its run may already be over."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox)
        await rig.open_run(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING)
        monkeypatch.setattr("activities.void.MAX_SEND_DELAY_SECONDS", -1.0)
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(make_activities(rig).void_shipment, void.step)
        assert await sandbox.requests(TARGET) == []
