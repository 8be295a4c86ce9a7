"""The API alone: three calls compared with bare routes, and single creates compared with batches."""

import json
from collections.abc import Sequence

import psycopg

from benchmarks import load
from benchmarks.comparison import serve_beside
from benchmarks.contestant import NotDone
from benchmarks.executions import Say
from benchmarks.http_client import Connection, connections
from benchmarks.processes import CpuMeter
from benchmarks.results import Results
from benchmarks.stack import BenchStack
from benchmarks.subjects import Operation

API_CLIENTS = 16
ROUTES = ("create", "get", "list")
BATCH = 500
BATCHES = 4
"""Calls per run. Twice as many are sent first, because Postgres prepares a statement at its fifth use."""


async def measure_routes(stack: BenchStack, results: Results, say: Say) -> None:
    """Measure each route and its bare route in turns; the first round is a warm-up."""
    info = stack.info
    async with serve_beside("benchmarks.bare_api", info["database_url"]) as (url, pid):
        meter = CpuMeter({**stack.pids(), "bare": pid})
        async with (
            connections(info["api_url"], info["api_key"], API_CLIENTS) as ours,
            connections(url, info["api_key"], API_CLIENTS) as bare,
        ):
            shown = await _find_completed(ours[0])
            _analyze(info["database_url"])
            for repetition in range(-1, results.effort.repetitions):
                for route in ROUTES:
                    pairs = [(results.bare_routes, bare), (results.routes, ours)]
                    for runs, clients in pairs if repetition % 2 else reversed(pairs):
                        perform, seconds = (
                            _operation(route, clients, Operation(info, clients), shown),
                            results.effort.routes_seconds,
                        )
                        done = await load.run(
                            perform, clients=API_CLIENTS, operations=API_CLIENTS, seconds=seconds, meter=meter
                        )
                        if repetition >= 0:
                            runs.setdefault(route, []).append(done)
    for route in ROUTES:
        rates = [runs[route][-1].per_second for runs in (results.routes, results.bare_routes)]
        say(f"{route}: {rates[0]:.0f}/s, bare {rates[1]:.0f}/s")


async def measure_batches(stack: BenchStack, results: Results, say: Say) -> None:
    """Create the same number of operations one by one and in batches, with one client, in turns."""
    info, meter = stack.info, CpuMeter(stack.pids())
    async with connections(info["api_url"], info["api_key"], 1) as clients:
        operation = Operation(info, clients)

        async def single(client: int) -> None:
            await operation.create(client)

        async def batch(client: int) -> None:
            await operation.create_many(client, BATCH)

        await load.run(batch, clients=1, operations=2 * BATCHES, meter=meter)
        for _ in range(results.effort.repetitions):
            results.singles.append(await load.run(single, clients=1, operations=BATCH, meter=meter))
            results.batches.append(await load.run(batch, clients=1, operations=BATCHES, meter=meter))
            one, many = results.singles[-1].per_second, BATCH * results.batches[-1].per_second
            say(f"creates: {one:.0f}/s one by one, {many:.0f}/s by {BATCH}: {many / one:.1f} times")


def _analyze(database_url: str) -> None:
    """Update Postgres's statistics, as it does itself within a minute; until then its plans assume empty tables."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("analyze")


async def _find_completed(connection: Connection) -> str:
    _, answer = await connection.call("GET", "/api/operations?status=completed&limit=1")
    ident: str = json.loads(answer)["data"][0]["id"]
    return ident


def _operation(route: str, clients: Sequence[Connection], operation: Operation, shown: str) -> load.Perform:
    path = {"get": f"/api/operations/{shown}", "list": "/api/operations?limit=20"}.get(route)

    async def create(client: int) -> None:
        await operation.create(client)

    async def read(client: int) -> None:
        status, _ = await clients[client].call("GET", str(path))
        if status != 200:
            raise NotDone(f"{path} answered {status}")

    return read if path else create
