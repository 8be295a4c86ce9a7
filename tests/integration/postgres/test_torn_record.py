"""A record is whole even if the run ends while its rows are read."""

import asyncio

import psycopg

from adapters.postgres.database import Database
from domain.ports.stores import OperationRecord
from tests.fixtures.polling import eventually
from tests.fixtures.rows import Rows


async def test_a_run_that_ends_during_the_read_is_read_again(
    database: Database, rows: Rows, module_database_url: str
) -> None:
    """The operation is failed, so the record has no open run."""
    operation_id = rows.insert_operation("executing", current_run=1)
    rows.insert_run(operation_id)

    async def read() -> OperationRecord | None:
        async with database.autocommit(rows.organization_id) as data:
            return await data.operations.record(operation_id)

    async with await psycopg.AsyncConnection.connect(module_database_url) as ending:
        await ending.execute("lock table operations in access exclusive mode")
        reading = asyncio.create_task(read())

        async def has_read_the_runs() -> bool:
            blocked = "select count(*) > 0 from pg_stat_activity where %s = any(pg_blocking_pids(pid))"
            return bool(rows.value(blocked, ending.info.backend_pid))

        await eventually(has_read_the_runs, 60.0)
        await ending.execute("update runs set closed_at = now(), result = 'failed'")
        await ending.execute("update operations set status = 'failed', completed_at = now()")
    record = await reading
    assert record is not None
    assert (record.operation.status, record.runs[-1].closed_at is None) == ("failed", False)
