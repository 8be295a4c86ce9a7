"""The archive of pruned operations."""

import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.maintenance import retention as adapter
from adapters.postgres.maintenance.retention import PostgresRetention
from bootstrap.runtime.retention import ArchiveInUse, open_archive, prune
from tests.fixtures.rows import Rows
from tests.integration.postgres.old_operations import (
    CLOSED,
    DAYS,
    assert_counted,
    insert_whole,
    remaining_ids,
)


async def test_the_archive_has_all_deleted_rows(database: Database, rows: Rows, tmp_path: Path) -> None:
    """One line of JSON for each operation with its log, ledger and runs; only the owner can read the file."""
    operations = {insert_whole(rows, status, input={"é": "ü\n"}) for status in CLOSED}
    path = tmp_path / "archive.jsonl"

    with open_archive(path) as archive:
        assert await prune(PostgresRetention(database), DAYS, archive.add) == len(operations)

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {UUID(line["operation"]["id"]) for line in lines} == operations
    for line in lines:
        assert line["operation"]["input"] == {"é": "ü\n"}
        for part in ("effects", "runs"):
            assert [row["operation_id"] for row in line[part]] == [line["operation"]["id"]], part
        assert [entry["message"] for entry in line["logs"]] == ["m"]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_nothing_is_deleted_that_was_not_archived(
    database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full: earlier batches are deleted, and operations that were not written all stay."""
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


def test_an_incomplete_last_line_is_removed(tmp_path: Path) -> None:
    """A process died while writing; it had not deleted that operation."""
    path = tmp_path / "archive.jsonl"
    path.write_text('{"a": 1}\n{"b": ')
    with open_archive(path):
        assert path.read_text() == '{"a": 1}\n'
        with pytest.raises(ArchiveInUse), open_archive(path):
            pass
