"""Closed operations are pruned after their retention, unless they are still needed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

import adapters.postgres.maintenance.retention as adapter
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

ANSWERS = b"""
    select subject_id, last_answer, answer
    from webhook_deliveries join webhook_attempts on delivery_id = webhook_deliveries.id
"""


@pytest.mark.parametrize("status", CLOSED)
async def test_an_old_closed_operation_is_pruned_with_its_rows(
    database: Database, rows: Rows, status: OperationStatus
) -> None:
    """Its log, ledger and runs are deleted and a tombstone stays; a recent operation of the same kind stays."""
    old = insert_whole(rows, status)
    fresh = insert_whole(rows, status, updated_at=datetime.now(UTC) - timedelta(days=DAYS - 1))

    assert await prune_all(database) == 1

    assert remaining_ids(rows) == {fresh}
    for table in BELONGING:
        assert rows.value(f"select array_agg(operation_id) from {table}") == [fresh], table
    assert [event["subject_id"] for event in rows.select("events", subject_type="operation")] == [fresh]
    assert rows.value("select array_agg(operation_id) from pruned_operations") == [old]
    assert_counted(rows)


async def test_operations_that_are_still_needed_stay(database: Database, rows: Rows) -> None:
    """Open, with attention, with an undo or a run in progress, with an unknown outcome, or still voidable."""
    remaining = {
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
    assert remaining_ids(rows) == {*remaining, running, voidable, unknown}

    rows.run("update effects set reversed_at = now() where operation_id = %s", voidable)
    rows.run("update effects set reversed_at = now() where operation_id = %s", unknown)
    assert await prune_all(database) == 2
    assert remaining_ids(rows) == {*remaining, running}


async def test_other_old_events_are_pruned(database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events of a remaining operation stay. The highest position of a deleted event is kept."""
    monkeypatch.setattr(adapter, "EVENTS", 2)
    insert_whole(rows, OperationStatus.PENDING)
    for age in (OLD, OLD, OLD, datetime.now(UTC)):
        rows.insert("events", type="order.changed", subject_type="order", subject_id=uuid4(), created_at=age)
    rows.run("select number_events()")
    positions = [event["position"] for event in rows.select("events") if event["type"] != "organization.created"]

    await prune_all(database)

    assert [row["position"] for row in rows.select("events")][-2:] == [positions[0], positions[-1]]
    assert rows.value("select position from pruned_events") == positions[-2]
    await prune_all(database)
    assert [row["position"] for row in rows.select("events")][-2:] == [positions[0], positions[-1]]


async def test_receivers_answers_go_with_their_event(database: Database, rows: Rows) -> None:
    """The erasure of an order could not find them later. The deliveries and the answers to other events stay."""
    old, needed = insert_whole(rows, CLOSED[0]), insert_whole(rows, OperationStatus.PENDING)
    rows.insert("events", type="order.changed", subject_type="order", subject_id=uuid4(), created_at=OLD)
    rows.run("select number_events()")
    hook = {"url": "https://h", "event_types": ["*"], "enabled": True, "credentials": b"x"}
    endpoint = rows.insert_with_id("webhook_endpoints", **hook)
    for event in rows.select("events", created_at=OLD):
        fields = {name: event[name] for name in ("subject_id", "position")}
        delivery = rows.insert_with_id(
            "webhook_deliveries", endpoint_id=endpoint, event_id=event["id"], event_type="t", attempts=1,
            last_answer="Erika", **fields,
        )  # fmt: skip
        rows.insert("webhook_attempts", delivery_id=delivery, latency_ms=1, answer="Erika")

    assert await prune_all(database) == 1

    found = rows.connection.execute(ANSWERS).fetchall()
    assert len(found) == 3
    assert old in {subject for subject, *_ in found}
    assert [row for row in found if row[1:] != (None, None)] == [(needed, "Erika", "Erika")]


async def test_pruning_touches_one_organization_only(
    database: Database, rows: Rows, other_rows: Rows, organization: UUID
) -> None:
    ours, theirs = insert_whole(rows, CLOSED[0]), insert_whole(other_rows, CLOSED[0])

    assert (await PostgresRetention(database).prune(organization, DAYS, None, None)).operations == 1

    assert ours not in remaining_ids(rows)
    assert remaining_ids(rows) == {theirs}
    assert [event["subject_id"] for event in other_rows.select_log()] == [theirs]


async def test_a_shipment_outlives_its_operation(database: Database, rows: Rows, organization: UUID) -> None:
    """It keeps the id of the operation that bought it."""
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
async def test_a_label_without_a_void_deadline_stays_while_it_is_usable(
    database: Database, rows: Rows, organization: UUID, over: dict[str, Any]
) -> None:
    """A usable label is neither scanned nor voided, nor too old."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    voidable, gone = (insert_whole(rows, OperationStatus.COMPLETED) for _ in range(2))
    rows.insert_shipment(operation_id=voidable, carrier_account_id=account.id)
    rows.insert_shipment(operation_id=gone, carrier_account_id=account.id, **over)

    assert await prune_all(database) == 1
    assert remaining_ids(rows) == {voidable}


async def test_a_pruned_run_in_temporal_is_not_a_lost_run(
    database: Database,
    rows: Rows,
) -> None:
    """A run that Temporal lists and no retention pruned is lost."""
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
def test_the_pruning_role_can_only_delete_old_operations(
    rows: Rows, module_database_url: str, status: OperationStatus, columns: dict[str, Any]
) -> None:
    """Row-level security protects open, recent and needed operations, recent events, and all other tables."""
    remaining = insert_whole(rows, status, **columns)
    insert_whole(rows, CLOSED[0])
    rows.insert("events", type="order.changed", subject_type="order", subject_id=uuid4())
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute("set role orderly_retention")
        assert connection.execute("delete from operations").rowcount == 1
        assert connection.execute("delete from events").rowcount == 2
        for table in (
            "runs",
            "effects",
            "shipments",
            "orders",
            "idempotency_keys",
            "operation_counts",
            "pruned_operations",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"delete from {table}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update operations set status = 'cancelled'")
    assert remaining_ids(rows) == {remaining}


def test_every_table_that_refers_to_operations_is_pruned(rows: Rows) -> None:
    """Otherwise a table of a later migration would stop all pruning."""
    rules = rows.connection.execute(
        "select conrelid::regclass::text, confdeltype from pg_constraint where confrelid = 'operations'::regclass"
    ).fetchall()
    assert rules
    assert {rule for _, rule in rules} == {b"c"} or {rule for _, rule in rules} == {"c"}, rules


async def test_the_longest_retention_prunes_nothing(
    database: Database,
    rows: Rows,
) -> None:
    """Postgres can still compute with that time."""
    remaining = insert_whole(rows, CLOSED[0])
    assert await prune(PostgresRetention(database), MAX_DAYS) == 0
    assert await database.purge_idempotency(1000, MAX_DAYS * 24) == 0
    assert remaining_ids(rows) == {remaining}
