"""An operator stops a run before its first step or while its end is recorded."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest

from domain.operations import Operation, OperationStatus, RunKind
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.temporal import TemporalServer
from tests.integration.engine.moments import (
    RESET,
    TYPES,
    Caught,
    Moment,
    check_books,
    prepare_operation,
    run_temporal,
    wait_until_settled,
)


@contextlib.asynccontextmanager
async def hold_operation(url: str, operation: Operation) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Lock the operation's row, so that the transaction that completes it waits; yield whether one waits."""
    async with (
        await psycopg.AsyncConnection.connect(url) as connection,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as observer,
    ):
        await connection.execute("select from operations where id = %s for no key update", (operation.id,))

        async def is_waited_for() -> bool:
            waiting = await observer.execute(
                "select from pg_stat_activity where %s = any(pg_blocking_pids(pid))", (connection.info.backend_pid,)
            )
            return await waiting.fetchone() is not None

        yield is_waited_for


@pytest.mark.parametrize("action", ["cancel", "terminate", "reset"])
async def test_operator_action_while_the_end_is_recorded(
    rig: Rig, sandboxes: Sandboxes, module_database_url: str, action: str
) -> None:
    """The recorded status stands and agrees with the vendors' data, for every operation type."""

    async def one(kind: str) -> None:
        async with sandboxes.one() as sandbox:
            shop = await rig.shop(sandbox)
            operation, label = await prepare_operation(rig, shop, kind)
            run = await rig.open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
            caught = Caught(Moment("mirrors", kind, {}, ""), shop, operation, run, label)
            async with hold_operation(module_database_url, operation) as is_waited_for:
                rig.dispatcher.offer([run])
                await eventually(is_waited_for, 60.0)
                more = RESET if action == "reset" else ()
                await run_temporal(rig, action, "--workflow-id", run.workflow_id, *more)
            record = await wait_until_settled(rig, caught)
            assert record.operation.status in (OperationStatus.COMPLETED, OperationStatus.FAILED)
            if kind != "void_shipment":
                assert record.operation.attention is None
                await check_books(caught, record)

    async with asyncio.TaskGroup() as group:
        for kind in TYPES:
            group.create_task(one(kind))


@pytest.mark.parametrize("action", ["cancel", "terminate"])
async def test_operator_action_before_the_first_step(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes, action: str
) -> None:
    """No worker is running yet, and nothing is ever sent."""
    url, namespace = postgres_server.create(), temporal_server.new_namespace()
    settings = settings_for(url, temporal_server.address)
    caught_runs: list[Caught] = []
    async with sandboxes.one() as sandbox:
        async with running_engine(settings, namespace, with_worker=False) as rig:
            for kind in TYPES[:-1]:
                shop = await rig.shop(sandbox)
                operation = await rig.new(shop, kind)
                caught_runs.append(
                    Caught(Moment("starts", kind, {}, ""), shop, operation, await rig.begin(shop, operation), None)
                )
            for caught in caught_runs:
                await eventually(lambda: _is_started(rig, caught), 60.0)  # noqa: B023 (awaited here)
                await run_temporal(rig, action, "--workflow-id", caught.run.workflow_id)
        async with running_engine(settings, namespace) as rig:
            for caught in caught_runs:
                record = await wait_until_settled(rig, caught)
                assert record.operation.status is OperationStatus.FAILED, record.operation
                assert record.operation.attention is None
                assert not record.effects
    postgres_server.drop(url)


async def _is_started(rig: Rig, caught: Caught) -> bool:
    return (await rig.record(caught.shop, caught.operation)).runs[-1].started_at is not None
