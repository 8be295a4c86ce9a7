"""A call that is cancelled at any moment spoils no later call on its connection."""

import asyncio
from uuid import UUID

from adapters.postgres.database import Database
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation

NAP = "select pg_sleep(0.02) where %(org)s::uuid is not null"


async def test_a_connection_in_a_pipeline_is_not_reused(database: Database, organization: UUID) -> None:
    """A later statement could get the answer of an earlier one there."""
    async with database.statements(organization) as transaction:
        transaction.connection.pgconn.enter_pipeline_mode()
    assert transaction.connection.closed


async def test_nothing_is_lost_after_cancelled_calls(database: Database, rows: Rows, organization: UUID) -> None:
    """Each recorded operation is in Postgres, although calls before it were cancelled at 200 different moments."""
    recorded = 0
    for step in range(200):
        task = asyncio.create_task(nap(database, organization))
        await asyncio.sleep(step * 0.0002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if step % 10 == 0:
            await record_operation(database, organization)
            recorded += 1
    assert rows.value("select count(*) from operations where organization_id = %s", organization) == recorded


async def nap(database: Database, organization: UUID) -> None:
    async with database.statements(organization) as transaction:
        await transaction.execute(NAP)
