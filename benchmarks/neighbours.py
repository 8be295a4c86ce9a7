"""`python -m benchmarks.neighbours`: one organization's single operations, alone and beside another's many."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from benchmarks.contender import NotDone
from benchmarks.executions import empty_folder
from benchmarks.figures import percentile
from benchmarks.http_client import Connection, connections
from benchmarks.stack import BenchStack, StackFailed
from benchmarks.subjects import Operation
from bootstrap.demo import Demo, ensure_demo
from bootstrap.settings import Settings

BATCH = 500
FAULTS = 1000
WARM = 20
BETWEEN_SECONDS = 0.05
BEGIN_SECONDS = 2.0
ALONE_SECONDS = 8.0


def main() -> int:
    """Measure and print; 1 where something was not done as it should."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description="Measure who delays whom.")
    parser.add_argument("--many", type=int, default=1500, help="operations of the busy organization, up to 10,000")
    parser.add_argument("--singles", type=int, default=40, help="operations of the other one, before and meanwhile")
    parser.add_argument("--carrier-seconds", type=float, help="how long each purchase takes while the many wait")
    given = parser.parse_args()
    try:
        with empty_folder() as folder:
            uvloop.run(_measured(folder, given.many, given.singles, given.carrier_seconds))
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


async def _measured(folder: Path, many: int, singles: int, carrier_seconds: float | None) -> None:
    stack = BenchStack(folder)
    async with AsyncExitStack() as closing:
        closing.callback(stack.stop)
        await stack.start()
        info = stack.info
        neighbour = await _neighbour(folder, info["database_url"], info["sandbox_url"])
        demo = {"order_id": str(neighbour.order_id), "carrier_account_id": str(neighbour.carrier_account_id)}
        busy = await closing.enter_async_context(connections(info["api_url"], info["api_key"], 1))
        clients = await closing.enter_async_context(connections(info["api_url"], neighbour.api_key, 1))
        single = Operation({"demo": demo}, clients)
        await _singles(single, WARM)
        idle = await _singles(single, singles)
        if carrier_seconds is not None:
            await _slow(info["sandbox_url"], many, carrier_seconds)
        await _begin_many(Operation(info, busy), busy[0], many)
        await asyncio.sleep(BEGIN_SECONDS)
        alone = await _pace(busy[0], asyncio.sleep(ALONE_SECONDS, []))
        beside = await _pace(busy[0], _singles(single, singles))
    for name, taken in (("alone", idle), ("beside the many", beside[1])):
        print(f"a single operation {name}: p50 {percentile(taken, 50):.0f} ms, p95 {percentile(taken, 95):.0f} ms")
    ratios = (f"p{one} {percentile(beside[1], one) / percentile(idle, one):.2f}" for one in (50, 95))
    print(f"ratio: {', '.join(ratios)}")
    print(f"the many: {alone[0]:.1f} a second alone, {beside[0]:.1f} beside the single ones")


async def _neighbour(folder: Path, database_url: str, sandbox_url: str) -> Demo:
    """Make another organization, with an order and an account as the stack's own has."""
    key = (folder / "data" / "encryption.key").read_text().strip()
    given = {"database_url": database_url, "encryption_keys": [key], "sandbox_url": sandbox_url}
    return await ensure_demo(Settings.model_validate({**given, "allow_loopback": True}), None)


async def _singles(single: Operation, count: int) -> list[float]:
    """Create and execute one after the other; return how long each took, in ms."""
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
            script = {"target": "labels.create", "faults": [f"slow:{seconds:g}"] * FAULTS}
            status, answer = await sandbox.call("POST", "/_sandbox/faults", script)
            if status != 200:
                raise NotDone(f"the sandbox answered {status}: {answer[:1000].decode()}")


async def _begin_many(operation: Operation, client: Connection, many: int) -> None:
    for first in range(0, many, BATCH):
        await operation.create_many(0, min(BATCH, many - first))
    chosen = {"filter": {"type": "create_shipment"}, "expected_count": many}
    status, answer = await client.call("POST", "/api/operations/execute", chosen)
    if status != 202 or json.loads(answer)["data"]["started"] != many:
        raise NotDone(f"execute answered {status}: {answer[:1000].decode()}")


async def _pace(client: Connection, meanwhile: Awaitable[list[float]]) -> tuple[float, list[float]]:
    """Return how many of the many are completed in a second meanwhile, and what it came to."""
    begin, before = time.perf_counter(), await _completed(client)
    taken = await meanwhile
    after = await _completed(client)
    return (after - before) / (time.perf_counter() - begin), taken


async def _completed(client: Connection) -> int:
    _, answer = await client.call("GET", "/api/operations?status=completed&limit=1")
    total: int = json.loads(answer)["pagination"]["total"]
    return total


if __name__ == "__main__":
    sys.exit(main())
