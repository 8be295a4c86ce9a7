"""Deletes old operations in small batches, so that requests do not wait for it."""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from domain.ports.retention import PruneCursor, Retention, WriteLines

MAX_DAYS = 36_500
"""A hundred years; more could go beyond PostgreSQL's earliest date."""

REST = 1.0
"""The pause after each batch, as a multiple of its duration: pruning uses at most half of a connection's time."""


async def prune(retention: Retention, days: int, write_lines: WriteLines | None = None) -> int:
    """Delete every closed operation without a change in the last `days` days, up to `MAX_DAYS`; return their number.

    Then delete the other events of that age. `write_lines` gets each batch before it is deleted.

    Raises:
        Unavailable: Postgres is unreachable; finished batches are deleted, and the next call continues.
    """
    deleted = 0
    for organization_id in await retention.organizations():
        after: PruneCursor | None = None
        while True:
            started = time.monotonic()
            batch = await retention.prune(organization_id, days, after, write_lines)
            deleted += batch.operations
            if batch.cursor is None:
                break
            after = batch.cursor
            await asyncio.sleep((time.monotonic() - started) * REST)
        await _prune_events(retention, organization_id, days)
    return deleted


async def _prune_events(retention: Retention, organization_id: UUID, days: int) -> None:
    after: int | None = 0
    while after is not None:
        started = time.monotonic()
        after = await retention.prune_events(organization_id, days, after)
        await asyncio.sleep((time.monotonic() - started) * REST)


class ArchiveInUse(Exception):
    """Another process has the archive open."""


class Archive:
    """An append-only file of JSON lines, one per operation."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    async def add(self, lines: Sequence[str]) -> None:
        """Append the lines; they are synced to disk on return."""
        await asyncio.to_thread(self._write, "".join(f"{line}\n" for line in lines).encode())

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._handle, data) :]
        os.fsync(self._handle)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive, or create it, readable by its owner only because it contains customers' purchases.

    Raises:
        ArchiveInUse: another process has it open.
        OSError: it is not writable.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveInUse(f"another process is writing to {path}") from error
        _cut_last_line(handle)
        _sync_folder(path.absolute().parent)
        yield Archive(handle)
    finally:
        os.close(handle)


def _cut_last_line(handle: int) -> None:
    """Remove a partial last line of a process that died while writing; its operations were not deleted."""
    end = size = os.fstat(handle).st_size
    while end and os.pread(handle, 1, end - 1) != b"\n":
        end -= 1
    if end < size:
        os.ftruncate(handle, end)


def _sync_folder(folder: Path) -> None:
    """Sync the folder, so that the file's name survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
