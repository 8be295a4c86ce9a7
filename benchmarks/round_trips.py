"""Counts the round trips of SQL per operation, on the wire between a stack and its Postgres."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from benchmarks.executions import Say, empty_folder
from benchmarks.kinds import FULFILL, UNDO, open_kinds
from benchmarks.opponents.host import Host
from benchmarks.opponents.http_subject import run_host
from benchmarks.results import Results, RoundTrips
from benchmarks.stack import BenchStack

Perform = Callable[[int], Awaitable[Any]]
"""Performs one operation."""

SOCKET = ".s.PGSQL.5432"
WARM, COUNTED = 30, 60
IDLE_SECONDS = 4.0
END_OF_TRIP = (b"S", b"Q")
"""Sync, which ends each pipeline and each single statement, and the simple query (Postgres's message formats)."""
STATEMENT = (b"E", b"Q")


class CountingProxy:
    """Forwards connections to a Postgres socket, and counts the clients' messages."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self.round_trips = 0
        self.statements = 0

    @contextlib.asynccontextmanager
    async def serve(self, folder: Path) -> AsyncIterator[None]:
        """Serve on a socket in that folder during the block."""
        server = await asyncio.start_unix_server(self._forward, folder / SOCKET)
        try:
            yield
        finally:
            server.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_unix_connection(self._server)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await asyncio.gather(self._count(reader, server), _copy(answers, writer))

    async def _count(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readexactly(4)  # the first message has no type
            server.write(head + await reader.readexactly(int.from_bytes(head) - 4))
            while True:
                head = await reader.readexactly(5)
                self.round_trips += head[:1] in END_OF_TRIP
                self.statements += head[:1] in STATEMENT
                server.write(head + await reader.readexactly(int.from_bytes(head[1:]) - 4))
        finally:
            server.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
    finally:
        writer.close()


async def measure_round_trips(results: Results, say: Say) -> None:
    """Count on a stack of its own, because the proxy takes time."""
    with empty_folder() as folder:
        results.round_trips = await count_round_trips(folder, BenchStack)
    for name, counted in results.round_trips.items():
        say(f"{name}: {counted.round_trips:.1f} round trips of SQL, {counted.statements:.1f} statements")


async def count_round_trips(folder: Path, make_stack: Callable[..., BenchStack]) -> dict[str, RoundTrips]:
    """Return the counts per operation of each create_shipment, of fulfill_order and of an undo, at one client.

    Args:
        folder: an empty folder.
        make_stack: makes a stack from a folder and additional environment variables, `env`.
    """
    async with run_host(Host(folder / "server")) as host:
        database = (await host.postgres())("orderly")
        proxy = CountingProxy(Path(str(conninfo_to_dict(database)["host"])) / SOCKET)
        async with proxy.serve(folder):
            stack = make_stack(folder, env={"DATABASE_URL": _replace_host(database, folder)})
            try:
                await stack.start()
                async with open_kinds(stack) as kinds:
                    performs: dict[str, Perform] = {operation.name: operation for operation in kinds.operations}
                    for name in (FULFILL, UNDO):
                        performs[name] = await kinds.prepare(name, WARM + COUNTED)
                    return {name: await _count(perform, proxy) for name, perform in performs.items()}
            finally:
                await asyncio.to_thread(stack.stop)


def _replace_host(database_url: str, folder: Path) -> str:
    parts = conninfo_to_dict(database_url)
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={quote(str(folder))}"


async def _count(perform: Perform, proxy: CountingProxy) -> RoundTrips:
    """Count the operations of one kind, and subtract the statements of an idle stack."""
    for _ in range(WARM):
        await perform(0)
    idle, _ = await _count_during(proxy, asyncio.sleep(IDLE_SECONDS))
    counted, seconds = await _count_during(proxy, _repeat(perform, COUNTED))
    round_trips, statements = (
        (busy - quiet * seconds / IDLE_SECONDS) / COUNTED for busy, quiet in zip(counted, idle, strict=True)
    )
    return RoundTrips(round_trips, statements)


async def _count_during(proxy: CountingProxy, work: Awaitable[None]) -> tuple[tuple[int, int], float]:
    begin, before = time.perf_counter(), (proxy.round_trips, proxy.statements)
    await work
    after = (proxy.round_trips, proxy.statements)
    return (after[0] - before[0], after[1] - before[1]), time.perf_counter() - begin


async def _repeat(perform: Perform, count: int) -> None:
    for _ in range(count):
        await perform(0)
