"""`python -m benchmarks.neighbours`: one organization's single operations, alone and next to another's bulk work."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from benchmarks.contestant import NotDone
from benchmarks.executions import Say, empty_folder
from benchmarks.figures import percentile
from benchmarks.http_client import Connection, connections
from benchmarks.results import Neighbours, Results
from benchmarks.routes import BATCH
from benchmarks.slow_carrier import slow_down
from benchmarks.stack import BenchStack, StackFailed
from benchmarks.subjects import Operation
from bootstrap.embedded.demo import ensure_demo
from bootstrap.embedded.stackfile import Demo
from bootstrap.settings import Settings

MANY = 1500
FAULTS = 1000
WARM = 20
BETWEEN_SECONDS = 0.05
BEGIN_SECONDS = 2.0
SINGLES = 40
ALONE_SECONDS = 8.0


def main() -> int:
    """Measure and print; return 1 if an operation failed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.neighbours",
        description="Measure how much one organization's bulk work delays another.",
    )
    parser.add_argument("--many", type=int, default=MANY, help="operations of the busy organization, up to 10,000")
    parser.add_argument(
        "--singles", type=int, default=SINGLES, help="number of single operations, alone and next to bulk work"
    )
    parser.add_argument("--carrier-seconds", type=float, help="duration of each purchase during the bulk work")
    arguments = parser.parse_args()
    try:
        with empty_folder() as folder:
            result = uvloop.run(
                neighbours(folder, arguments.many, arguments.singles, ALONE_SECONDS, arguments.carrier_seconds)
            )
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(describe(result))
    return 0


async def measure_neighbours(results: Results, say: Say) -> None:
    """Measure once per repetition, each time on a new stack, because the bulk work is left unfinished."""
    effort = results.effort
    for _ in range(effort.repetitions):
        with empty_folder() as folder:
            result = await neighbours(folder, MANY, effort.singles, effort.seconds)
        results.neighbours.append(result)
        say(describe(result))


def describe(result: Neighbours) -> str:
    """Return the result in one line."""
    alone, beside = (
        f"p50 {percentile(values, 50):.0f} ms, p95 {percentile(values, 95):.0f} ms"
        for values in (result.alone, result.beside)
    )
    return (
        f"a single operation: alone {alone}; next to bulk work {beside};"
        f" ratio p50 {result.ratio(50):.2f}, p95 {result.ratio(95):.2f};"
        f" the bulk work: {result.many_alone:.1f}/s alone, {result.many_beside:.1f}/s next to single operations"
    )


async def neighbours(
    folder: Path, many: int, singles: int, seconds: float, carrier_seconds: float | None = None
) -> Neighbours:
    """Time one organization's single operations alone, then next to another's bulk work.

    Args:
        folder: an empty folder.
        many: the number of operations of the bulk work.
        singles: the number of single operations, each time.
        seconds: how long to watch the bulk work alone.
        carrier_seconds: the duration of each purchase during the bulk work; None: no artificial delay.

    Raises:
        NotDone: a step failed.
    """
    stack = BenchStack(folder)
    async with AsyncExitStack() as closing:
        closing.callback(stack.stop)
        await stack.start()
        info = stack.info
        other = await another_organization(folder, info["database_url"], info["sandbox_url"])
        demo = {"order_id": str(other.order_id), "carrier_account_id": str(other.carrier_account_id)}
        busy = await closing.enter_async_context(connections(info["api_url"], info["api_key"], 1))
        clients = await closing.enter_async_context(connections(info["api_url"], other.api_key, 1))
        single = Operation({"demo": demo}, clients)
        await time_singles(single, WARM)
        alone = await time_singles(single, singles)
        if carrier_seconds is not None:
            await _slow(info["sandbox_url"], many, carrier_seconds)
        await create_batches(Operation(info, busy), many)
        await execute_all(busy[0], many)
        await asyncio.sleep(BEGIN_SECONDS)
        many_alone, _ = await _pace(busy[0], asyncio.sleep(seconds, []))
        many_beside, beside = await _pace(busy[0], time_singles(single, singles))
    return Neighbours(alone, beside, many_alone, many_beside)


async def another_organization(folder: Path, database_url: str, sandbox_url: str) -> Demo:
    """Create another organization, with an order and an account like the stack's own."""
    key = (folder / "data" / "encryption.key").read_text().strip()
    settings = {"database_url": database_url, "encryption_keys": [key], "sandbox_url": sandbox_url}
    return await ensure_demo(Settings.model_validate({**settings, "allow_loopback": True}), None)


async def time_singles(single: Operation, count: int) -> list[float]:
    """Create and execute one operation after the other; return the duration of each, in ms."""
    taken = []
    for _ in range(count):
        begin = time.perf_counter()
        await single(0)
        taken.append((time.perf_counter() - begin) * 1000)
        await asyncio.sleep(BETWEEN_SECONDS)
    return taken


async def _slow(sandbox_url: str, many: int, seconds: float) -> None:
    async with connections(sandbox_url, "sandbox", 1) as (sandbox,):
        for _ in range(-(-many // FAULTS)):
            await slow_down(sandbox, seconds, FAULTS)


async def create_batches(operation: Operation, many: int) -> None:
    for first in range(0, many, BATCH):
        await operation.create_many(0, min(BATCH, many - first))


async def execute_all(client: Connection, many: int) -> None:
    chosen = {"filter": {"type": "create_shipment"}, "expected_count": many}
    status, answer = await client.call("POST", "/api/operations/execute", chosen)
    if status != 202 or json.loads(answer)["data"]["started"] != many:
        raise NotDone(f"execute answered {status}: {answer[:1000].decode()}")


async def _pace(client: Connection, meanwhile: Awaitable[list[float]]) -> tuple[float, list[float]]:
    """Return how many bulk operations complete per second during `meanwhile`, and the result of `meanwhile`."""
    begin, before = time.perf_counter(), await _count_completed(client)
    taken = await meanwhile
    after = await _count_completed(client)
    return (after - before) / (time.perf_counter() - begin), taken


async def _count_completed(client: Connection) -> int:
    _, answer = await client.call("GET", "/api/operations?status=completed&limit=1")
    total: int = json.loads(answer)["pagination"]["total"]
    return total


if __name__ == "__main__":
    sys.exit(main())
