"""Closed operations whose retention has ended."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.postgres.database import Database
from adapters.postgres.maintenance.retention import PostgresRetention
from bootstrap.runtime.retention import prune
from domain.operations import OperationStatus
from tests.fixtures.rows import Rows

DAYS = 30
OLD = datetime.now(UTC) - timedelta(days=DAYS + 1)
SOON = (datetime.now(UTC) + timedelta(days=5)).isoformat()
CLOSED = (OperationStatus.COMPLETED, OperationStatus.FAILED, OperationStatus.CANCELLED, OperationStatus.UNDONE)
MISCOUNTED = """
    select (select coalesce(sum(n), 0) from operation_counts where organization_id = %(org)s)
        - (select count(*) from operations where organization_id = %(org)s)
"""
BELONGING = ("runs", "effects")


def insert_whole(rows: Rows, status: OperationStatus, **columns: Any) -> UUID:
    """Insert an old operation with a log entry, a closed run and an effect."""
    operation = rows.insert_operation(status, **{"updated_at": OLD, "created_at": OLD, **columns})
    rows.insert("events", subject_type="operation", subject_id=operation, type="e", message="m", created_at=OLD)
    rows.insert_run(operation, closed_at=datetime.now(UTC))
    rows.insert_effect(operation, state="done")
    return operation


def remaining_ids(rows: Rows) -> set[UUID]:
    return {ident for (ident,) in rows.connection.execute("select id from operations")}


def assert_counted(rows: Rows) -> None:
    """The counters equal the numbers of rows by organization, type and status."""
    counted = rows.connection.execute(
        "select organization_id, type, status, sum(n) from operation_counts group by 1, 2, 3 having sum(n) <> 0"
    ).fetchall()
    there = rows.connection.execute("select organization_id, type, status, count(*) from operations group by 1, 2, 3")
    assert sorted(counted) == sorted(there.fetchall())


async def prune_all(database: Database, days: int = DAYS) -> int:
    return await prune(PostgresRetention(database), days)
