"""Readiness probes of the stack's processes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.processes import ManagedProcess

GIVE_UP_AFTER_DEATHS = 4
POLL = 0.05
Probe = Callable[[int], Awaitable[bool]]  # takes the pid of the process


async def wait_ready(process: ManagedProcess, probe: Probe, patience: float) -> None:
    """Poll until `probe` returns True.

    Raises:
        StackError: the process keeps dying, or is not ready after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while not await probe(process.pid):
        if process.refused or process.quick_deaths >= GIVE_UP_AFTER_DEATHS:
            raise StackError(f"{process.spec.name} does not start: {read_last_line(process.spec.log_path)}")
        if time.monotonic() > deadline:
            raise StackError(
                f"{process.spec.name} is not ready after {patience:.0f} s: {read_last_line(process.spec.log_path)}"
            )
        await asyncio.sleep(POLL)


async def get_status(host: str, port: int, path: str) -> int:
    """Return the status of a GET, or 0 without an answer."""
    try:
        async with asyncio.timeout(2.0):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
                await writer.drain()
                words = (await reader.readline()).split()
                return int(words[1]) if len(words) > 1 else 0
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return 0


async def is_listening(host: str, port: int, pid: int | None = None) -> bool:
    """Return True if a server accepts connections there; with a `pid`, only if that process owns the port.

    Another stack may have taken the port first.
    """
    try:
        async with asyncio.timeout(1.0):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return pid is None or _owns_port(pid, port)


def _owns_port(pid: int, port: int) -> bool:
    try:
        sockets = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # some systems do not allow this; assume that the port is ours
    return any(s.status == psutil.CONN_LISTEN and s.laddr and s.laddr.port == port for s in sockets)


def read_last_line(log_path: Path) -> str:
    """Return the last non-empty line of a log, and the log's path."""
    try:
        lines = log_path.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    said = next((line.strip() for line in reversed(lines) if line.strip()), "its log is empty")
    return f"{said[:300]} (full log: {log_path})"
