"""Closed operations go when their time is over, with all that is theirs; what somebody needs stays."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from adapters.postgres.database import Database
from adapters.postgres.maintenance import retention as adapter
from adapters.postgres.maintenance.lost_runs import PostgresLostRuns
from adapters.postgres.maintenance.retention import PostgresRetention
from bootstrap.runtime.retention import MAX_DAYS, ArchiveInUse, open_archive, prune
from domain.drift import ListedRun
from domain.ids import workflow_id
from domain.operations import OperationStatus, RunKind
from tests.fixtures.builders import build_account_columns
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation

DAYS = 30
OLD = datetime.now(UTC) - timedelta(days=DAYS + 1)
SOON = (datetime.now(UTC) + timedelta(days=5)).isoformat()
CLOSED = (OperationStatus.COMPLETED, OperationStatus.FAILED, OperationStatus.CANCELLED, OperationStatus.UNDONE)
MISCOUNTED = """
    select (select coalesce(sum(n), 0) from operation_counts where organization_id = %(org)s)
        - (select count(*) from operations where organization_id = %(org)s)
"""
BELONGING = ("operation_logs", "runs", "effects")


def insert_whole(rows: Rows, status: OperationStatus, **columns: Any) -> UUID:
    """Insert an old operation with a log entry, a closed run and an effect."""
    operation = rows.insert_operation(status, **{"updated_at": OLD, "created_at": OLD, **columns})
    rows.insert("operation_logs", operation_id=operation, event="e", message="m", actor="a")
    rows.insert_run(operation, closed_at=datetime.now(UTC))
    rows.insert_effect(operation, state="done")
    return operation


def remaining_ids(rows: Rows) -> set[UUID]:
    return {ident for (ident,) in rows.connection.execute("select id from operations")}


def assert_counted(rows: Rows) -> None:
    """The counters are what a count is, for each organization, type and status."""
    counted = rows.connection.execute(
        "select organization_id, type, status, sum(n) from operation_counts group by 1, 2, 3 having sum(n) <> 0"
    ).fetchall()
    there = rows.connection.execute("select organization_id, type, status, count(*) from operations group by 1, 2, 3")
    assert sorted(counted) == sorted(there.fetchall())


async def prune_all(database: Database, days: int = DAYS) -> int:
    return await prune(PostgresRetention(database), days)


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


async def test_batches_reach_beyond_what_stays(database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that may not go do not keep the batches from those behind them; each looks at a few rows only."""
    monkeypatch.setattr(adapter, "BATCH", 5)
    kept = {rows.insert_operation(OperationStatus.PENDING, updated_at=OLD) for _ in range(23)}
    later = OLD + timedelta(hours=1)
    for _ in range(12):
        rows.insert_operation(OperationStatus.CANCELLED, updated_at=later)

    assert await prune_all(database) == 12
    assert remaining_ids(rows) == kept
    assert_counted(rows)


async def test_totals_stay_exact_while_others_create(
    database: Database, rows: Rows, organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two prune while many create and cancel: each list's total is its count, at the end and at each look between."""
    monkeypatch.setattr(adapter, "BATCH", 10)
    for number in range(200):
        insert_whole(rows, CLOSED[number % 4], type="ab"[number % 2])

    async def create() -> None:
        for number in range(25):
            operation = await record_operation(database, organization, "ab"[number % 2])
            async with database.organization(organization) as data:
                await data.operations.cancel(operation.id, "key")

    async def look() -> None:
        for _ in range(30):
            async with database.organization(organization) as data:
                assert await data.fetch_value(MISCOUNTED) == 0

    gone = await asyncio.gather(prune_all(database), prune_all(database), *(create() for _ in range(4)), look())

    assert (gone[0] or 0) + (gone[1] or 0) == 200
    assert len(remaining_ids(rows)) == 100
    assert_counted(rows)


async def test_what_is_held_is_passed_over(database: Database, rows: Rows, organization: UUID) -> None:
    """Somebody who works on an operation is not waited for; once it has changed, it is not old any more."""
    held, other = insert_whole(rows, OperationStatus.FAILED), insert_whole(rows, CLOSED[0])
    async with database.transaction(organization) as transaction:
        await transaction.execute(
            "update operations set updated_at = now() where organization_id = %(org)s and id = %(id)s", id=held
        )
        assert await asyncio.wait_for(prune_all(database), 10) == 1
    assert remaining_ids(rows) == {held}
    assert other not in remaining_ids(rows)
    assert await prune_all(database) == 0


async def test_a_retry_that_comes_first_keeps_its_operation(database: Database, rows: Rows, organization: UUID) -> None:
    """And one that comes too late finds nothing to retry."""
    operation, gone = (insert_whole(rows, OperationStatus.FAILED) for _ in range(2))
    retry: dict[str, Any] = {
        "kind": RunKind.EXECUTE, "expected": OperationStatus.FAILED, "actor": "key",
    }  # fmt: skip
    async with database.organization(organization) as data:
        rows.run("delete from runs where operation_id = %s", operation)
        assert await data.operations.start_run(operation, **retry)
    await prune_all(database)
    async with database.organization(organization) as data:
        assert await data.operations.get(operation)
        assert await data.operations.start_run(gone, **retry) is None


# The archive -------------------------------------------------------------------------------------------------------


async def test_the_archive_holds_all_that_was_deleted(database: Database, rows: Rows, tmp_path: Path) -> None:
    """A line of JSON for each operation, with its log, its ledger and its runs; for its owner's eyes."""
    operations = {insert_whole(rows, status, input={"é": "ü\n"}) for status in CLOSED}
    path = tmp_path / "archive.jsonl"

    with open_archive(path) as archive:
        assert await prune(PostgresRetention(database), DAYS, archive.add) == len(operations)

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {UUID(line["operation"]["id"]) for line in lines} == operations
    for line in lines:
        assert line["operation"]["input"] == {"é": "ü\n"}
        for part in ("logs", "effects", "runs"):
            assert [row["operation_id"] for row in line[part]] == [line["operation"]["id"]], part
    assert path.stat().st_mode & 0o777 == 0o600


async def test_nothing_goes_that_was_not_kept(database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk stops it: the batches before it are gone, what was not written is all there."""
    monkeypatch.setattr(adapter, "BATCH", 2)
    for _ in range(6):
        insert_whole(rows, CLOSED[0])
    written: list[str] = []

    async def keep(lines: Sequence[str]) -> None:
        if written:
            raise OSError("no space left on device")
        written.extend(lines)

    with pytest.raises(OSError, match="no space"):
        await prune(PostgresRetention(database), DAYS, keep)

    assert len(written) == 2
    assert len(remaining_ids(rows)) == 4
    assert_counted(rows)


def test_half_a_line_is_cut_off(tmp_path: Path) -> None:
    """Of a process that died while it wrote: what it had not written whole it had not deleted."""
    path = tmp_path / "archive.jsonl"
    path.write_text('{"a": 1}\n{"b": ')
    with open_archive(path):
        assert path.read_text() == '{"a": 1}\n'
        with pytest.raises(ArchiveInUse), open_archive(path):
            pass


# The wall ----------------------------------------------------------------------------------------------------------


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


# No long lock ------------------------------------------------------------------------------------------------------


async def test_nobody_waits_longer_than_a_batch(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two batches no lock is held: what rests while others work holds nothing."""
    monkeypatch.setattr(adapter, "BATCH", 3)
    for _ in range(9):
        insert_whole(rows, CLOSED[0])
    rests = 0

    class Resting(PostgresRetention):
        async def prune(self, *args: Any) -> Any:
            nonlocal rests
            found = await super().prune(*args)
            held = rows.value(
                "select count(*) from pg_locks where relation = 'operations'::regclass and mode like 'Row%'"
            )
            rests += held == 0
            return found

    assert await prune(Resting(database), DAYS) == 9
    assert rests >= 4


async def test_a_create_does_not_wait_for_a_batch_that_keeps(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """While a slow archive is written, others record operations: the counters are touched last."""
    insert_whole(rows, CLOSED[0])
    writing, written = asyncio.Event(), asyncio.Event()

    async def keep(_: Sequence[str]) -> None:
        writing.set()
        await written.wait()

    task = asyncio.create_task(prune(PostgresRetention(database), DAYS, keep))
    try:
        await asyncio.wait_for(writing.wait(), 20)
        for _ in range(20):
            await asyncio.wait_for(record_operation(database, organization), 10)
    finally:
        written.set()
        assert await task == 1
    assert_counted(rows)


# Bounds ------------------------------------------------------------------------------------------------------------


async def test_the_longest_retention_reaches_back_before_everything(
    database: Database,
    rows: Rows,
) -> None:
    """A time that Postgres can still reckon with: nothing is that old, and nothing fails."""
    kept = insert_whole(rows, CLOSED[0])
    assert await prune(PostgresRetention(database), MAX_DAYS) == 0
    assert await database.purge_idempotency(1000, MAX_DAYS * 24) == 0
    assert remaining_ids(rows) == {kept}
