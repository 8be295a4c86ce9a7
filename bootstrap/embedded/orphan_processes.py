"""Cleans up after an earlier stack of the same data folder: remembers its ports, ends its processes."""

import contextlib
import json
import signal
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bootstrap.embedded.folder import DataFolder, write_private

MARKER = "ORDERLY_STACK_FOLDER"  # in the environment of every process of a stack, to identify the process's stack
GRACE = 5.0


@dataclass(frozen=True)
class StackRecord:
    """The record that a stack writes about itself: the port of each flag, the pid of each process."""

    ports: Mapping[str, int] = field(default_factory=dict)
    pids: Mapping[str, int] = field(default_factory=dict)

    def write(self, folder: DataFolder) -> None:
        write_private(folder.processes_file, json.dumps({"ports": dict(self.ports), "pids": dict(self.pids)}))


def read_record(folder: DataFolder) -> StackRecord:
    """Return the record of the last stack of this folder; an empty one if the file is missing or broken."""
    try:
        found = json.loads(folder.processes_file.read_text())
        return StackRecord(
            ports={str(flag): int(port) for flag, port in found["ports"].items()},
            pids={str(name): int(pid) for name, pid in found["pids"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return StackRecord()


def end_orphans(folder: DataFolder, record: StackRecord) -> list[str]:
    """End processes of an earlier stack that still run; return their names.

    PostgreSQL gets a signal to shut down first; the others may be killed at any time.
    """
    alive = {name: process for name, pid in record.pids.items() if (process := _find_own(folder, pid))}
    for name, process in alive.items():
        _send(process, signal.SIGINT if name == "postgres" else signal.SIGKILL)
    stubborn = _wait(list(alive.values()))
    for process in stubborn:
        _send(process, signal.SIGKILL)
    _wait(stubborn)
    return sorted(alive)


def remove_stale_locks(cluster: Path, lock_files: Iterable[Path]) -> None:
    """Remove the lock files of a killed PostgreSQL, which contain a pid.

    PostgreSQL takes any process with that pid for a running server, even an unrelated one, or a zombie in a container
    without an init process. Its orphaned processes are ended first.
    """
    stale = [path for path in lock_files if path.exists()]
    if not stale:
        return
    orphans = [process for process in psutil.process_iter(["name"]) if _is_serving(process, cluster)]
    for process in orphans:
        _send(process, signal.SIGKILL)
    _wait(orphans)
    for path in stale:
        path.unlink()


def _is_serving(process: psutil.Process, cluster: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(cluster.resolve())
    except psutil.Error:
        return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _wait(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for the end of processes; return those that still run after the grace period. A zombie has ended."""
    deadline = time.monotonic() + GRACE
    running = [process for process in processes if _is_running(process)]
    while running and time.monotonic() < deadline:
        time.sleep(0.02)
        running = [process for process in running if _is_running(process)]
    return running


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _find_own(folder: DataFolder, pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if process.environ().get(MARKER) == str(folder.root) else None
    except psutil.Error:
        return None
