"""Deploys of changed workflow code while runs are open: see docs/howto/deploy.md."""

import contextlib
import dataclasses
from collections.abc import AsyncIterator

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus

from bootstrap.settings import Settings
from domain.operations import Operation, OperationStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop, list_references
from tests.fixtures.temporal import TemporalServer
from tests.replay.changed import Guarded, Unguarded
from workflows.operations.fulfill_order import FULFILL_ORDER
from workflows.operations.fulfill_order.workflow import FulfillOrder
from workflows.registry import BUILT_IN, OperationTypes

OLD_WAY = ["buy_label", "push_fulfillment", "set_order_status"]
NEW_WAY = ["buy_label", "set_order_status", "push_fulfillment"]
ANSWERS_AFTER = 6.0


@contextlib.asynccontextmanager
async def deployed(settings: Settings, namespace: str, workflow: type) -> AsyncIterator[Rig]:
    """Run an engine with this workflow as its `fulfill_order`."""
    changed = dataclasses.replace(FULFILL_ORDER, workflow=workflow)
    types = OperationTypes(
        [changed if operation_type is FULFILL_ORDER else operation_type for operation_type in BUILT_IN]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bootstrap.container.load_types", lambda: types)
        async with running_engine(settings, namespace) as rig:
            yield rig


@dataclasses.dataclass(frozen=True)
class Deploy:
    """A database and a namespace that survive each deploy."""

    settings: Settings
    namespace: str
    sandbox: Sandbox

    def of(self, workflow: type) -> contextlib.AbstractAsyncContextManager[Rig]:
        return deployed(self.settings, self.namespace, workflow)


@pytest.fixture
async def deploy(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> AsyncIterator[Deploy]:
    await temporal_server.ready()
    url = postgres_server.create()
    async with sandboxes.one() as sandbox:
        yield Deploy(settings_for(url, temporal_server.address), temporal_server.new_namespace(), sandbox)
    postgres_server.drop(url)


async def _waiting(rig: Rig, shop: Shop) -> Operation:
    """Begin a fulfill_order and wait until its push waits for the channel."""
    await shop.sandbox.answers_after(ANSWERS_AFTER)
    operation = await rig.new(shop, "fulfill_order")
    await rig.begin(shop, operation)

    async def waits() -> bool:
        record = await rig.record(shop, operation)
        return any(effect.step == "push_fulfillment" and effect.result is not None for effect in record.effects)

    await eventually(waits, 60.0, "the channel took the push")
    return operation


def _way(record: OperationRecord) -> list[str]:
    return [effect.step for effect in sorted(record.effects, key=lambda effect: effect.position)]


async def _bought_once(sandbox: Sandbox, record: OperationRecord) -> None:
    assert record.operation.status is OperationStatus.COMPLETED
    assert count_live(await sandbox.labels(*list_references(record))) == 1
    assert count_live(await sandbox.fulfillments(*list_references(record))) == 1
    assert len(await sandbox.requests("labels.create", *list_references(record))) == 1
    assert len(await sandbox.requests("fulfillments.create", *list_references(record))) == 1


async def _stuck(rig: Rig, record: OperationRecord) -> None:
    """Wait until the changed code fails the run's workflow task, and check that the run stays open."""
    handle = rig.client.get_workflow_handle(record.runs[0].workflow_id)

    async def failed() -> bool:
        events = (await handle.fetch_history()).events
        kind = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        causes = [event.workflow_task_failed_event_attributes.cause for event in events if event.event_type == kind]
        return WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR in causes

    await eventually(failed, 60.0, "the task failed")
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def _give_up(rig: Rig, deploy: Deploy, record: OperationRecord) -> None:
    """Delete a run in Temporal as an operator does, and wait for the reconciler's new run."""
    lost = WorkflowExecution(workflow_id=record.runs[0].workflow_id)
    request = DeleteWorkflowExecutionRequest(namespace=deploy.namespace, workflow_execution=lost)
    await rig.client.workflow_service.delete_workflow_execution(request)

    async def begun_anew() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        async with rig.container.database.organization(record.operation.organization_id) as data:
            found = await data.operations.record(record.operation.id)
        return found is not None and len(found.runs) == 2

    await eventually(begun_anew, 60.0, "a new run")


async def test_a_deploy_changes_open_runs_only_with_a_patch(deploy: Deploy) -> None:
    """Open runs stop and lose nothing without a patch; with one they end the old way, and new runs the new way.

    An operator deletes one of the stopped runs: its new run continues from the ledger and buys nothing again.
    """
    async with deploy.of(FulfillOrder) as old:
        shop = await old.shop(deploy.sandbox)
        other, later = await old.another_order(shop), await old.another_order(shop)
        stuck, given_up = await _waiting(old, shop), await _waiting(old, other)
    async with deploy.of(Unguarded) as wrong:
        await _stuck(wrong, await wrong.record(shop, stuck))
        lost = await wrong.record(other, given_up)
        await _stuck(wrong, lost)
        assert lost.operation.status is OperationStatus.EXECUTING
        await _give_up(wrong, deploy, lost)
        await _bought_once(deploy.sandbox, await wrong.wait_closed(other, given_up))
        assert (await wrong.record(shop, stuck)).operation.status is OperationStatus.EXECUTING
    async with deploy.of(Guarded) as mended:
        record = await mended.wait_closed(shop, stuck)
        await deploy.sandbox.answers_after(0)
        newest = await mended.execute(later, await mended.new(later, "fulfill_order"))
    assert _way(record) == OLD_WAY
    assert _way(newest) == NEW_WAY
    await _bought_once(deploy.sandbox, record)
    await _bought_once(deploy.sandbox, newest)


async def test_runs_end_while_two_versions_share_the_work(deploy: Deploy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run ends and buys once, although each task may go to either version.

    Without a workflow cache, runs move between the two workers.
    """
    monkeypatch.setattr("adapters.temporal.worker.CACHED", 0)
    async with deploy.of(FulfillOrder) as old, deploy.of(Guarded) as new:
        shop = await old.shop(deploy.sandbox)
        operations = []
        for number in range(2):
            rig, shop = (old, new)[number % 2], await old.another_order(shop)
            operation = await rig.new(shop, "fulfill_order")
            await rig.begin(shop, operation)
            operations.append((shop, operation))
        records = [await new.wait_closed(*operation) for operation in operations]
    for record in records:
        await _bought_once(deploy.sandbox, record)
