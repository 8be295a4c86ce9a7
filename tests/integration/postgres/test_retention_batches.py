"""Retention works in batches, next to other transactions."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.maintenance import retention as adapter
from adapters.postgres.maintenance.retention import PostgresRetention
from bootstrap.runtime.retention import prune
from domain.operations import OperationStatus, RunKind
from tests.fixtures.rows import Rows
from tests.integration.postgres.old_operations import (
    CLOSED,
    DAYS,
    MISCOUNTED,
    OLD,
    assert_counted,
    insert_whole,
    prune_all,
    remaining_ids,
)
from tests.integration.postgres.records import record_operation


async def test_batches_continue_behind_operations_that_stay(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch reads only a few rows."""
    monkeypatch.setattr(adapter, "BATCH", 5)
    pending = {rows.insert_operation(OperationStatus.PENDING, updated_at=OLD) for _ in range(23)}
    later = OLD + timedelta(hours=1)
    for _ in range(12):
        rows.insert_operation(OperationStatus.CANCELLED, updated_at=later)

    assert await prune_all(database) == 12
    assert remaining_ids(rows) == pending
    assert_counted(rows)


async def test_totals_stay_exact_during_concurrent_changes(
    database: Database, rows: Rows, organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes prune while many create and cancel: each total equals its count at every check."""
    monkeypatch.setattr(adapter, "BATCH", 10)
    for number in range(200):
        insert_whole(rows, CLOSED[number % 4], type="ab"[number % 2])

    async def create() -> None:
        for number in range(25):
            operation = await record_operation(database, organization, "ab"[number % 2])
            async with database.organization(organization) as data:
                await data.operations.cancel(operation.id)

    async def look() -> None:
        for _ in range(30):
            async with database.organization(organization) as data:
                assert await data.fetch_value(MISCOUNTED) == 0

    gone = await asyncio.gather(prune_all(database), prune_all(database), *(create() for _ in range(4)), look())

    assert (gone[0] or 0) + (gone[1] or 0) == 200
    assert len(remaining_ids(rows)) == 100
    assert_counted(rows)


async def test_locked_operations_are_skipped(database: Database, rows: Rows, organization: UUID) -> None:
    """A batch does not wait for a lock, and a changed operation is no longer old."""
    busy, other = insert_whole(rows, OperationStatus.FAILED), insert_whole(rows, CLOSED[0])
    async with database.transaction(organization) as transaction:
        await transaction.execute(
            "update operations set updated_at = now() where organization_id = %(org)s and id = %(id)s", id=busy
        )
        assert await asyncio.wait_for(prune_all(database), 10) == 1
    assert remaining_ids(rows) == {busy}
    assert other not in remaining_ids(rows)
    assert await prune_all(database) == 0


async def test_a_retry_before_the_pruning_keeps_its_operation(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """A retry that comes too late finds no operation."""
    operation, gone = (insert_whole(rows, OperationStatus.FAILED) for _ in range(2))
    retry: dict[str, Any] = {"kind": RunKind.EXECUTE, "expected": OperationStatus.FAILED}
    async with database.organization(organization) as data:
        rows.run("delete from runs where operation_id = %s", operation)
        assert await data.operations.start_run(operation, **retry)
    await prune_all(database)
    async with database.organization(organization) as data:
        assert await data.operations.get(operation)
        assert await data.operations.start_run(gone, **retry) is None


async def test_other_transactions_wait_for_one_batch_at_most(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No lock is kept between two batches."""
    monkeypatch.setattr(adapter, "BATCH", 3)
    for _ in range(9):
        insert_whole(rows, CLOSED[0])
    rests = 0

    class Resting(PostgresRetention):
        async def prune(self, *args: Any) -> Any:
            nonlocal rests
            found = await super().prune(*args)
            busy = rows.value(
                "select count(*) from pg_locks where relation = 'operations'::regclass and mode like 'Row%'"
            )
            rests += busy == 0
            return found

    assert await prune(Resting(database), DAYS) == 9
    assert rests >= 4


async def test_a_create_does_not_wait_for_a_slow_archive(database: Database, rows: Rows, organization: UUID) -> None:
    """The batch updates the counters last."""
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
