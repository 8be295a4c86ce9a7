"""Compare-and-set opens runs: one of two racing calls wins."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from adapters.postgres.database import Database
from domain.errors import OrderNotFound
from domain.ids import workflow_id
from domain.operations import NewOperation, Operation, OperationStatus, Run, RunKind, RunOptions, UndoStatus
from domain.origin import Origin, acting_as
from domain.plan import Plan
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation

ATTENTION = {"reason": "outcome_unknown"}


async def start(
    database: Database, organization: UUID, operation: UUID, kind: RunKind, expected: OperationStatus, **options: Any
) -> tuple[Operation, Run] | None:
    async with database.organization(organization) as data:
        fields = RunOptions(**options)
        return await data.operations.start_run(operation, kind=kind, expected=expected, options=fields)


async def cancel(database: Database, organization: UUID, operation: UUID) -> Operation | None:
    async with database.organization(organization) as data:
        return await data.operations.cancel(operation)


async def execute(database: Database, organization: UUID, operation: UUID) -> tuple[Operation, Run] | None:
    return await start(database, organization, operation, RunKind.EXECUTE, OperationStatus.PENDING)


async def test_an_execution_opens_its_run_and_writes_its_log(database: Database, organization: UUID) -> None:
    """The returned operation and run are the stored ones."""
    with acting_as(Origin("key:1")):
        operation = await record_operation(database, organization)
        started = await start(
            database, organization, operation.id, RunKind.EXECUTE, OperationStatus.PENDING, reason="because"
        )
    assert started is not None
    async with database.organization(organization) as data:
        record = await data.operations.record(operation.id)
    assert record is not None
    assert (record.operation, record.runs) == (started[0], [started[1]])
    assert started[0].status is OperationStatus.EXECUTING
    assert started[0].executed_at is not None
    assert started[1].workflow_id == workflow_id(operation.id, 1)
    assert [(line.event, line.actor, line.details) for line in record.logs] == [
        ("operation.created", "key:1", None),
        ("operation.executing", "key:1", {"reason": "because"}),
    ]


async def test_a_new_operation_and_its_run_are_one_transaction(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """Also if the connection commits each statement; an unknown order leaves neither."""
    async with database.autocommit(organization) as data:
        operation, run = await data.operations.create_and_start(NewOperation("ship", None, {}, Plan()))
        record = await data.operations.record(operation.id)
        with pytest.raises(OrderNotFound):
            await data.operations.create_and_start(NewOperation("ship", uuid4(), {}, Plan()))
    assert record is not None
    assert (record.operation, record.runs, operation.status) == (operation, [run], OperationStatus.EXECUTING)
    assert [line.event for line in record.logs] == ["operation.created", "operation.executing"]
    assert rows.value("select count(*) from operations") == 1


async def test_races_of_execute_and_cancel_have_one_winner(database: Database, rows: Rows, organization: UUID) -> None:
    """There are 200 races; a cancelled operation has no run."""
    operations = [await record_operation(database, organization) for _ in range(200)]
    winners = set()
    for operation in operations:
        started, cancelled = await asyncio.gather(
            execute(database, organization, operation.id), cancel(database, organization, operation.id)
        )
        assert (started is None) != (cancelled is None)
        winners.add(started is None)
    runs = rows.value("select count(*) from runs join operations on id = operation_id where status = 'cancelled'")
    assert runs == 0
    cancelled_count = rows.value("select count(*) from operations where status = 'cancelled'")
    assert rows.value("select count(*) from runs") == 200 - cancelled_count


async def test_one_of_many_racing_executes_wins(database: Database, rows: Rows, organization: UUID) -> None:
    """There is one run and one log entry."""
    operation = await record_operation(database, organization)
    started = await asyncio.gather(*(execute(database, organization, operation.id) for _ in range(50)))
    assert len([each for each in started if each]) == 1
    assert rows.value("select count(*) from runs") == 1
    assert rows.value("select count(*) from events where type = 'operation.executing'") == 1


@pytest.mark.parametrize("kind", [RunKind.EXECUTE, RunKind.ROLLBACK])
async def test_an_execution_continues_only_with_attention(
    database: Database, rows: Rows, organization: UUID, kind: RunKind
) -> None:
    """It also needs to be without an open run."""
    going = OperationStatus.EXECUTING
    healthy = rows.insert_operation(going, current_run=1)
    assert await start(database, organization, healthy, kind, going) is None
    operation = await record_operation(database, organization)
    assert await execute(database, organization, operation.id)
    rows.run("update operations set attention = %s where id = %s", Jsonb(ATTENTION), operation.id)
    assert await start(database, organization, operation.id, kind, going) is None
    rows.run("update runs set closed_at = now()")
    started = await asyncio.gather(*(start(database, organization, operation.id, kind, going) for _ in range(10)))
    [(after, run)] = [each for each in started if each]
    assert (after.status, after.attention, after.current_run) == (going, None, 2)
    assert (run.run, run.kind, run.workflow_id) == (2, kind, workflow_id(operation.id, 2))


async def test_a_failed_operation_can_be_retried(database: Database, rows: Rows, organization: UUID) -> None:
    """Its error and completion are cleared, the time of its first execution stays."""
    failed = rows.insert_operation(
        OperationStatus.FAILED,
        current_run=1,
        error={"code": "x"},
        completed_at="2026-01-02",
        executed_at="2026-01-01",
    )
    started = await start(database, organization, failed, RunKind.EXECUTE, OperationStatus.FAILED)
    assert started is not None
    assert (started[0].status, started[0].error, started[0].completed_at) == (OperationStatus.EXECUTING, None, None)
    assert started[0].executed_at is not None
    assert started[0].executed_at.date().isoformat() == "2026-01-01"


@pytest.mark.parametrize(
    ("undo_status", "may"), [("none", True), ("failed", True), ("in_progress", False), ("done", False)]
)
async def test_an_undo_starts_unless_one_is_in_progress(
    database: Database, rows: Rows, organization: UUID, undo_status: str, may: bool
) -> None:
    """The status stays completed."""
    completed = rows.insert_operation(OperationStatus.COMPLETED, current_run=1, undo_status=undo_status)
    started = await start(database, organization, completed, RunKind.UNDO, OperationStatus.COMPLETED)
    assert (started is not None) is may
    if started is not None:
        assert (started[0].status, started[0].undo_status) == (OperationStatus.COMPLETED, UndoStatus.IN_PROGRESS)


async def test_another_organizations_operation_cannot_be_started(
    database: Database, organization: UUID, stranger: UUID
) -> None:
    operation = await record_operation(database, organization)
    assert await execute(database, stranger, operation.id) is None
    assert await cancel(database, stranger, operation.id) is None
    async with database.organization(stranger) as data:
        assert await data.operations.get(operation.id) is None
        assert await data.operations.record(operation.id) is None


async def test_a_person_clears_attention_once(database: Database, rows: Rows, organization: UUID) -> None:
    """The log has the reason."""
    operation = rows.insert_operation(OperationStatus.FAILED, attention=ATTENTION)
    async with database.organization(organization) as data:
        cleared = await data.operations.clear_attention(operation, reason="looked it up")
        assert cleared is not None
        assert cleared.attention is None
        assert await data.operations.clear_attention(operation, reason="again") is None
        record = await data.operations.record(operation)
    assert record is not None
    [line] = record.logs
    assert "looked it up" in line.message
