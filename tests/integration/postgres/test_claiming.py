"""Claims of queued runs: the oldest first, each by one dispatcher, at a cost that depends on the claimed runs only."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.runs.runs import CLAIM, PostgresRuns
from tests.fixtures.rows import Rows
from tests.integration.postgres.test_bulk import execute_all, record_many

WAITING = 1500
ROOM = 16
PER_RUN = 60
"""Maximum number of pages that one run may read, including index entries and its new version. Measured: 27."""

SHUFFLE = """
    update runs set created_at = created_at + place * interval '1 ms'
    from (select operation_id, row_number() over (order by random()) as place from runs) as places
    where places.operation_id = runs.operation_id
"""
"""Gives the runs different ages, because one statement opened them at the same time."""


@pytest.fixture
async def queue_key(database: Database, rows: Rows, organization: UUID) -> str:
    """The queue of many runs that one call has just opened; Postgres's planner has no statistics about them."""
    for _ in range(WAITING // 500):
        await record_many(database, organization, 500, "create_shipment")
    await execute_all(database, organization)
    return str(rows.value("select queue_key from runs limit 1"))


async def test_each_run_is_claimed_by_one_dispatcher(
    database: Database, rows: Rows, organization: UUID, queue_key: str
) -> None:
    """The oldest runs are claimed first, and not again during the lease."""
    runs, rooms = PostgresRuns(database), [(organization, queue_key, ROOM)]
    rows.run(SHUFFLE)
    taken = await asyncio.gather(*(runs.claim(rooms) for _ in range(6)))
    first = {run.operation_id for run in await runs.claim(rooms)}
    fetched = [run.operation_id for claimed in taken for run in claimed]
    assert len(fetched) == len(set(fetched)) > ROOM
    assert len(first) == ROOM
    assert first.isdisjoint(fetched)
    created = dict(rows.connection.execute(b"select operation_id, created_at from runs").fetchall())
    left = created.keys() - first - set(fetched)
    assert max(created[operation_id] for operation_id in [*first, *fetched]) <= min(
        created[operation_id] for operation_id in left
    )


@pytest.mark.parametrize("plan", ["force_custom_plan", "force_generic_plan"])
async def test_a_claim_reads_pages_only_for_the_claimed_runs(
    rows: Rows, organization: UUID, queue_key: str, plan: str
) -> None:
    """A claim that searched the queue for each run read 11,800 pages and took 50 ms for 16 of 1,500 runs."""
    rows.run(f"set plan_cache_mode = {plan}")
    statement = CLAIM.replace("%(organizations)s", "$1").replace("%(queue_keys)s", "$2").replace("%(rooms)s", "$3")
    rows.run(f"prepare fetching (uuid[], text[], int[]) as {statement}")
    call = f"execute fetching (array['{organization}']::uuid[], array['{queue_key}'], array[{ROOM}])"
    (explanation,) = rows.value(f"explain (analyze, buffers, format json) {call}")
    read: dict[str, Any] = explanation["Plan"]
    assert read["Actual Rows"] == ROOM
    assert read["Shared Hit Blocks"] + read["Shared Read Blocks"] <= PER_RUN * ROOM
