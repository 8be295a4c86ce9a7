"""Prunes what is old: little by little, so that nobody waits for it."""

import asyncio
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.ports.retention import PruneCursor, Retention, WriteLines

MAX_DAYS = 36_500
"""A hundred years: what is asked for beyond may be earlier than the first day that PostgreSQL knows."""

REST = 1.0
"""After each batch it rests for as long as the batch took: half of one connection's time is the most it takes."""


async def prune(retention: Retention, days: int, write_lines: WriteLines | None = None) -> int:
    """Delete every closed operation that did not change for so many days, up to `MAX_DAYS`; return how many there were.

    `write_lines` is handed each batch before it goes.

    Raises:
        Unavailable: Postgres can't be reached; what went by then is gone, and the next time goes on.
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
    return deleted


class ArchiveInUse(Exception):
    """Another process writes to the archive."""


class Archive:
    """A file of JSON lines, one operation each, that is only added to."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    async def add(self, lines: Sequence[str]) -> None:
        """Add the lines; they are on the disk when it returns."""
        await asyncio.to_thread(self._write, "".join(f"{line}\n" for line in lines).encode())

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._handle, data) :]
        os.fsync(self._handle)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive, made where there is none; only its owner may read it, for it holds what was bought by whom.

    Raises:
        ArchiveInUse: another process writes to it.
        OSError: it can't be written.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveInUse(f"another process writes to {path}") from error
        _cut_last_line(handle)
        _sync_folder(path.absolute().parent)
        yield Archive(handle)
    finally:
        os.close(handle)


def _cut_last_line(handle: int) -> None:
    """Take away half a line, of a process that died while it wrote: its operations were not deleted."""
    end = size = os.fstat(handle).st_size
    while end and os.pread(handle, 1, end - 1) != b"\n":
        end -= 1
    if end < size:
        os.ftruncate(handle, end)


def _sync_folder(folder: Path) -> None:
    """Let the file's name, too, outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
