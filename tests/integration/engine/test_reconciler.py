"""What an operator does in Temporal is found and settled, and a run that is over changes nothing any more."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from activities.payloads import RunInput
from domain.operations import (
    NO_OPTIONS,
    AttentionReason,
    Operation,
    OperationStatus,
    RunKind,
    RunOptions,
    RunResult,
    UndoStatus,
)
from domain.ports.ledger import RunOutcome
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig, Sandboxes, Shop, references, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.present import present
from tests.fixtures.sandboxes import live
from tests.fixtures.temporal import TemporalServer
from tests.integration.engine.test_waiting import waits


async def _waiting(rig: Rig, shop: Shop, seconds: float = 600) -> Operation:
    """Begin an operation whose push waits for the channel."""
    await shop.sandbox.answers_after(seconds)
    operation = await rig.new(shop, "fulfill_order")
    run = await rig.begin(shop, operation)
    await waits(rig, shop, operation)
    await _known_as_started(rig, shop, operation, run.run)
    return operation


async def _stalling(rig: Rig, shop: Shop, target: str = "labels.create") -> Operation:
    """Begin an operation whose purchase is done, and never answered."""
    await shop.sandbox.script(target, "accept_then_stall")
    operation = await rig.new(shop, "create_shipment" if target.startswith("labels") else "push_fulfillment")
    await rig.begin(shop, operation)

    async def is_sent() -> bool:
        return bool(await shop.sandbox.requests(target))

    await eventually(is_sent)
    await _known_as_started(rig, shop, operation, 1)
    return operation


async def _known_as_started(rig: Rig, shop: Shop, operation: Operation, run: int) -> None:
    async def is_started() -> bool:
        return (await rig.record(shop, operation)).runs[run - 1].started_at is not None

    await eventually(is_started)


async def _wait_until_found(rig: Rig, shop: Shop, operation: Operation) -> OperationRecord:
    """Let the reconciler look, and wait for what it opened to end."""

    async def is_settled() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        return (await rig.record(shop, operation)).runs[-1].closed_at is not None

    await eventually(is_settled, 60.0, "the reconciler found it")
    return await rig.record(shop, operation)


async def _nothing_is_live(shop: Shop, record: OperationRecord) -> None:
    assert live(await shop.sandbox.labels(*references(record))) == 0
    assert live(await shop.sandbox.fulfillments(*references(record))) == 0


async def _cancelled_in_temporal(rig: Rig, shop: Shop, operation: Operation) -> OperationRecord:
    await rig.client.get_workflow_handle(f"operation-{operation.id}").cancel()
    record = await rig.settled(shop, operation)
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "cancelled_by_operator"
    assert record.operation.attention is None
    await _nothing_is_live(shop, record)
    return record


async def test_cancelled_while_a_push_waits(rig: Rig, shop: Shop) -> None:
    """Cancelling in Temporal takes back what was done."""
    record = await _cancelled_in_temporal(rig, shop, await _waiting(rig, shop))
    assert len(record.runs) == 1


async def test_cancelled_while_the_channel_is_asked(rig: Rig, shop: Shop) -> None:
    """A look that ends after the cancellation is not taken for the reason of the failure."""
    await shop.sandbox.script("fulfillments.status", "slow:0.8")
    operation = await _waiting(rig, shop)

    async def is_asked() -> bool:
        return bool(await shop.sandbox.requests("fulfillments.status"))

    await eventually(is_asked)
    await _cancelled_in_temporal(rig, shop, operation)


async def test_cancelled_while_a_purchase_is_in_flight(rig: Rig, shop: Shop) -> None:
    """The purchase is found, and then voided."""
    operation = await _stalling(rig, shop)
    await _cancelled_in_temporal(rig, shop, operation)
    assert [label["status"] for label in await shop.sandbox.labels(*await _references(rig, shop, operation))] == [
        "voided"
    ]


async def test_cancelled_with_a_key_in_doubt(rig: Rig, sandboxes: Sandboxes) -> None:
    """A keyed purchase in flight is looked for and voided, not taken for absent."""
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox, account={"carrier": "usps"})
        operation = await _stalling(rig, shop)
        await _cancelled_in_temporal(rig, shop, operation)
        assert len(await sandbox.labels(*await _references(rig, shop, operation))) == 1


async def _references(rig: Rig, shop: Shop, operation: Operation) -> list[str]:
    return references(await rig.record(shop, operation))


async def _terminated(rig: Rig, shop: Shop, operation: Operation, run: int = 1) -> OperationRecord:
    record = await rig.record(shop, operation)
    await rig.client.get_workflow_handle(record.runs[run - 1].workflow_id).terminate("an operator's reason")
    return await _wait_until_found(rig, shop, operation)


async def test_terminated_while_a_push_waits(rig: Rig, shop: Shop) -> None:
    """A terminated run is found, and a rollback takes back what it did."""
    record = await _terminated(rig, shop, await _waiting(rig, shop))
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "terminated_by_operator"
    assert present(record.operation.error).rolled_back is True
    assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.ROLLBACK]
    assert "operation.drift" in [log.event for log in record.logs]
    await _nothing_is_live(shop, record)
    assert await rig.order_status(shop) == "processing"


async def test_terminated_while_a_purchase_is_in_flight(rig: Rig, shop: Shop) -> None:
    """The purchase that nobody waits for any more is found and voided."""
    record = await _terminated(rig, shop, await _stalling(rig, shop))
    assert record.operation.status is OperationStatus.FAILED
    assert record.operation.attention is None
    assert [label["status"] for label in await shop.sandbox.labels(*references(record))] == ["voided"]


async def test_terminated_while_a_keyed_purchase_is_in_flight(rig: Rig, sandboxes: Sandboxes) -> None:
    """The same for a carrier with true keys, where sending again would find out, but must not be done."""
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox, account={"carrier": "usps"})
        record = await _terminated(rig, shop, await _stalling(rig, shop))
        assert record.operation.status is OperationStatus.FAILED
        assert [label["status"] for label in await sandbox.labels(*references(record))] == ["voided"]
        assert len(await sandbox.requests("labels.create")) == 1


async def test_a_terminated_purchase_of_unknown_outcome(rig: Rig, sandboxes: Sandboxes) -> None:
    """Where nothing can be looked up, the failed operation says that a person must find out."""
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox)
        await sandbox.script("labels.find", "no_lookup")
        record = await _terminated(rig, shop, await _stalling(rig, shop))
        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).rolled_back is False
        assert present(record.operation.attention).reason == "compensation_failed"
        assert [effect.state for effect in record.effects] == ["unknown"]


async def test_terminated_undo(rig: Rig, shop: Shop) -> None:
    """An undo that an operator stopped is told as drift, and goes on when it is asked for again."""
    done = await rig.done(shop, "create_shipment")
    await shop.sandbox.script("labels.void", "slow:1", "rate_limited:30")
    await rig.start(shop, done.operation, RunKind.UNDO, OperationStatus.COMPLETED)
    await _known_as_started(rig, shop, done.operation, 2)
    stopped = await _terminated(rig, shop, done.operation, run=2)
    assert stopped.operation.status is OperationStatus.COMPLETED
    assert stopped.operation.undo_status is UndoStatus.FAILED
    assert present(stopped.operation.attention).reason == "drift"
    await shop.sandbox.behave()

    undone = await rig.undo(shop, done.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.attention is None
    await _nothing_is_live(shop, undone)


async def test_timed_out_run(rig: Rig, shop: Shop) -> None:
    """A run that Temporal let time out is found and settled like a terminated one."""
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
        task_queue="nobody-works-here",
        execution_timeout=timedelta(seconds=1),
    )
    await rig.container.runs.mark_started([run])
    record = await _wait_until_found(rig, shop, operation)
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "timed_out_by_operator"
    await _nothing_is_live(shop, record)


async def test_a_workflow_that_cannot_go_on(rig: Rig, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose task fails again and again is followed by a run that goes on from the ledger."""
    monkeypatch.setattr("engine.reconciler.STUCK_ATTEMPTS", 2)
    operation = await rig.new(shop, "create_shipment")
    run = await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
    await rig.client.start_workflow(
        "create_shipment", {"no": "input of ours"}, id=run.workflow_id, task_queue="orderly"
    )
    await rig.container.runs.mark_started([run])
    record = await _wait_until_found(rig, shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    assert [run.options for run in record.runs] == [NO_OPTIONS, RunOptions(stuck=True)]
    assert live(await shop.sandbox.labels(*references(record))) == 1
    stopped = await rig.client.get_workflow_handle(record.runs[0].workflow_id).describe()
    assert stopped.status is WorkflowExecutionStatus.TERMINATED


async def _reset(rig: Rig, workflow_id: str) -> Any:
    """Reset a run to its first workflow task; return the handle of the run that follows."""
    request = ResetWorkflowExecutionRequest(
        namespace=rig.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=workflow_id),
        reason="an operator's reason",
        workflow_task_finish_event_id=4,
        request_id=uuid4().hex,
    )
    answer = await rig.client.workflow_service.reset_workflow_execution(request)
    return rig.client.get_workflow_handle(workflow_id, run_id=answer.run_id)


async def test_reset_of_a_completed_run(rig: Rig, shop: Shop) -> None:
    """Nothing is bought or pushed again: the run finds all of it in the ledger."""
    done = await rig.done(shop, "fulfill_order")
    handle = await _reset(rig, done.runs[0].workflow_id)
    assert (await handle.result())["tracking_number"] == (done.operation.output or {})["tracking_number"]
    record = await rig.record(shop, done.operation)
    assert record.operation == done.operation
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert len(await shop.sandbox.requests("fulfillments.create")) == 1
    assert live(await shop.sandbox.labels(*references(record))) == 1


async def test_reset_of_an_undone_run(rig: Rig, shop: Shop) -> None:
    """What was undone stays undone, and nothing is bought again."""
    done = await rig.done(shop, "fulfill_order")
    undone = await rig.undo(shop, done.operation)
    handle = await _reset(rig, done.runs[0].workflow_id)
    await _wait_for_end(handle)
    record = await rig.record(shop, done.operation)
    assert record.operation == undone.operation
    assert len(await shop.sandbox.requests("labels.create")) == 1
    await _nothing_is_live(shop, record)


async def _wait_for_end(handle: Any) -> None:
    try:
        await handle.result()
    except WorkflowFailureError:
        return


async def test_reset_and_cancelled(rig: Rig, shop: Shop) -> None:
    """It takes nothing back of an operation that is completed, and an operator sees it as completed."""
    done = await rig.done(shop, "create_shipment")
    handle = await _reset(rig, done.runs[0].workflow_id)
    await handle.cancel()
    await _wait_for_end(handle)
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    record = await rig.record(shop, done.operation)
    assert record.operation == done.operation
    assert live(await shop.sandbox.labels(*references(record))) == 1
    assert await shop.sandbox.requests("labels.void") == []


async def test_reset_of_a_rolled_back_run(rig: Rig, shop: Shop) -> None:
    """A purchase that was waiting for its turn when the run was terminated is not made by the reset run."""
    await shop.sandbox.script("labels.create", "rate_limited:2")
    operation = await rig.new(shop, "create_shipment")
    await rig.begin(shop, operation)
    await rig.effect(shop, operation, "buy_label", "prepared")
    await _known_as_started(rig, shop, operation, 1)
    failed = await _terminated(rig, shop, operation)
    assert failed.operation.status is OperationStatus.FAILED
    handle = await _reset(rig, failed.runs[0].workflow_id)
    await _wait_for_end(handle)
    record = await rig.record(shop, operation)
    assert record.operation == failed.operation
    assert await shop.sandbox.labels(*references(record)) == []
    assert len(await shop.sandbox.requests("labels.create")) == 1


async def test_a_superseded_run_cannot_tell(rig: Rig, shop: Shop) -> None:
    """A run that is over, or was followed by another, does not overwrite what is known since."""
    done = await rig.done(shop, "create_shipment")
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
    """Return the record without how long ago its effects were sent, which differs from read to read."""
    return replace(record, effects=[replace(effect, sent_ago=None) for effect in record.effects])


async def test_the_store_of_temporal_is_lost(
    tmp_path: Any, postgres_server: PostgresServer, sandboxes: Sandboxes
) -> None:
    """A run that Temporal has forgotten goes on from the ledger: nothing is bought or pushed twice."""
    temporal = TemporalServer(tmp_path)
    temporal.start()
    await temporal.ready()
    url = postgres_server.create()
    try:
        settings = settings_for(url, temporal.address)
        async with sandboxes.one() as sandbox, running_engine(settings, temporal.new_namespace()) as rig:
            shop = await rig.shop(sandbox)
            operation = await _waiting(rig, shop, 4)
            done = await rig.done(await rig.another_order(shop), "create_shipment")
            temporal.kill()
            temporal.start()
            await temporal.ready()

            record = await _wait_until_found(rig, shop, operation)

            assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.EXECUTE]
            assert record.operation.status is OperationStatus.COMPLETED
            assert len(await sandbox.requests("fulfillments.create", *references(record))) == 1
            assert live(await sandbox.labels(*references(record))) == 1
            assert (await rig.record(shop, done.operation)).operation == done.operation
    finally:
        temporal.kill()
        postgres_server.drop(url)
