"""A run that an operator resets in Temporal repeats nothing."""

from temporalio.client import WorkflowExecutionStatus

from domain.operations import (
    OperationStatus,
)
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.integration.engine.drift import (
    expect_nothing_live,
    reset_run,
    terminate_run,
    wait_for_end,
    wait_until_started,
)


async def test_reset_of_a_completed_run_repeats_nothing(rig: Rig, shop: Shop) -> None:
    done = await rig.complete(shop, "fulfill_order")
    handle = await reset_run(rig, done.runs[0].workflow_id)
    assert (await handle.result())["tracking_number"] == (done.operation.output or {})["tracking_number"]
    record = await rig.record(shop, done.operation)
    assert record.operation == done.operation
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert len(await shop.sandbox.requests("fulfillments.create")) == 1
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1


async def test_reset_of_an_undone_run_buys_nothing(rig: Rig, shop: Shop) -> None:
    done = await rig.complete(shop, "fulfill_order")
    undone = await rig.undo(shop, done.operation)
    handle = await reset_run(rig, done.runs[0].workflow_id)
    await wait_for_end(handle)
    record = await rig.record(shop, done.operation)
    assert record.operation == undone.operation
    assert len(await shop.sandbox.requests("labels.create")) == 1
    await expect_nothing_live(shop, record)


async def test_reset_and_cancel_keep_a_completed_operation(rig: Rig, shop: Shop) -> None:
    """Temporal shows the run as completed."""
    done = await rig.complete(shop, "create_shipment")
    handle = await reset_run(rig, done.runs[0].workflow_id)
    await handle.cancel()
    await wait_for_end(handle)
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    record = await rig.record(shop, done.operation)
    assert record.operation == done.operation
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
    assert await shop.sandbox.requests("labels.void") == []


async def test_reset_of_a_rolled_back_run_buys_nothing(rig: Rig, shop: Shop) -> None:
    """The run was terminated while its purchase was queued."""
    await shop.sandbox.script("labels.create", "rate_limited:2")
    operation = await rig.new(shop, "create_shipment")
    await rig.begin(shop, operation)
    await rig.effect(shop, operation, "buy_label", "prepared")
    await wait_until_started(rig, shop, operation, 1)
    failed = await terminate_run(rig, shop, operation)
    assert failed.operation.status is OperationStatus.FAILED
    handle = await reset_run(rig, failed.runs[0].workflow_id)
    await wait_for_end(handle)
    record = await rig.record(shop, operation)
    assert record.operation == failed.operation
    assert await shop.sandbox.labels(*list_references(record)) == []
    assert len(await shop.sandbox.requests("labels.create")) == 1
