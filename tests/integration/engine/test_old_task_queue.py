"""After the upgrade from 0.1.0: the worker finishes the runs on the task queue that all installations shared."""

import logging
from uuid import UUID, uuid4

import psycopg
import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from adapters.temporal.client import OLD_TASK_QUEUE, ORGANIZATION
from bootstrap.runtime import old_queue
from bootstrap.settings import Settings
from domain.ids import workflow_id
from domain.operations import NO_OPTIONS, Operation, OperationStatus
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop, list_references
from tests.fixtures.temporal import TemporalServer
from tests.integration.engine.drift import begin_waiting

ANSWERS_AFTER = 5.0


async def _begin_on_old_queue(settings: Settings, namespace: str, sandbox: Sandbox) -> tuple[Shop, Operation]:
    """Start a run as 0.1.0 did: on the shared task queue, which the table of runs does not record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bootstrap.container.task_queue_of", lambda _: OLD_TASK_QUEUE)
        async with running_engine(settings, namespace) as rig:
            shop = await rig.shop(sandbox)
            operation = await begin_waiting(rig, shop, ANSWERS_AFTER)
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("update runs set task_queue = null")
    return shop, operation


async def test_the_worker_drains_the_old_task_queue(
    database_url: str,
    temporal_server: TemporalServer,
    sandboxes: Sandboxes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Then it stops polling that queue; new runs are on the installation's own queue."""
    monkeypatch.setattr(old_queue, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(old_queue, "LAST_TASK_SECONDS", 1.0)
    await temporal_server.ready()
    namespace = temporal_server.new_namespace()
    settings = settings_for(database_url, temporal_server.address)
    async with sandboxes.one() as sandbox:
        shop, operation = await _begin_on_old_queue(settings, namespace, sandbox)
        with caplog.at_level(logging.INFO):
            async with running_engine(settings, namespace) as rig:
                fresh = await rig.complete(await rig.another_order(shop), "create_shipment")
                record = await rig.wait_closed(shop, operation)

                async def is_drained() -> bool:
                    return f"no run is open on task queue {OLD_TASK_QUEUE}" in caplog.text

                await eventually(is_drained, 60.0, "the old task queue is drained")
                assert record.operation.status is OperationStatus.COMPLETED
                assert [run.options for run in record.runs] == [NO_OPTIONS]
                assert count_live(await sandbox.labels(*list_references(record))) == 1
                for run, task_queue in (
                    (record.runs[0], OLD_TASK_QUEUE),
                    (fresh.runs[0], rig.workflows.task_queue),
                ):
                    found = await rig.workflows.describe(run.workflow_id)
                    assert found is not None
                    assert (found.task_queue, found.status) == (task_queue, WorkflowExecutionStatus.COMPLETED)
    assert not [message for message in caplog.messages if "drift" in message or "ended without" in message]


@pytest.fixture
async def organization_id(rig: Rig) -> UUID:
    return await rig.container.database.create_organization("Acme")


async def _start_on_old_queue(rig: Rig, organization_id: UUID) -> str:
    ident = workflow_id(uuid4(), 1)
    await rig.client.start_workflow(
        "create_shipment",
        id=ident,
        task_queue=OLD_TASK_QUEUE,
        search_attributes=TypedSearchAttributes([SearchAttributePair(ORGANIZATION, str(organization_id))]),
    )

    async def is_listed() -> bool:
        return ident in [execution.id async for execution in rig.workflows.list(100)]

    await eventually(is_listed, 60.0, "Temporal lists the run")
    return ident


async def test_only_own_runs_on_the_old_task_queue_can_be_lost(rig: Rig, organization_id: UUID) -> None:
    """Another installation of 0.1.0 uses the same task queue."""
    await _start_on_old_queue(rig, uuid4())
    lost = await _start_on_old_queue(rig, organization_id)
    search = rig.container.lost_runs_search(rig.workflows)
    assert await search.compare() == 1
    assert set(search.orphans) == {lost}
