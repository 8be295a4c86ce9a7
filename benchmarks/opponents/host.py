"""Starts and stops the servers of one opponent in an empty folder."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import psutil
import psycopg

from benchmarks.contestant import NotDone
from benchmarks.processes import family
from benchmarks.stack import PROJECT, clean_environment, free_port
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.postgres import EmbeddedPostgres
from bootstrap.embedded.probes import get_status, is_listening, read_last_line
from bootstrap.embedded.processes import ProcessSpec

LOOPBACK = "127.0.0.1"
READY_SECONDS = 90.0
STOP_SECONDS = 10.0


class Host:
    """Starts an opponent's processes, each with its group: service, worker, engine, postgres, sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = DataFolder(folder)
        self._data.create()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by group."""
        return {name: process.pid for name, process in self._running.items()}

    async def run(
        self, group: str, argv: Sequence[str], env: Mapping[str, str], is_ready: Callable[[], Awaitable[bool]]
    ) -> None:
        """Start one process and wait until it is ready.

        Raises:
            NotDone: it is not ready within `READY_SECONDS`.
        """
        environment = {**clean_environment(), "PYTHONPATH": str(PROJECT), **env}
        await self._start(ProcessSpec(group, tuple(argv), environment, self._data.log_path(group)), is_ready)

    async def _start(self, spec: ProcessSpec, is_ready: Callable[[], Awaitable[bool]]) -> None:
        process = self._running[spec.name] = _spawn(spec)
        deadline = time.monotonic() + READY_SECONDS
        while not await is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotDone(f"{spec.argv[0]} ({spec.name}) did not start: {read_last_line(spec.log_path)}")
            await asyncio.sleep(0.05)

    async def postgres(self, *databases: str) -> Callable[[str], str]:
        """Start PostgreSQL with the service's settings, fsync included; return a function from database name to URL."""
        server = EmbeddedPostgres(self._data)
        # On a separate loop, because uvloop, which the clients use, cannot start a process as another user.
        await asyncio.to_thread(asyncio.run, server.create_cluster(clean_environment()))
        spec = server.spec(clean_environment())

        async def is_ready() -> bool:
            return await server.is_ready(self._running[spec.name].pid)

        await self._start(spec, is_ready)
        with psycopg.connect(server.database_url, autocommit=True) as connection:
            for name in databases:
                connection.execute(f'create database "{name}"'.encode())

        def url(database: str) -> str:
            return server.database_url.replace("/orderly?", f"/{database}?")

        return url

    async def sandbox(self) -> str:
        """Start the sandbox; return its URL."""
        port = free_port()
        flags = ("--host", LOOPBACK, "--port", str(port), "--data-dir", str(self.folder / "sandbox"))
        await self.run("sandbox", (sys.executable, "-m", "sandbox", *flags), {}, lambda: is_listening(LOOPBACK, port))
        return f"http://{LOOPBACK}:{port}"

    async def uvicorn(self, python: Path, factory: str, env: Mapping[str, str]) -> str:
        """Start an API in one process; return its URL."""
        port = free_port()
        argv = (
            str(python), "-m", "uvicorn", "--factory", factory, "--host", LOOPBACK, "--port", str(port),
            "--log-level", "warning", "--no-access-log", "--timeout-keep-alive", "600",
        )  # fmt: skip

        async def is_ready() -> bool:
            return await get_status(LOOPBACK, port, "/openapi.json") == 200

        await self.run("service", argv, env, is_ready)
        return f"http://{LOOPBACK}:{port}"

    def stop(self) -> None:
        """Stop all processes, the last one first; none is left running."""
        for process in reversed(self._running.values()):
            _end(process)
        self._running.clear()


def _spawn(spec: ProcessSpec) -> subprocess.Popen[bytes]:
    """Start a process in its own session, so that Ctrl-C only reaches the benchmark, which then stops everything."""
    with spec.log_path.open("ab") as log:
        return subprocess.Popen(
            spec.argv,
            cwd=spec.log_path.parent,
            env=dict(spec.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=spec.system_user,
            group=spec.system_user,
            extra_groups=[] if spec.system_user else None,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    started = family(psutil.Process(process.pid))
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    for child in started:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    process.wait()
