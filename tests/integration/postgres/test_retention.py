"""Closed operations are pruned when their retention is over; what is still needed stays."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from adapters.postgres.database import Database
from adapters.postgres.maintenance.lost_runs import PostgresLostRuns
from adapters.postgres.maintenance.retention import PostgresRetention
from bootstrap.runtime.retention import MAX_DAYS, prune
from domain.drift import ListedRun
from domain.ids import workflow_id
from domain.operations import OperationStatus, RunKind
from tests.fixtures.builders import build_account_columns
from tests.fixtures.rows import Rows
from tests.integration.postgres.old_operations import (
    BELONGING,
    CLOSED,
    DAYS,
    OLD,
    SOON,
    assert_counted,
    insert_whole,
    prune_all,
    remaining_ids,
)


@pytest.mark.parametrize("status", CLOSED)
async def test_an_old_closed_operation_goes_with_all_that_is_its_own(
    database: Database, rows: Rows, status: OperationStatus
) -> None:
    """Its log, its ledger and its runs; a tombstone stays. A fresh one of the same kind stays as it is."""
    old = insert_whole(rows, status)
    fresh = insert_whole(rows, status, updated_at=datetime.now(UTC) - timedelta(days=DAYS - 1))

    assert await prune_all(database) == 1

    assert remaining_ids(rows) == {fresh}
    for table in BELONGING:
        assert rows.value(f"select array_agg(operation_id) from {table}") == [fresh], table
    assert rows.value("select array_agg(operation_id) from pruned_operations") == [old]
    assert_counted(rows)


async def test_what_somebody_needs_stays(database: Database, rows: Rows) -> None:
    """Open, under attention, being undone, with an open run, with an unknown outcome, or within its void window."""
    kept = {
        insert_whole(rows, OperationStatus.PENDING),
        insert_whole(rows, OperationStatus.EXECUTING),
        insert_whole(rows, OperationStatus.FAILED, attention={"reason": "drift"}),
        insert_whole(rows, OperationStatus.COMPLETED, undo_status="in_progress"),
    }
    running, voidable, unknown = (insert_whole(rows, OperationStatus.COMPLETED) for _ in range(3))
    rows.run("update runs set closed_at = null where operation_id = %s", running)
    rows.run("update effects set result = %s where operation_id = %s", Jsonb({"void_until": SOON}), voidable)
    rows.run("update effects set state = 'unknown' where operation_id = %s", unknown)

    assert await prune_all(database) == 0
    assert remaining_ids(rows) == {*kept, running, voidable, unknown}

    rows.run("update effects set reversed_at = now() where operation_id = %s", voidable)
    rows.run("update effects set reversed_at = now() where operation_id = %s", unknown)
    assert await prune_all(database) == 2
    assert remaining_ids(rows) == {*kept, running}


async def test_each_organization_keeps_its_own(
    database: Database, rows: Rows, other_rows: Rows, organization: UUID
) -> None:
    """A batch for one organization does not touch another's, however old."""
    ours, theirs = insert_whole(rows, CLOSED[0]), insert_whole(other_rows, CLOSED[0])

    assert (await PostgresRetention(database).prune(organization, DAYS, None, None)).operations == 1

    assert ours not in remaining_ids(rows)
    assert remaining_ids(rows) == {theirs}
    assert rows.value("select count(*) from operation_logs where organization_id = %s", other_rows.organization_id) == 1


async def test_a_shipment_outlives_its_operation(database: Database, rows: Rows, organization: UUID) -> None:
    """With the id of the operation that bought it."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    operation = insert_whole(rows, CLOSED[0])
    shipment = rows.insert_shipment(operation_id=operation, carrier_account_id=account.id, status="voided")

    assert await prune_all(database) == 1

    async with database.organization(organization) as data:
        found = await data.shipments.get(shipment)
    assert found is not None
    assert found.operation_id == operation


@pytest.mark.parametrize(
    "over",
    [
        {"status": "voided"},
        {"scanned_at": OLD},
        {"void_until": OLD},
        {"created_at": datetime.now(UTC) - timedelta(days=61)},
    ],
    ids=lambda over: next(iter(over)),
)
async def test_a_label_of_a_carrier_that_tells_no_void_window_can_be_undone(
    database: Database, rows: Rows, organization: UUID, over: dict[str, Any]
) -> None:
    """As long as it may well be voided: it is neither scanned nor void, nor too old to be used."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    voidable, gone = (insert_whole(rows, OperationStatus.COMPLETED) for _ in range(2))
    rows.insert_shipment(operation_id=voidable, carrier_account_id=account.id)
    rows.insert_shipment(operation_id=gone, carrier_account_id=account.id, **over)

    assert await prune_all(database) == 1
    assert remaining_ids(rows) == {voidable}


async def test_temporals_memory_of_what_was_pruned_is_no_loss(
    database: Database,
    rows: Rows,
) -> None:
    """A run of a pruned operation that Temporal still lists is not lost; one that nobody pruned is."""
    old = insert_whole(rows, CLOSED[0])
    never_heard_of = UUID(int=7)
    await prune_all(database)

    found = await PostgresLostRuns(database).unknown([build_listed_run(old), build_listed_run(never_heard_of)])

    assert [run.operation_id for run in found] == [never_heard_of]


def build_listed_run(operation: UUID) -> ListedRun:
    return ListedRun(
        operation_id=operation, run=1, kind=RunKind.EXECUTE, workflow_id=workflow_id(operation, 1),
        operation_type="create_shipment", opened=None, started_at=OLD, running=False, succeeded=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "columns"),
    [
        (OperationStatus.PENDING, {}),
        (OperationStatus.EXECUTING, {}),
        (OperationStatus.COMPLETED, {"undo_status": "in_progress"}),
        (OperationStatus.FAILED, {"attention": {"reason": "drift"}}),
        (OperationStatus.COMPLETED, {"updated_at": datetime.now(UTC) - timedelta(hours=23)}),
    ],
)
def test_the_role_that_prunes_can_delete_nothing_else(
    rows: Rows, module_database_url: str, status: OperationStatus, columns: dict[str, Any]
) -> None:
    """Whatever its SQL says: what is open, fresh or needs a person is out of its reach, and so is every other table."""
    kept = insert_whole(rows, status, **columns)
    insert_whole(rows, CLOSED[0])
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute("set role orderly_retention")
        assert connection.execute("delete from operations").rowcount == 1
        for table in (*BELONGING, "shipments", "orders", "idempotency_keys", "operation_counts", "pruned_operations"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"delete from {table}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update operations set status = 'cancelled'")
    assert remaining_ids(rows) == {kept}


def test_whatever_refers_to_operations_goes_with_them(rows: Rows) -> None:
    """A table that a later migration adds must say so too, or nothing could be pruned any more."""
    rules = rows.connection.execute(
        "select conrelid::regclass::text, confdeltype from pg_constraint where confrelid = 'operations'::regclass"
    ).fetchall()
    assert rules
    assert {rule for _, rule in rules} == {b"c"} or {rule for _, rule in rules} == {"c"}, rules


async def test_the_longest_retention_reaches_back_before_everything(
    database: Database,
    rows: Rows,
) -> None:
    """A time that Postgres can still reckon with: nothing is that old, and nothing fails."""
    kept = insert_whole(rows, CLOSED[0])
    assert await prune(PostgresRetention(database), MAX_DAYS) == 0
    assert await database.purge_idempotency(1000, MAX_DAYS * 24) == 0
    assert remaining_ids(rows) == {kept}
