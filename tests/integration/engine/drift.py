"""Operations whose run an operator cancels, terminates or resets in Temporal."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowFailureError

from domain.operations import (
    Operation,
)
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.integration.engine.test_waiting import wait_until_pushed


async def begin_waiting(rig: Rig, shop: Shop, seconds: float = 600) -> Operation:
    """Begin an operation and wait until its push waits for the channel."""
    await shop.sandbox.answers_after(seconds)
    operation = await rig.new(shop, "fulfill_order")
    run = await rig.begin(shop, operation)
    await wait_until_pushed(rig, shop, operation)
    await wait_until_started(rig, shop, operation, run.run)
    return operation


async def begin_stalled(rig: Rig, shop: Shop, target: str = "labels.create") -> Operation:
    """Begin an operation whose call is accepted and never answered."""
    await shop.sandbox.script(target, "accept_then_stall")
    operation = await rig.new(shop, "create_shipment" if target.startswith("labels") else "push_fulfillment")
    await rig.begin(shop, operation)

    async def is_sent() -> bool:
        return bool(await shop.sandbox.requests(target))

    await eventually(is_sent)
    await wait_until_started(rig, shop, operation, 1)
    return operation


async def wait_until_started(rig: Rig, shop: Shop, operation: Operation, run: int) -> None:
    async def is_started() -> bool:
        return (await rig.record(shop, operation)).runs[run - 1].started_at is not None

    await eventually(is_started)


async def wait_until_found(rig: Rig, shop: Shop, operation: Operation) -> OperationRecord:
    """Reconcile until the operation's last run is closed."""

    async def is_settled() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        return (await rig.record(shop, operation)).runs[-1].closed_at is not None

    await eventually(is_settled, 60.0, "the reconciler found it")
    return await rig.record(shop, operation)


def list_ends(caplog: pytest.LogCaptureFixture, operation_id: UUID) -> list[tuple[int, str]]:
    """Return run and status of each logged end of an operation's runs."""
    lines = [line.__dict__ for line in caplog.records if line.name == "orderly.runs"]
    return [(line["run"], line["status"]) for line in lines if line["operation_id"] == str(operation_id)]


async def expect_nothing_live(shop: Shop, record: OperationRecord) -> None:
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == 0


async def terminate_run(rig: Rig, shop: Shop, operation: Operation, run: int = 1) -> OperationRecord:
    record = await rig.record(shop, operation)
    await rig.client.get_workflow_handle(record.runs[run - 1].workflow_id).terminate("an operator's reason")
    return await wait_until_found(rig, shop, operation)


async def reset_run(rig: Rig, workflow_id: str) -> Any:
    """Reset a run that ends to its first workflow task; return the handle of the new run."""
    await wait_for_end(rig.client.get_workflow_handle(workflow_id))
    request = ResetWorkflowExecutionRequest(
        namespace=rig.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=workflow_id),
        reason="an operator's reason",
        workflow_task_finish_event_id=4,
        request_id=uuid4().hex,
    )
    answer = await rig.client.workflow_service.reset_workflow_execution(request)
    return rig.client.get_workflow_handle(workflow_id, run_id=answer.run_id)


async def wait_for_end(handle: Any) -> None:
    try:
        await handle.result()
    except WorkflowFailureError:
        return
