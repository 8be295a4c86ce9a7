"""Two installations share one Temporal namespace: two databases, two workers, one server."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict
from temporalio.client import WorkflowExecutionStatus

from bootstrap.cli.health import is_worker_polling
from bootstrap.container import open_container
from bootstrap.settings import Settings
from domain.operations import NO_OPTIONS, OperationStatus, RunKind, RunOptions
from domain.ports.stores import OperationRecord
from tests.crash.process import ServiceProcess
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.fixtures.temporal import TemporalServer
from tests.integration.engine.drift import begin_waiting, expect_nothing_live, wait_until_started

KEY = Fernet.generate_key().decode()


@dataclass
class Namespace:
    """A namespace, and the databases of its installations."""

    name: str
    temporal: TemporalServer
    postgres: PostgresServer

    async def new_settings(self, template: str | None = None) -> Settings:
        """Create a database with an id of its own; return its settings.

        `template` is the database to copy. The test server's template database already has an id.
        """
        url = self.postgres.create(template) if template else self.postgres.create()
        settings = settings_for(url, self.temporal.address, encryption_keys=[KEY])
        async with open_container(settings) as container:
            await container.installation.renew()
        return settings


@pytest.fixture(scope="module")
async def namespace(postgres_server: PostgresServer, temporal_server: TemporalServer) -> Namespace:
    await temporal_server.ready()
    return Namespace(temporal_server.new_namespace(), temporal_server, postgres_server)


class Installation:
    """The dispatcher and the loops of an installation in this process, and its worker in another."""

    def __init__(self, rig: Rig, settings: Settings, namespace: str, log: Path) -> None:
        self.rig = rig
        self._settings = settings
        self._env = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": settings.database_url,
            "TEMPORAL_ADDRESS": str(settings.temporal_address),
            "TEMPORAL_NAMESPACE": namespace,
            "ORDERLY_ENCRYPTION_KEYS": KEY,
            "ORDERLY_ALLOW_LOOPBACK": "1",
        }
        self._log = log

    async def start_worker(self) -> ServiceProcess:
        worker = ServiceProcess("worker", self._env, self._log)

        async def is_ready() -> bool:
            assert worker.exit_code is None, worker.read_output()
            return "the worker is ready" in worker.read_output()

        await eventually(is_ready, 60.0, "the worker is ready")
        return worker

    async def is_worker_polling(self) -> bool:
        """Return the answer of `orderly worker --check`."""
        address, database_url = self._settings.temporal_address, self._settings.database_url
        return await asyncio.to_thread(is_worker_polling, address, database_url)

    async def compare(self) -> tuple[int, int]:
        """Reconcile every open run and search for lost runs; return the number of settled and of lost runs."""
        settled = await self.rig.reconciler.reconcile(age_seconds=0)
        return settled, await self.rig.container.lost_runs_search(self.rig.workflows).compare()


@contextlib.asynccontextmanager
async def running_installation(namespace: Namespace, log: Path) -> AsyncIterator[Installation]:
    settings = await namespace.new_settings()
    async with running_engine(settings, namespace.name, with_worker=False) as rig:
        yield Installation(rig, settings, namespace.name, log)


async def test_neither_installation_touches_the_others_runs(
    namespace: Namespace, sandboxes: Sandboxes, tmp_path: Path
) -> None:
    """One worker is killed and the runs of its installation wait; both compare their database with Temporal."""
    async with contextlib.AsyncExitStack() as opened:
        one = await opened.enter_async_context(running_installation(namespace, tmp_path / "one.log"))
        two = await opened.enter_async_context(running_installation(namespace, tmp_path / "two.log"))
        both = [
            (installation, await installation.rig.shop(await opened.enter_async_context(sandboxes.one())))
            for installation in (one, two)
        ]
        opened.callback((await one.start_worker()).kill)
        assert [await installation.is_worker_polling() for installation, _ in both] == [True, False]
        worker_of_two = await two.start_worker()
        opened.callback(worker_of_two.kill)
        records = await asyncio.gather(
            *(_execute_and_undo(installation.rig, shop) for _ in range(3) for installation, shop in both)
        )
        waiting = [await begin_waiting(installation.rig, shop) for installation, shop in both]
        await _wait_until_listed(one.rig, len(records) * 2 + len(waiting))
        assert [await installation.compare() for installation, _ in both] == [(0, 0), (0, 0)]

        worker_of_two.kill()
        shop = await two.rig.another_order(both[1][1])
        left = await two.rig.new(shop, "create_shipment")
        await two.rig.begin(shop, left)
        await wait_until_started(two.rig, shop, left, 1)
        shop_of_one = await one.rig.another_order(both[0][1])
        await _execute_and_undo(one.rig, shop_of_one)
        await _wait_until_listed(one.rig, len(records) * 2 + len(waiting) + 3)
        assert [await installation.compare() for installation, _ in both] == [(0, 0), (0, 0)]
        # This replaces all open runs of the first installation, and none of the second.
        assert await one.rig.container.lost_runs_search(one.rig.workflows).compare(restored=True) == 0
        assert (await two.rig.record(shop, left)).operation.status is OperationStatus.EXECUTING
        assert await shop.sandbox.labels(*list_references(await two.rig.record(shop, left))) == []

        opened.callback((await two.start_worker()).kill)
        record = await two.rig.wait_closed(shop, left)
        assert record.operation.status is OperationStatus.COMPLETED
        assert [(run.kind, run.options) for run in record.runs] == [(RunKind.EXECUTE, NO_OPTIONS)]
        assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
        (unharmed,) = (await two.rig.record(both[1][1], waiting[1])).runs
        assert (unharmed.options, unharmed.closed_at) == (NO_OPTIONS, None)
        for (installation, _), found in zip(both, records[:2], strict=True):
            assert await _find_task_queue(one.rig, found) == installation.rig.workflows.task_queue
        assert await _terminated(two.rig) <= {f"operation-{waiting[0].id}"}, "only the installation that doubted it"


async def _execute_and_undo(rig: Rig, shop: Shop) -> OperationRecord:
    shop = await rig.another_order(shop)
    record = await rig.undo(shop, (await rig.complete(shop, "create_shipment")).operation)
    assert [(run.kind, run.options) for run in record.runs] == [
        (RunKind.EXECUTE, NO_OPTIONS),
        (RunKind.UNDO, NO_OPTIONS),
    ]
    await expect_nothing_live(shop, record)
    return record


async def _find_task_queue(rig: Rig, record: OperationRecord) -> str:
    found = await rig.workflows.describe(record.runs[0].workflow_id)
    assert found is not None
    return found.task_queue


async def _wait_until_listed(rig: Rig, count: int) -> None:
    """Temporal's list lags behind the runs."""

    async def are_listed() -> bool:
        return len([workflow async for workflow in rig.client.list_workflows()]) >= count

    await eventually(are_listed, 60.0, f"Temporal lists {count} runs")


async def _terminated(rig: Rig) -> set[str]:
    query = "ExecutionStatus = 'Terminated'"
    return {workflow.id async for workflow in rig.client.list_workflows(query)}


async def test_a_copied_database_leaves_the_runs_of_the_original(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> None:
    """The copy has the same workflow ids; after `orderly installation renew` its runs continue under new ones."""
    await temporal_server.ready()
    namespace = Namespace(temporal_server.new_namespace(), temporal_server, postgres_server)
    settings = await namespace.new_settings()
    async with sandboxes.one() as sandbox, running_engine(settings, namespace.name) as original:
        shop = await original.shop(sandbox)
        operation = await begin_waiting(original, shop, 20)
        with postgres_server.unreachable(settings.database_url):
            copied = await namespace.new_settings(str(conninfo_to_dict(settings.database_url)["dbname"]))
        async with running_engine(copied, namespace.name, with_worker=False) as copy:
            assert await copy.reconciler.reconcile(age_seconds=0) == 1
            record = await copy.record(shop, operation)
            assert [run.options for run in record.runs] == [NO_OPTIONS, RunOptions(doubted=True)]
            await copy.container.lost_runs_search(copy.workflows).compare(restored=True)
        found = await original.workflows.describe(record.runs[0].workflow_id)
        assert found is not None
        assert found.status is WorkflowExecutionStatus.RUNNING
        record = await original.wait_closed(shop, operation)
        assert record.operation.status is OperationStatus.COMPLETED
        assert [(run.kind, run.options) for run in record.runs] == [(RunKind.EXECUTE, NO_OPTIONS)]
        assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
