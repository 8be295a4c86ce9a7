"""`python -m benchmarks.bulk`: the pace of a bulk action, alone and next to single operations of others."""

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import uvloop

from benchmarks import load
from benchmarks.contestant import NotDone
from benchmarks.executions import empty_folder
from benchmarks.figures import percentile
from benchmarks.http_client import Connection, connections
from benchmarks.neighbours import BEGIN_SECONDS, another_organization, create_batches, time_singles
from benchmarks.processes import CpuMeter
from benchmarks.stack import BenchStack, StackFailed
from benchmarks.subjects import OneCall, Operation

MANY = 10_000
BESIDE = 3_000
SINGLES = 100
CLIENTS = (16, 32, 64)
SECONDS = 20.0
WARM = 100
READ_SECONDS = 0.1
POLL_SECONDS = 0.5
PARTS = 10

ENDS = """
    select extract(epoch from completed_at)::float8
    from bulk_items join operations on operations.id = bulk_items.operation_id
    where bulk_action_id = %s and completed_at is not null order by completed_at
"""


@dataclass(slots=True)
class BulkFigures:
    """The figures of one run: operations per second, and durations in ms."""

    singles_per_second: dict[str, float] = field(default_factory=dict)
    """By kind of call and number of clients."""
    best: str = ""
    best_again: float = 0.0
    """The pace of the best kind of single call after the bulk action."""
    many: int = 0
    alone_per_second: float = 0.0
    parts_per_second: list[float] = field(default_factory=list)
    """The pace of each tenth of the operations."""
    reads: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    beside_per_second: float = 0.0

    def describe(self) -> str:
        """Return the figures in lines."""
        single = (self.singles_per_second[self.best] + self.best_again) / 2
        paces = ", ".join(f"{name} {pace:.1f}/s" for name, pace in self.singles_per_second.items())
        parts = " ".join(f"{pace:.1f}" for pace in self.parts_per_second)
        slowest = min(self.parts_per_second) / statistics.median(self.parts_per_second)
        idle, beside = ([percentile(values, percent) for percent in (50, 95)] for values in (self.idle, self.beside))
        return "\n".join(
            [
                f"single calls: {paces}; after the bulk: {self.best} {self.best_again:.1f}/s",
                f"bulk of {self.many} alone: {self.alone_per_second:.1f}/s,"
                f" {self.alone_per_second / single:.2f} of the best single calls ({self.best}: {single:.1f}/s)",
                f"each tenth: {parts} per s; the slowest is {slowest:.2f} of the median",
                f"reads meanwhile: p50 {percentile(self.reads, 50):.0f} ms, p95 {percentile(self.reads, 95):.0f} ms",
                f"another organization's single operation: idle p50 {idle[0]:.0f} ms, p95 {idle[1]:.0f} ms;"
                f" beside p50 {beside[0]:.0f} ms, p95 {beside[1]:.0f} ms;"
                f" ratio {beside[0] / idle[0]:.2f}, {beside[1] / idle[1]:.2f}",
                f"the bulk beside: {self.beside_per_second:.1f}/s,"
                f" {self.beside_per_second / self.alone_per_second:.2f} of its pace alone",
            ]
        )


def main() -> int:
    """Measure and print; return 1 if a step failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bulk", description="Measure the pace of a bulk action, and its effect on others."
    )
    parser.add_argument("--many", type=int, default=MANY, help="operations of the bulk action that runs alone")
    parser.add_argument("--beside", type=int, default=BESIDE, help="operations of the one next to single operations")
    parser.add_argument("--singles", type=int, default=SINGLES, help="number of single operations, idle and beside")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="duration of each run of single calls")
    arguments = parser.parse_args()
    try:
        with empty_folder() as folder:
            bench = BulkBench(folder, arguments.many, arguments.beside, arguments.singles, arguments.seconds)
            figures = uvloop.run(bench.measure())
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(figures.describe())
    return 0


class BulkBench:
    """One run on its own stack."""

    def __init__(self, folder: Path, many: int, beside: int, singles: int, seconds: float) -> None:
        self._folder = folder
        self._many, self._beside, self._singles, self._seconds = many, beside, singles, seconds
        self._stack = BenchStack(folder)
        self._figures = BulkFigures(many=many)

    async def measure(self) -> BulkFigures:
        """Start the stack, measure, and stop it.

        Raises:
            NotDone: a step failed.
        """
        async with AsyncExitStack() as closing:
            closing.callback(self._stack.stop)
            await self._stack.start()
            info = self._stack.info
            other = await another_organization(self._folder, info["database_url"], info["sandbox_url"])
            demo = {"order_id": str(other.order_id), "carrier_account_id": str(other.carrier_account_id)}
            neighbour = await closing.enter_async_context(connections(info["api_url"], other.api_key, 1))
            busy = await closing.enter_async_context(connections(info["api_url"], info["api_key"], max(CLIENTS)))
            single = Operation({"demo": demo}, neighbour)
            await time_singles(single, self._singles // 5)
            self._figures.idle = await time_singles(single, self._singles)
            await self._run_alone(busy)
            await self._run_beside(busy, single)
        return self._figures

    async def _run_alone(self, clients: Sequence[Connection]) -> None:
        """Measure single calls, then a bulk action, then the best kind of single calls again."""
        subjects = {"two calls": Operation(self._stack.info, clients), "one call": OneCall(self._stack.info, clients)}
        figures, kinds = self._figures, {(name, count) for name in subjects for count in CLIENTS}
        for name, count in sorted(kinds):
            figures.singles_per_second[f"{name}, {count} clients"] = await self._time_calls(subjects[name], count)
        name, count = max(kinds, key=lambda kind: figures.singles_per_second[f"{kind[0]}, {kind[1]} clients"])
        await self._run_bulk(clients)
        figures.best, figures.best_again = (
            f"{name}, {count} clients",
            await self._time_calls(subjects[name], count),
        )

    async def _time_calls(self, subject: Operation, count: int) -> float:
        """Return how many operations the clients complete per second."""
        meter = CpuMeter(self._stack.pids())
        await load.run(subject, clients=count, operations=WARM, meter=meter)
        run = await load.run(subject, clients=count, operations=count, seconds=self._seconds, meter=meter)
        return run.per_second

    async def _run_bulk(self, clients: Sequence[Connection]) -> None:
        """Execute the operations by a filter; read meanwhile."""
        began, ident = await self._start(clients, self._many)
        reading = asyncio.create_task(self._read_for_ever(clients[1], ident))
        try:
            await _wait_for_end(clients[0], ident, self._many)
        finally:
            reading.cancel()
        ends = self._read_ends(ident)
        self._figures.alone_per_second = len(ends) / (ends[-1] - began)
        marks = [began, *(ends[len(ends) * part // PARTS - 1] for part in range(1, PARTS + 1))]
        self._figures.parts_per_second = [
            len(ends) / PARTS / (later - earlier) for earlier, later in itertools.pairwise(marks)
        ]

    async def _run_beside(self, clients: Sequence[Connection], single: Operation) -> None:
        """Execute operations by a filter, and time another organization's single operations meanwhile."""
        _, ident = await self._start(clients, self._beside)
        await asyncio.sleep(BEGIN_SECONDS)
        began = time.time()
        self._figures.beside = await time_singles(single, self._singles)
        ended = time.time()
        ends = self._read_ends(ident)
        if len(ends) >= self._beside:
            raise NotDone(f"the bulk action ended before the {self._singles} single operations: use a larger --beside")
        self._figures.beside_per_second = sum(began <= end < ended for end in ends) / (ended - began)

    async def _start(self, clients: Sequence[Connection], many: int) -> tuple[float, str]:
        """Create operations, and execute them with a bulk action; return when it began, and its id."""
        await create_batches(Operation(self._stack.info, clients), many)
        wanted = {"action": "execute", "filter": {"type": "create_shipment"}}
        began = time.time()
        counted = await _post(clients[0], {**wanted, "dry_run": True}, 200)
        created = await _post(clients[0], {**wanted, "expected_count": counted["count"]}, 202)
        if created["total"] != many:
            raise NotDone(f"the filter matches {created['total']} operations, not {many}")
        return began, str(created["id"])

    async def _read_for_ever(self, client: Connection, ident: str) -> None:
        """Read lists, the bulk action and its items in turns, and time each read."""
        paths = [
            "/api/operations?limit=20",
            f"/api/bulk-actions/{ident}",
            "/api/operations?status=executing&limit=20",
            f"/api/bulk-actions/{ident}/items?limit=20",
        ]
        while True:
            for path in paths:
                begin = time.perf_counter()
                status, answer = await client.call("GET", path)
                self._figures.reads.append((time.perf_counter() - begin) * 1000)
                if status != 200:
                    raise NotDone(f"{path} answered {status}: {answer[:1000].decode()}")
                await asyncio.sleep(READ_SECONDS)

    def _read_ends(self, ident: str) -> list[float]:
        """Return when each operation of the bulk action completed."""
        with psycopg.connect(self._stack.info["database_url"]) as connection:
            connection.execute("set role orderly_system")
            return [end for (end,) in connection.execute(ENDS, (ident,))]


async def _post(client: Connection, body: dict[str, object], expected: int) -> dict[str, int]:
    status, answer = await client.call("POST", "/api/bulk-actions", body)
    if status != expected:
        raise NotDone(f"the bulk action answered {status}: {answer[:1000].decode()}")
    data: dict[str, int] = json.loads(answer)["data"]
    return data


async def _wait_for_end(client: Connection, ident: str, many: int) -> None:
    while True:
        _, answer = await client.call("GET", f"/api/bulk-actions/{ident}")
        action = json.loads(answer)["data"]
        if action["status"] == "ended":
            break
        await asyncio.sleep(POLL_SECONDS)
    if action["succeeded"] != many:
        raise NotDone(f"only {action['succeeded']} of {many} operations succeeded: {answer[:1000].decode()}")


if __name__ == "__main__":
    sys.exit(main())
