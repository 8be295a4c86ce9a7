"""`python -m benchmarks.endpoints BEFORE [AFTER]`: the cost of events and webhooks, next to an earlier version."""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from benchmarks import load
from benchmarks.contestant import NotDone
from benchmarks.executions import WARM_CLIENTS, empty_folder, rotate
from benchmarks.figures import Spread, percentile
from benchmarks.http_client import Connection
from benchmarks.kinds import Kinds
from benchmarks.receiver import RunningReceiver, run_receiver
from benchmarks.report.markdown import table
from benchmarks.stack import PROJECT, StackFailed
from benchmarks.versions import CPU, SIDES, WARM, Comparison, Figures, check_out, run_kinds

COMPLETED = "operation.completed"
SUBSCRIPTIONS = (None, COMPLETED, "*")
"""The event types of the endpoint; None: no endpoint."""
BEFORE, AFTER = SIDES
PATH = "/api/webhook-endpoints"
SETTLE_SECONDS = 120.0
RATE = 20.0
EVENTS_OF_OPERATION = 5
"""Created, executing, step done and completed, and the shipment's creation."""


@dataclass(frozen=True)
class Effort:
    """The amount of work. Each repetition starts both versions in empty folders; they take `turns` turns."""

    repetitions: int = 2
    turns: int = 6
    operations: int = 40
    clients: int = 32
    seconds: float = 4.0
    rate_seconds: float = 15.0


@dataclass
class Delivered:
    """Figures of the deliveries themselves, by name."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """Record one value."""
        self.figures.setdefault(name, []).append(value)

    def format(self) -> str:
        """Return a table of all figures."""
        return table(("deliveries", "value"), [[name, Spread.of(each).format()] for name, each in self.figures.items()])


class EndpointComparison:
    """Measures the versions in turns. The version after has an endpoint during its own measurements."""

    def __init__(self, effort: Effort, receiver: RunningReceiver) -> None:
        self.compared = Comparison()
        self.delivered = Delivered()
        self._effort = effort
        self._receiver = receiver

    async def measure(self, kinds: Sequence[Kinds], repetition: int) -> None:
        """Measure all subscriptions in turns, then the delays at a steady rate."""
        for each in kinds:
            await load.run(each.operations[0], clients=WARM_CLIENTS, operations=WARM, meter=each.meter)
        for turn in range(self._effort.turns):
            for number, subscription in enumerate(rotate(SUBSCRIPTIONS, turn)):
                for side in rotate(SIDES, repetition + turn + number):
                    await self._take(kinds[side], side, subscription)
        for subscription, operations in ((COMPLETED, RATE), ("*", RATE / EVENTS_OF_OPERATION)):
            await self._measure_delays(kinds[AFTER], subscription, operations)

    async def _take(self, kinds: Kinds, side: int, subscription: str | None) -> None:
        if side == BEFORE or subscription is None:
            figures = await self._measure_operations(kinds, subscription)
        else:
            async with self._endpoint(kinds.clients[0], subscription, f"{self._effort.clients} clients"):
                figures = await self._measure_operations(kinds, subscription)
        self.compared.add(side, figures)
        shown = ", ".join(f"{name} {value:.1f}" for name, value in figures.items())
        print(f"{'AB'[side]}: {shown}", file=sys.stderr, flush=True)

    async def _measure_operations(self, kinds: Kinds, subscription: str | None) -> Figures:
        effort, operation = self._effort, kinds.operations[0]
        alone = await load.run(operation, clients=1, operations=effort.operations, meter=kinds.meter)
        clients = effort.clients
        many = await load.run(operation, clients=clients, operations=clients, seconds=effort.seconds, meter=kinds.meter)
        name = "no endpoint" if subscription is None else subscription
        cpu = {f"{name}, CPU of {part}, ms": many.cpu[group] for part, group in CPU.items()}
        return {f"{name}, p50 at 1 client, ms": alone.p50, f"{name}, per second": many.per_second, **cpu}

    async def _measure_delays(self, kinds: Kinds, subscription: str, per_second: float) -> None:
        """Execute operations at a steady rate, which makes 20 deliveries per second."""
        tasks = []
        async with self._endpoint(kinds.clients[0], subscription, f"{RATE:g} deliveries per second"):
            begin = time.perf_counter()
            for number in range(round(self._effort.rate_seconds * per_second)):
                await asyncio.sleep(max(begin + number / per_second - time.perf_counter(), 0))
                tasks.append(asyncio.create_task(kinds.operations[0](1 + number % (len(kinds.clients) - 1))))
            await asyncio.gather(*tasks)

    @contextlib.asynccontextmanager
    async def _endpoint(self, client: Connection, subscription: str, rate: str) -> AsyncIterator[None]:
        """Create an endpoint for the block. At its end, wait until all events have arrived, and delete it."""
        body = {"url": self._receiver.url, "event_types": [subscription]}
        status, answer = await client.call("POST", PATH, body)
        if status != 201:
            raise NotDone(f"the endpoint's creation answered {status}: {answer.decode()}")
        path = f"{PATH}/{json.loads(answer)['data']['id']}"
        yield
        seconds = await _wait_until_settled(client, path)
        await client.call("DELETE", path)
        delays = await self._receiver.take_delays()
        self.delivered.add(f"{subscription}, {rate}: delay p50, ms", percentile(delays, 50))
        self.delivered.add(f"{subscription}, {rate}: delay p95, ms", percentile(delays, 95))
        self.delivered.add(f"{subscription}, {rate}: last answer to last delivery, s", seconds)


async def _wait_until_settled(client: Connection, path: str) -> float:
    """Wait until the endpoint has acknowledged the newest event; return the seconds."""
    begin = time.perf_counter()
    _, answer = await client.call("GET", "/api/events?limit=1")
    newest = json.loads(answer)["data"][0]["id"]
    async with asyncio.timeout(SETTLE_SECONDS):
        while True:
            _, answer = await client.call("GET", path)
            if json.loads(answer)["data"]["acknowledged_up_to"] == newest:
                return time.perf_counter() - begin
            await asyncio.sleep(0.02)


async def compare(trees: Sequence[Path], effort: Effort) -> EndpointComparison:
    """Measure both versions, in turns and in rotating order.

    Raises:
        NotDone: an operation failed.
    """
    async with run_receiver() as receiver:
        comparison = EndpointComparison(effort, receiver)
        for repetition in range(effort.repetitions):
            async with contextlib.AsyncExitStack() as closing:
                kinds = [await closing.enter_async_context(run_kinds(tree)) for tree in trees]
                await comparison.measure(kinds, repetition)
    return comparison


def main() -> int:
    """Compare and print; return 1 if an operation failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints", description=__doc__)
    parser.add_argument("before", help="a tag, a commit, or a folder")
    parser.add_argument("after", nargs="?", default=str(PROJECT), help="the same; by default this folder as it is")
    parser.add_argument("--repeat", type=int, default=Effort.repetitions, help="repetitions of everything")
    parser.add_argument("--turns", type=int, default=Effort.turns, help="turns of each repetition")
    arguments = parser.parse_args()
    effort = Effort(repetitions=arguments.repeat, turns=arguments.turns)
    try:
        with empty_folder() as folder:
            versions = (arguments.before, arguments.after)
            trees = [check_out(version, folder / f"version-{side}") for side, version in enumerate(versions)]
            comparison = uvloop.run(compare(trees, effort))
    except (NotDone, StackFailed, subprocess.CalledProcessError) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(comparison.compared.format(("before", "after")))
    print(comparison.delivered.format())
    return 0


if __name__ == "__main__":
    sys.exit(main())
