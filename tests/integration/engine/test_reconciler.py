"""The reconciler finds terminated, timed-out, stuck and lost runs, and continues their operations."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.payloads import RunInput
from adapters.temporal.client import OLD_TASK_QUEUE
from domain.operations import (
    NO_OPTIONS,
    AttentionReason,
    OperationStatus,
    RunKind,
    RunOptions,
    RunResult,
    UndoStatus,
)
from domain.ports.ledger import RunOutcome
from domain.ports.runs import StartedRun
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.fixtures.temporal import TemporalServer
from tests.integration.engine.drift import (
    begin_stalled,
    begin_waiting,
    expect_nothing_live,
    list_ends,
    terminate_run,
    wait_until_found,
    wait_until_started,
)


async def test_terminate_while_a_push_waits_rolls_back(rig: Rig, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """The end of the terminated run is logged, although its workflow can't do so."""
    caplog.set_level(logging.INFO, "orderly.runs")
    record = await terminate_run(rig, shop, await begin_waiting(rig, shop))
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "terminated_by_operator"
    assert present(record.operation.error).rolled_back is True
    assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.ROLLBACK]
    assert "operation.drift" in [log.event for log in record.logs]
    assert [end for end in list_ends(caplog, record.operation.id) if end[0] == 1] == [(1, "drift")]
    await expect_nothing_live(shop, record)
    assert await rig.order_status(shop) == "processing"


async def test_terminate_finds_and_voids_a_purchase_in_flight(rig: Rig, shop: Shop) -> None:
    record = await terminate_run(rig, shop, await begin_stalled(rig, shop))
    assert record.operation.status is OperationStatus.FAILED
    assert record.operation.attention is None
    assert [label["status"] for label in await shop.sandbox.labels(*list_references(record))] == ["voided"]


async def test_terminate_does_not_send_a_keyed_purchase_again(rig: Rig, sandboxes: Sandboxes) -> None:
    """Sending it again would show the outcome, but a rollback must not buy."""
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox, account={"carrier": "usps"})
        record = await terminate_run(rig, shop, await begin_stalled(rig, shop))
        assert record.operation.status is OperationStatus.FAILED
        assert [label["status"] for label in await sandbox.labels(*list_references(record))] == ["voided"]
        assert len(await sandbox.requests("labels.create")) == 1


async def test_terminate_asks_a_person_if_no_lookup_is_possible(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox)
        await sandbox.script("labels.find", "no_lookup")
        record = await terminate_run(rig, shop, await begin_stalled(rig, shop))
        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).rolled_back is False
        assert present(record.operation.attention).reason == "compensation_failed"
        assert [effect.state for effect in record.effects] == ["unknown"]


async def test_terminated_undo_reports_drift_and_can_continue(
    rig: Rig, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "orderly.runs")
    done = await rig.complete(shop, "create_shipment")
    await shop.sandbox.script("labels.void", "slow:1", "rate_limited:30")
    await rig.start(shop, done.operation, RunKind.UNDO, OperationStatus.COMPLETED)
    await wait_until_started(rig, shop, done.operation, 2)
    stopped = await terminate_run(rig, shop, done.operation, run=2)
    assert stopped.operation.status is OperationStatus.COMPLETED
    assert stopped.operation.undo_status is UndoStatus.FAILED
    assert present(stopped.operation.attention).reason == "drift"
    assert [end for end in list_ends(caplog, done.operation.id) if end[0] == 2] == [(2, "undo_failed")]
    await shop.sandbox.behave()

    undone = await rig.undo(shop, done.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.attention is None
    await expect_nothing_live(shop, undone)


async def test_a_timed_out_run_is_rolled_back(rig: Rig, shop: Shop) -> None:
    operation = await rig.new(shop, "fulfill_order")
    run = await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
    message = RunInput(
        organization_id=shop.organization_id,
        operation_id=operation.id,
        operation_type=operation.type,
        order_id=operation.order_id,
        run=run.run,
        kind=run.kind,
        plan=run.plan,
    )
    await rig.client.start_workflow(
        "fulfill_order",
        message,
        id=run.workflow_id,
        task_queue=OLD_TASK_QUEUE,  # no worker polls it, because no run is recorded there
        execution_timeout=timedelta(seconds=1),
    )
    await rig.container.runs.mark_started([StartedRun(run, rig.workflows.task_queue)])
    record = await wait_until_found(rig, shop, operation)
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "timed_out_by_operator"
    await expect_nothing_live(shop, record)


async def test_a_stuck_workflow_is_replaced_by_a_new_run(rig: Rig, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its workflow task fails repeatedly; the new run continues from the ledger."""
    monkeypatch.setattr("engine.reconciler.STUCK_ATTEMPTS", 2)
    operation = await rig.new(shop, "create_shipment")
    run = await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
    task_queue = rig.workflows.task_queue
    await rig.client.start_workflow(
        "create_shipment", {"no": "input of ours"}, id=run.workflow_id, task_queue=task_queue
    )
    await rig.container.runs.mark_started([StartedRun(run, task_queue)])
    record = await wait_until_found(rig, shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    assert [run.options for run in record.runs] == [NO_OPTIONS, RunOptions(stuck=True)]
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
    stopped = await rig.client.get_workflow_handle(record.runs[0].workflow_id).describe()
    assert stopped.status is WorkflowExecutionStatus.TERMINATED


async def test_a_superseded_run_cannot_change_the_operation(rig: Rig, shop: Shop) -> None:
    done = await rig.complete(shop, "create_shipment")
    undone = await rig.undo(shop, done.operation)
    results: list[tuple[int, RunResult]] = [(1, "failed"), (1, "completed"), (2, "undo_failed"), (2, "attention")]
    for run, result in results:
        outcome = RunOutcome(
            organization_id=shop.organization_id,
            operation_id=done.operation.id,
            run=run,
            result=result,
            attention=AttentionReason.OUTCOME_UNKNOWN,
        )
        assert await rig.container.outcomes.record(outcome) == ("completed" if run == 1 else "undone")
    assert _without_ages(await rig.record(shop, done.operation)) == _without_ages(undone)


def _without_ages(record: OperationRecord) -> OperationRecord:
    """Return the record without the age of its effects, which differs between reads."""
    return replace(record, effects=[replace(effect, sent_ago=None) for effect in record.effects])


async def test_a_run_that_temporal_lost_continues_from_the_ledger(
    tmp_path: Any, postgres_server: PostgresServer, sandboxes: Sandboxes
) -> None:
    """Nothing is bought or pushed twice."""
    temporal = TemporalServer(tmp_path)
    temporal.start()
    await temporal.ready()
    url = postgres_server.create()
    try:
        settings = settings_for(url, temporal.address)
        async with sandboxes.one() as sandbox, running_engine(settings, temporal.new_namespace()) as rig:
            shop = await rig.shop(sandbox)
            operation = await begin_waiting(rig, shop, 4)
            done = await rig.complete(await rig.another_order(shop), "create_shipment")
            temporal.kill()
            temporal.start()
            await temporal.ready()

            record = await wait_until_found(rig, shop, operation)

            assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.EXECUTE]
            assert record.operation.status is OperationStatus.COMPLETED
            assert len(await sandbox.requests("fulfillments.create", *list_references(record))) == 1
            assert count_live(await sandbox.labels(*list_references(record))) == 1
            assert (await rig.record(shop, done.operation)).operation == done.operation
    finally:
        temporal.kill()
        postgres_server.drop(url)
