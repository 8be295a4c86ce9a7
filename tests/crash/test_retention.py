"""A killed `orderly prune` deletes nothing without its tombstone and its archive line; the next one continues."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres.maintenance.retention import BATCH
from domain.operations import OperationStatus
from tests.crash.cases import RETENTION
from tests.crash.process import ServiceProcess
from tests.fixtures.polling import eventually
from tests.fixtures.rows import Rows

OLD = datetime.now(UTC) - timedelta(days=40)
COUNT = 1200


@pytest.fixture
def rows(database_url: str) -> Iterator[Rows]:
    """The rows of an organization."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = Rows(connection, uuid4())
        rows.run("insert into organizations (id, name) values (%s, 'Ours')", rows.organization_id)
        yield rows


@pytest.fixture
def old(rows: Rows) -> set[UUID]:
    """Expired operations for more than four batches."""
    return {rows.insert_operation(OperationStatus.CANCELLED, updated_at=OLD) for _ in range(COUNT)}


async def run(database_url: str, folder: Path, crash_at: str | None = None) -> ServiceProcess:
    """Run `orderly prune` until it ends."""
    fields = {"DATABASE_URL": database_url, "ORDERLY_RETAIN_OPERATIONS_DAYS": "30"}
    archive = str(folder / "archive.jsonl")
    process = ServiceProcess("prune", fields, folder / "prune.log", "--archive", archive, crash_at=crash_at)

    async def has_ended() -> bool:
        return process.exit_code is not None

    await eventually(has_ended, 100, "it ends")
    return process


EVENTS = "retention.prune_events"
TIMES = [f"{point}:{time}" for point in RETENTION for time in (1, 3) if time == 1 or not point.startswith(EVENTS)]


@pytest.mark.parametrize("armed", TIMES)
async def test_a_killed_prune_loses_nothing(
    armed: str, database_url: str, rows: Rows, old: set[UUID], tmp_path: Path
) -> None:
    """Each batch is deleted with its tombstones and archive lines, or complete; totals are exact."""
    killed = await run(database_url, tmp_path, crash_at=armed)
    assert killed.was_killed, killed.read_output()

    async def is_rolled_back() -> bool:
        others = rows.value("select count(*) - 1 from pg_stat_activity where datname = current_database()")
        return bool(others == 0)

    await eventually(is_rolled_back, 100, "the killed process's connections are gone")
    remaining = check_remaining(rows, old, tmp_path)
    point, _, time = armed.partition(":")
    batches = int(time) if point.endswith("after") else int(time) - 1
    assert len(remaining) == (0 if point.startswith(EVENTS) else COUNT - BATCH * batches)

    again = await run(database_url, tmp_path)

    assert again.exit_code == 0, again.read_output()
    assert f"{len(remaining)} operations deleted" in again.read_output()
    assert check_remaining(rows, old, tmp_path) == set()


async def test_killed_while_it_deletes(database_url: str, rows: Rows, old: set[UUID], tmp_path: Path) -> None:
    """SIGKILL at random moments, four times."""
    for _ in range(4):
        fields = {"DATABASE_URL": database_url, "ORDERLY_RETAIN_OPERATIONS_DAYS": "30"}
        before = len(check_remaining(rows, old, tmp_path))
        process = ServiceProcess("prune", fields, tmp_path / "prune.log", "--archive", str(tmp_path / "archive.jsonl"))

        async def some_are_gone(before: int = before, process: ServiceProcess = process) -> bool:
            found = rows.value("select count(*) from operations")
            return found < before or process.exit_code is not None

        await eventually(some_are_gone, 100, "it deletes", every=0.001)
        process.kill()
        await asyncio.sleep(0)
    assert (await run(database_url, tmp_path)).exit_code == 0
    assert check_remaining(rows, old, tmp_path) == set()


def check_remaining(rows: Rows, old: set[UUID], folder: Path) -> set[UUID]:
    """Return the remaining operations, after a comparison with tombstones, counters and archive."""
    with rows.connection.transaction():
        rows.run("set transaction isolation level repeatable read")
        remaining = {ident for (ident,) in rows.connection.execute("select id from operations")}
        deleted = {ident for (ident,) in rows.connection.execute("select operation_id from pruned_operations")}
        assert rows.value("select coalesce(sum(n), 0) from operation_counts") == len(remaining)
    assert remaining | deleted == old
    assert not remaining & deleted
    path = folder / "archive.jsonl"
    text = path.read_text() if path.exists() else ""
    lines = text[: text.rfind("\n") + 1].splitlines()
    assert deleted <= {UUID(json.loads(line)["operation"]["id"]) for line in lines}
    return remaining
