"""`python -m benchmarks.webhooks`: the delay of webhooks, alone and next to a dead endpoint with undelivered events."""

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import psycopg
from cryptography.fernet import Fernet

from api.webhook_endpoints.service import new_secret
from benchmarks.executions import empty_folder
from benchmarks.figures import percentile
from benchmarks.tables.cluster import running_cluster
from bootstrap.container import Container, open_container
from bootstrap.settings import Settings

DEAD = 100_000
EVENTS = 300
RATE = 20.0
ROUNDS = 3
BURST = 2_000
SECONDS = 120.0
INSERT = """
    insert into events (id, organization_id, type, subject_type, subject_id, data)
    values (%s, %s, 'order.changed', 'order', gen_random_uuid(), '{"status": "shipped"}')
"""
MANY = """
    insert into events (organization_id, type, subject_type, subject_id, data)
    select %s, 'order.changed', 'order', gen_random_uuid(), '{"status": "shipped"}' from generate_series(1, %s)
"""


@dataclass
class Receivers:
    """An endpoint that answers at once, and another that never answers."""

    healthy: str = ""
    dead: str = ""
    received: dict[str, float] = field(default_factory=dict)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
                await reader.readexactly(int(fields["content-length"]))
                self.received.setdefault(fields["webhook-id"], time.perf_counter())
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async def ignore(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(-1)
        writer.close()


@contextlib.asynccontextmanager
async def running_receivers() -> AsyncIterator[Receivers]:
    receivers = Receivers()
    healthy = await asyncio.start_server(receivers.answer, "127.0.0.1", 0)
    dead = await asyncio.start_server(receivers.ignore, "127.0.0.1", 0)
    receivers.healthy = f"http://127.0.0.1:{healthy.sockets[0].getsockname()[1]}/"
    receivers.dead = f"http://127.0.0.1:{dead.sockets[0].getsockname()[1]}/"
    try:
        yield receivers
    finally:
        healthy.close()
        dead.close()


async def create_endpoint(container: Container, url: str, name: str) -> tuple[UUID, UUID]:
    """Create an organization with an endpoint; return both ids."""
    organization = await container.database.create_organization(name)
    row = {"url": url, "event_types": ["order.*"], "description": None, "enabled": True}
    async with container.database.organization(organization) as data:
        return organization, (await data.webhook_endpoints.create(row, new_secret())).id


async def measure_delays(
    connection: psycopg.AsyncConnection[object], receivers: Receivers, organization: UUID, count: int, rate: float
) -> list[float]:
    """Commit events at a steady rate; return the milliseconds from each commit to its arrival."""
    committed: dict[str, float] = {}
    begin = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(begin + number / rate - time.perf_counter(), 0))
        ident = uuid4()
        await connection.execute(INSERT, [ident, organization])
        committed[str(ident)] = time.perf_counter()
    await until(lambda: committed.keys() <= receivers.received.keys())
    return [(receivers.received[ident] - at) * 1000 for ident, at in committed.items()]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 - the receiver counts in this process
            await asyncio.sleep(0.01)


async def measure_burst(
    connection: psycopg.AsyncConnection[object], receivers: Receivers, organization: UUID
) -> tuple[float, float]:
    """Commit many events at once; return events per second, and CPU milliseconds of this process per event."""
    begin, cpu, before = time.perf_counter(), time.process_time(), len(receivers.received)
    await connection.execute(MANY, [organization, BURST])
    await until(lambda: len(receivers.received) >= before + BURST)
    return BURST / (time.perf_counter() - begin), (time.process_time() - cpu) / BURST * 1000


async def measure(container: Container, receivers: Receivers, dead_events: int, events: int, rate: float) -> None:
    """Print the delays with the dead endpoint disabled and enabled, in turns."""
    ours, _ = await create_endpoint(container, receivers.healthy, "healthy")
    theirs, dead = await create_endpoint(container, receivers.dead, "dead")
    enable = "update webhook_endpoints set enabled = %s where id = %s"
    url = container.settings.database_url
    found: dict[bool, list[float]] = {False: [], True: []}
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(enable, [False, dead])
        await connection.execute(MANY, [theirs, dead_events])
        sender = asyncio.create_task(container.webhook_sender().run())
        await measure_delays(connection, receivers, ours, 50, rate)
        for _ in range(ROUNDS):
            for is_enabled in (False, True):
                await connection.execute(enable, [is_enabled, dead])
                found[is_enabled] += await measure_delays(connection, receivers, ours, events, rate)
        await connection.execute(enable, [False, dead])
        speed, cpu = await measure_burst(connection, receivers, ours)
        sender.cancel()
        await asyncio.wait([sender])
    for is_enabled, name in ((False, "alone"), (True, f"next to a dead endpoint with {dead_events} events")):
        print(f"{name}: p50 {percentile(found[is_enabled], 50):.0f} ms, p95 {percentile(found[is_enabled], 95):.0f} ms")
    print(f"ratio p95 {percentile(found[True], 95) / percentile(found[False], 95):.2f}")
    print(f"burst: {speed:.0f} events/s, {cpu:.2f} ms of CPU per event, receiver included")


async def run(dead_events: int, events: int, rate: float) -> None:
    """Measure on a new cluster."""
    with empty_folder() as folder:
        async with running_cluster(folder) as cluster, running_receivers() as receivers:
            cluster.database("webhooks")
            settings = Settings(
                database_url=cluster.url("webhooks"),
                encryption_keys=[Fernet.generate_key().decode()],
                allow_loopback=True,
            )
            async with open_container(settings) as container:
                await measure(container, receivers, dead_events, events, rate)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.webhooks", description="Measure how much a dead endpoint delays others."
    )
    parser.add_argument("--dead", type=int, default=DEAD, help="undelivered events of the dead endpoint")
    parser.add_argument("--events", type=int, default=EVENTS, help="events of the healthy endpoint, each time")
    parser.add_argument("--rate", type=float, default=RATE, help="events per second")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.dead, arguments.events, arguments.rate))
    return 0


if __name__ == "__main__":
    sys.exit(main())
