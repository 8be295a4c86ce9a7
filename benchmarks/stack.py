"""A stack for benchmarks: `orderly up` in a new folder, on free ports."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks.processes import family

PROJECT = Path(__file__).resolve().parents[1]
ANY_PORTS = ("--api-port", "0", "--temporal-port", "0", "--temporal-ui-port", "0", "--sandbox-port", "0")
READY_SECONDS = 120.0
STOP_SECONDS = 15.0


class StackFailed(Exception):
    """The stack did not start; the message is its output."""


def clean_environment() -> dict[str, str]:
    """Return the environment without variables that lead to other servers or settings."""
    foreign = ("ORDERLY_", "TEMPORAL_", "DATABASE_URL", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


class BenchStack:
    """A data folder, `data` in the given folder, and its `orderly up`.

    Args:
        folder: an empty folder.
        command: another command that runs the stack on that data folder.
        cwd: the working directory.
        env: additional environment variables.
    """

    def __init__(
        self, folder: Path, command: Sequence[str] = (), cwd: Path = PROJECT, env: Mapping[str, str] | None = None
    ) -> None:
        self._data = folder / "data"
        self._command = tuple(command) or up_command(sys.executable, folder)
        self._cwd = cwd
        self._env = {**clean_environment(), **(env or {})}
        self._said = folder / "up.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.info: dict[str, Any] = {}

    async def start(self, within_seconds: float = READY_SECONDS) -> float:
        """Start the stack; return the seconds from the command to a ready API.

        Raises:
            StackFailed: it ended, or was not ready in time.
        """
        begin = time.perf_counter()
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it is forked in a moment
                self._command,
                cwd=self._cwd,
                env=self._env,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C only reaches the benchmark, which then stops the stack
            )
        while not await self._is_ready():
            if self._process.poll() is not None or time.perf_counter() - begin > within_seconds:
                raise StackFailed(self._said.read_text())
            await asyncio.sleep(0.01)
        return time.perf_counter() - begin

    async def _is_ready(self) -> bool:
        try:
            self.info = json.loads((self._data / "stack.json").read_text())
        except (OSError, ValueError):
            return False
        host, _, port = self.info["api_url"].removeprefix("http://").rpartition(":")
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return False
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        finally:
            writer.close()

    def pids(self) -> dict[str, int]:
        """Return the process ids by name; the worker is part of the API's process."""
        if self._process is None:
            return {}
        named = {name: int(pid) for name, pid in self.info["pids"].items() if pid is not None}
        return {name: pid for name, pid in named.items() if name != "worker"}

    def watcher_megabytes(self) -> float:
        """Return the PSS of the `orderly up` process itself, in MB."""
        pid = self._process.pid if self._process is not None else os.getpid()
        return float(psutil.Process(pid).memory_full_info().pss) / 1e6

    def megabytes_on_disk(self, name: str) -> float:
        """Return the size of one server's data on disk, in MB."""
        found = 0
        for path in (self._data / name).rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                found += path.stat().st_size
        return found / 1e6

    def stop(self) -> None:
        """Stop the stack in any state; none of its processes is left running."""
        if self._process is None:
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            started = family(psutil.Process(self._process.pid))
            os.killpg(self._process.pid, signal.SIGINT)  # as a terminal does
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            for process in psutil.wait_procs(started, timeout=1)[1]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        self._process.wait()
        self._process = None


def up_command(python: str | Path, folder: Path) -> tuple[str, ...]:
    """Return the command that runs a stack on `data` in a folder, on free ports."""
    return (str(python), "-m", "bootstrap.cli", "up", "--data-dir", str(folder / "data"), *ANY_PORTS)


def free_port() -> int:
    """Return an unused port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
