"""Hundreds of operations in few statements: the rows equal those of single calls, counters are exact, no deadlock."""

import asyncio
import contextlib
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.database import Database, OrganizationData
from adapters.postgres.stores import bulk
from domain.operations import NewOperation, OperationStatus, RunKind
from domain.plan import Plan
from tests.fixtures.builders import build_order_columns
from tests.fixtures.polling import eventually
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation
from workflows.operations.create_shipment import CREATE_SHIPMENT

PENDING = OperationStatus.PENDING.value


async def record_many(database: Database, organization: UUID, count: int, *kinds: str) -> list[UUID]:
    """Create a batch with the given types in turn."""
    rows = [
        NewOperation(kinds[number % len(kinds)], None, {"number": number}, Plan(carrier="ups"))
        for number in range(count)
    ]
    async with database.organization(organization) as data:
        created = await data.bulk.create(rows)
    assert [operation.input["number"] for operation in created] == list(range(count))
    return [operation.id for operation in created]


async def execute_all(database: Database, organization: UUID, limit: int = 10_000, **filters: Any) -> int:
    """Execute the pending operations that a filter finds."""
    async with database.organization(organization) as data:
        return await data.bulk.execute(await data.bulk.lock_pending(filters, limit))


async def lock_pending(data: OrganizationData, limit: int, **filters: Any) -> list[UUID]:
    return [locked.id for locked in await data.bulk.lock_pending(filters, limit)]


def assert_counted(rows: Rows) -> None:
    """The counters equal the number of rows."""
    true = "select organization_id, type, status, count(*) from operations group by 1, 2, 3"
    counters = "select organization_id, type, status, sum(n) from operation_counts group by 1, 2, 3 having sum(n) <> 0"
    different = f"({true} except all {counters}) union all ({counters} except all {true})"
    assert rows.value(f"select count(*) from ({different}) as d") == 0


def all_but_ids(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in {"id", *names}}


async def test_a_batch_writes_the_rows_of_single_calls(database: Database, rows: Rows, organization: UUID) -> None:
    """Operations, logs and runs are equal except for ids and times, before and after the execution."""
    async with database.organization(organization) as data:
        order = await data.orders.create(build_order_columns())
        plan = Plan(carrier_account_id=uuid4(), extra={"a": "b"})
        fields = CREATE_SHIPMENT.new_operation(order.id, {"service": "GROUND"}, plan)
        single = await data.operations.create(fields)
        (many,) = await data.bulk.create([fields])
        started = await data.operations.start_run(single.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
        assert await data.bulk.execute(await data.bulk.lock_pending({"ids": [many.id]}, 1)) == 1
    assert started is not None
    for table, column in (("operations", "id"), ("events", "subject_id"), ("runs", "operation_id")):
        pair = [
            rows.value(f"select json_agg(t order by {column}) from {table} as t where {column} = %s", operation.id)
            for operation in (single, many)
        ]
        ids = ("operation_id", "workflow_id", "created_at", "lease_until", "subject_id", "data", "ordinal")
        first, second = ([all_but_ids(row, *ids) for row in each] for each in pair)
        assert first == second
        assert len(first) == (2 if table == "events" else 1)
    assert rows.value("select workflow_id from runs where operation_id = %s", many.id) == f"operation-{many.id}"


async def test_counters_are_exact_after_bulk_changes(
    database: Database, rows: Rows, organization: UUID, other_rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One statement inserts, updates or deletes many rows of several types and organizations."""
    monkeypatch.setattr(bulk, "AT_A_TIME", 7)
    await record_many(database, organization, 40, "a", "b", "c")
    await record_many(database, other_rows.organization_id, 5, "b")
    await record_operation(database, organization, "a")
    assert_counted(rows)
    assert await execute_all(database, organization, type="a") == 15
    assert await execute_all(database, organization, limit=10) == 10
    assert_counted(rows)
    rows.run(
        "update operations set status = case type when 'a' then 'completed' else 'failed' end where status <> %s",
        PENDING,
    )
    assert_counted(rows)
    rows.run("update operations set updated_at = now()")
    rows.run("update operations set status = 'cancelled' where false")
    assert_counted(rows)
    for status in (OperationStatus.PENDING, OperationStatus.FAILED, OperationStatus.FAILED):
        other_rows.insert_operation(status, type="gone")
    assert_counted(rows)
    rows.run("delete from operations where type = 'gone'")
    assert_counted(rows)


async def test_a_rejected_bulk_change_is_not_counted(rows: Rows, database: Database, organization: UUID) -> None:
    """The transition table applies to each row of a statement."""
    await record_many(database, organization, 3, "a")
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="pending can not become completed"):
        rows.run("update operations set status = 'completed'")
    assert_counted(rows)


async def test_a_bulk_execution_locks_the_oldest_own_operations(
    database: Database, organization: UUID, stranger: UUID
) -> None:
    """By type, order and ids; operations of another organization are not visible."""
    theirs = await record_many(database, stranger, 2, "a")
    first = await record_many(database, organization, 4, "b", "a")
    later = await record_many(database, organization, 2, "a")
    async with database.organization(organization) as data:
        assert await lock_pending(data, 4) == first
        assert await lock_pending(data, 9, type="a") == [first[1], first[3], *later]
        assert await lock_pending(data, 9, ids=[*theirs, first[0]]) == [first[0]]
        assert await lock_pending(data, 9, order_id=uuid4()) == []
        assert await data.bulk.statuses([*theirs, first[0]]) == {first[0]: OperationStatus.PENDING}
        assert await data.operations.total({"status": PENDING, "type": "a"}) == 4


async def test_racing_bulk_and_single_calls_start_each_operation_once(
    database: Database, rows: Rows, organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bulk and single executions, cancels and creates run at once; none waits forever, and all are counted."""
    monkeypatch.setattr(bulk, "AT_A_TIME", 13)
    ids = await record_many(database, organization, 60, "a", "b", "c")

    async def execute(operation: UUID) -> int:
        async with database.autocommit(organization) as data:
            started = await data.operations.start_run(operation, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
        return 0 if started is None else 1

    async def cancel(operation: UUID) -> int:
        async with database.autocommit(organization) as data:
            return 0 if await data.operations.cancel(operation) is None else 1

    async def create(kind: str) -> int:
        return 0 * len(await record_many(database, organization, 5, kind, "d"))

    changed = await asyncio.gather(
        *(execute_all(database, organization, ids=ids) for _ in range(4)),
        *(execute(ident) for ident in ids[::6]),
        *(cancel(ident) for ident in ids[::7]),
        *(create(kind) for kind in "cba"),
    )

    assert sum(changed) == 60
    started = rows.value("select count(*) from operations where id = any(%s) and status = 'executing'", ids)
    assert rows.value("select count(*) from runs where operation_id = any(%s)", ids) == started
    assert rows.value("select count(*) from events where type = 'operation.executing'") == started
    assert_counted(rows)


async def test_ten_thousand_are_executed_without_fresh_statistics(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """No statement times out on tables that grew since the last ANALYZE."""
    rows.run(
        "insert into operations (id, organization_id, type, status, input, plan, undo_status, current_run)"
        " select gen_random_uuid(), %s, 'a', 'pending', '{}', '{}', 'none', 0 from generate_series(1, 10000)",
        organization,
    )
    assert await execute_all(database, organization) == 10_000
    assert rows.value("select count(*) from runs") == 10_000
    assert_counted(rows)


async def test_every_dispatcher_can_take_the_runs_of_a_bulk_at_once(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """A single run is reserved for the process that opened it for some seconds; a bulk is not."""
    (single,) = await record_many(database, organization, 1, "a")
    async with database.organization(organization) as data:
        await data.operations.start_run(single, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
    await record_many(database, organization, 3, "a")
    await execute_all(database, organization)
    assert rows.value("select count(*) from runs where lease_until < clock_timestamp()") == 3


async def test_starting_new_operations_and_starting_old_ones_do_not_deadlock(
    database: Database, rows: Rows, organization: UUID, module_database_url: str
) -> None:
    """One transaction creates and starts operations; meanwhile another one starts an operation of the same type."""
    (old,) = await record_many(database, organization, 1, "a")
    with contextlib.ExitStack() as connections:
        creating, starting = connect_to_same_counters(connections, module_database_url)
        new = Rows(creating, organization).insert_operation("pending", type="a")
        start = "update operations set status = 'executing' where id = %s"
        other = asyncio.create_task(asyncio.to_thread(starting.execute, start, [old]))
        await eventually(partial(is_waiting, rows))
        creating.execute(start, [new])
        creating.commit()
        await other
        starting.commit()
    assert_counted(rows)


def connect_to_same_counters(
    connections: contextlib.ExitStack, url: str
) -> tuple[psycopg.Connection[Any], psycopg.Connection[Any]]:
    """Return two connections to which the trigger assigns the same counters."""
    by_slot: dict[int, psycopg.Connection[Any]] = {}
    while True:
        connection = connections.enter_context(psycopg.connect(url))
        slot = connection.info.backend_pid % 16
        if slot in by_slot:
            return by_slot[slot], connection
        by_slot[slot] = connection


async def is_waiting(rows: Rows) -> bool:
    return bool(rows.value("select exists (select from pg_locks where not granted)"))
