"""One whole measurement: what is started, in which order it is measured, and what must be true at the end."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import load
from benchmarks.http_client import Connection
from benchmarks.load import Run
from benchmarks.processes import CpuMeter, megabytes
from benchmarks.stack import PROJECT, BenchStack, clean_environment, free_port
from benchmarks.subjects import (
    REFERENCE,
    BareWorkflow,
    NotDone,
    Operation,
    Purchase,
    Subject,
    bare_worker,
    connect,
)

MANY = 64
API_CLIENTS = 16
SETTLE_SECONDS = 5.0

WAITS = "bare, activity waits 5 ms"
BUYS = "bare, activity buys the label"
ROUTES = ("create", "get", "list")
BATCH = 500
BATCHES = 4
"""Calls per run; twice as many come first, for a statement is prepared when it comes for the fifth time."""


@dataclass(frozen=True)
class Effort:
    """How much is done: repetitions, and deeds per run."""

    repetitions: int
    alone: int
    many: int
    routes: int


@dataclass
class Results:
    """Everything that was measured; runs are one per repetition."""

    effort: Effort
    load_before: float = 0.0
    """The machine's load average (1 minute) before anything was started: the others'."""
    ready_seconds: list[float] = field(default_factory=list)
    idle_megabytes: dict[str, float] = field(default_factory=dict)
    loaded_megabytes: dict[str, float] = field(default_factory=dict)
    alone: dict[str, list[Run]] = field(default_factory=dict)
    many: dict[str, list[Run]] = field(default_factory=dict)
    routes: dict[str, list[Run]] = field(default_factory=dict)
    bare_routes: dict[str, list[Run]] = field(default_factory=dict)
    singles: list[Run] = field(default_factory=list)
    batches: list[Run] = field(default_factory=list)
    """A deed is a call that creates `BATCH` operations."""
    purchase: Run | None = None
    completed: int = 0
    labels: int = 0


async def measure(effort: Effort, folder: Path, say: Callable[[str], None]) -> Results:
    """Measure everything on a stack of its own.

    Raises:
        NotDone: something did not come to its proper end, or not everybody did the same work.
    """
    results = Results(effort, load_before=os.getloadavg()[0])
    stack = BenchStack(folder)
    try:
        for which in ("first", "second"):
            stack.stop()
            results.ready_seconds.append(await stack.start())
            say(f"{which} start: ready after {results.ready_seconds[-1]:.1f} s")
        await asyncio.sleep(SETTLE_SECONDS)
        results.idle_megabytes = _memory(stack)
        await _executions(stack, results, say)
        results.loaded_megabytes = _memory(stack)
        await _routes(stack, results, say)
        await _batches(stack, results, say)
    finally:
        stack.stop()
    return results


def _memory(stack: BenchStack) -> dict[str, float]:
    return {**megabytes(stack.pids()), "orderly up": stack.watcher_megabytes()}


async def _executions(stack: BenchStack, results: Results, say: Callable[[str], None]) -> None:
    info, effort = stack.info, results.effort
    meter = CpuMeter(stack.pids())
    temporal = await connect(info["temporal_address"])
    async with connections(info["sandbox_url"], "sandbox", 2 * MANY) as carrier:
        purchase = Purchase(carrier)
        async with connections(info["api_url"], info["api_key"], MANY) as clients, bare_worker(temporal, purchase):
            operation = Operation(info, clients)
            subjects: list[Subject] = [
                BareWorkflow(WAITS, temporal, "wait"),
                BareWorkflow(BUYS, temporal, "buy"),
                operation,
            ]
            for subject in subjects:
                await load.run(subject, clients=16, deeds=MANY, meter=meter)
            results.purchase = await load.run(
                lambda client: purchase.call(carrier[client]), clients=1, deeds=effort.alone, meter=meter
            )
            for repetition in range(effort.repetitions):
                # Another one begins each time: the server slows a little with every workflow it has run.
                turn = repetition % len(subjects)
                for subject in (*subjects[turn:], *subjects[:turn]):
                    await _one(subject, results, meter, say)
            await _same_work(info, results, operation, purchase)


async def _one(subject: Subject, results: Results, meter: CpuMeter, say: Callable[[str], None]) -> None:
    alone = await load.run(subject, clients=1, deeds=results.effort.alone, meter=meter)
    many = await load.run(subject, clients=MANY, deeds=results.effort.many, meter=meter)
    results.alone.setdefault(subject.name, []).append(alone)
    results.many.setdefault(subject.name, []).append(many)
    say(
        f"{subject.name}: 1 client p50 {alone.p50:.1f} ms, p95 {alone.p95:.1f} ms;"
        f" {MANY} clients {many.per_second:.1f}/s, p95/p50 {many.p95 / many.p50:.2f}"
    )


async def _same_work(info: dict[str, str], results: Results, operation: Operation, purchase: Purchase) -> None:
    """Hold the labels that the sandbox sold against what the subjects say they did."""
    async with connections(info["sandbox_url"], "sandbox", 1) as (sandbox,):
        _, answer = await sandbox.call("GET", "/_sandbox/labels")
    live = [label["reference"] for label in json.loads(answer)["data"] if label["status"] == "live"]
    bare = sum(reference.startswith(REFERENCE) for reference in live)
    results.labels, results.completed = len(live) - bare, operation.completed
    if results.labels != operation.completed or bare != purchase.bought:
        raise NotDone(
            f"{operation.completed} operations bought {results.labels} labels, {purchase.bought} purchases {bare}"
        )
    async with connections(info["api_url"], info["api_key"], 1) as (client,):
        _, answer = await client.call("GET", "/api/operations?status=completed&limit=1")
    if (total := json.loads(answer)["pagination"]["total"]) != operation.completed:
        raise NotDone(f"{operation.completed} operations were completed, the API counts {total}")


async def _routes(stack: BenchStack, results: Results, say: Callable[[str], None]) -> None:
    info = stack.info
    async with _bare_api(info["database_url"]) as (url, pid):
        meter = CpuMeter({**stack.pids(), "bare": pid})
        async with (
            connections(info["api_url"], info["api_key"], API_CLIENTS) as ours,
            connections(url, info["api_key"], API_CLIENTS) as bare,
        ):
            _, answer = await ours[0].call("GET", "/api/operations?status=completed&limit=1")
            shown = json.loads(answer)["data"][0]["id"]
            for repetition in range(-1, results.effort.repetitions):
                for route in ROUTES:
                    for runs, clients in ((results.bare_routes, bare), (results.routes, ours)):
                        deed = _deed(route, clients, Operation(info, clients), shown)
                        done = await load.run(deed, clients=API_CLIENTS, deeds=results.effort.routes, meter=meter)
                        if repetition >= 0:  # the first round warms up
                            runs.setdefault(route, []).append(done)
    for route in ROUTES:
        rates = [runs[route][-1].per_second for runs in (results.routes, results.bare_routes)]
        say(f"{route}: {rates[0]:.0f}/s, bare {rates[1]:.0f}/s")


async def _batches(stack: BenchStack, results: Results, say: Callable[[str], None]) -> None:
    """Create as many operations one by one as by one call, by one client, in turns."""
    info, meter = stack.info, CpuMeter(stack.pids())
    async with connections(info["api_url"], info["api_key"], 1) as clients:
        operation = Operation(info, clients)

        async def single(client: int) -> None:
            await operation.create(client)

        async def batch(client: int) -> None:
            await operation.create_many(client, BATCH)

        await load.run(batch, clients=1, deeds=2 * BATCHES, meter=meter)
        for _ in range(results.effort.repetitions):
            results.singles.append(await load.run(single, clients=1, deeds=BATCH, meter=meter))
            results.batches.append(await load.run(batch, clients=1, deeds=BATCHES, meter=meter))
            one, many = results.singles[-1].per_second, BATCH * results.batches[-1].per_second
            say(f"creates: {one:.0f}/s one by one, {many:.0f}/s by {BATCH}: {many / one:.1f} times")


def _deed(route: str, clients: list[Connection], operation: Operation, shown: str) -> load.Deed:
    path = {"get": f"/api/operations/{shown}", "list": "/api/operations?limit=20"}.get(route)

    async def create(client: int) -> None:
        await operation.create(client)

    async def read(client: int) -> None:
        status, _ = await clients[client].call("GET", str(path))
        if status != 200:
            raise NotDone(f"{path} answered {status}")

    return read if path else create


@contextlib.asynccontextmanager
async def connections(url: str, token: str, count: int) -> AsyncIterator[list[Connection]]:
    """Open so many connections, and close them at the end."""
    opened = [Connection(url, token) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            await connection.close()


@contextlib.asynccontextmanager
async def _bare_api(database_url: str) -> AsyncIterator[tuple[str, int]]:
    """Run the bare routes in a process of their own."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - it is forked in a moment
        [sys.executable, "-m", "benchmarks.bare_api", str(port), database_url],
        cwd=PROJECT,
        env=clean_environment(),
        start_new_session=True,
    )
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                yield f"http://127.0.0.1:{port}", process.pid
                return
            await asyncio.sleep(0.02)
        raise NotDone("the bare routes did not start")
    finally:
        process.terminate()
        process.wait()
