"""`python -m benchmarks.outage`: thousands of executions while their carrier is down, then up again.

Reads are timed throughout and memory is measured. The carrier's log must show the account's rate limit. In the end
every operation must be completed with one label.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.contestant import NotDone
from benchmarks.figures import percentile
from benchmarks.http_client import Connection
from benchmarks.processes import megabytes
from benchmarks.stack import BenchStack, StackFailed
from benchmarks.subjects import Operation
from domain.vendors.fedex import FEDEX

NOWHERE = "http://127.0.0.1:9"
BATCH = 500
PER_SECOND = 15
CONCURRENT = 8
PROBE_SECONDS = 0.05
WITHOUT_PROGRESS_SECONDS = 120.0

Say = Callable[[str], None]


@dataclass
class Phase:
    """The measurements of one phase. Latencies in ms, memory in MB by process."""

    name: str
    reads: list[float] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def format(self) -> str:
        """Return the phase in one line."""
        memory = ", ".join(f"{name} {value:.0f}" for name, value in sorted(self.memory.items()))
        p50, p95, most = percentile(self.reads, 50), percentile(self.reads, 95), max(self.reads)
        return (
            f"{self.name}: {self.seconds:.0f} s; {len(self.reads)} reads, p50 {p50:.0f} ms, p95 {p95:.0f} ms,"
            f" longest {most:.0f} ms; memory at its end (MB): {memory}"
        )


class Outage:
    """One stack, and the phases of its outage."""

    def __init__(self, stack: BenchStack, say: Say) -> None:
        self._stack = stack
        self._say = say
        key = stack.info["api_key"]
        self._connections = [Connection(stack.info["api_url"], key) for _ in range(3)]
        self._account = stack.info["demo"]["carrier_account_id"]

    async def run(self, operations: int) -> None:
        """Execute all operations while the carrier is down; check that they complete once it is up."""
        operation = Operation(self._stack.info, self._connections)
        await self._settings(base_url=NOWHERE, max_concurrent=CONCURRENT, max_per_second=float(PER_SECOND))
        one = await operation.create(0)
        await self._during("recording", one, self._record(operation, operations - 1))
        await self._during("executing, the carrier is down", one, self._execute(operations))
        await self._during("waiting, the carrier is down", one, asyncio.sleep(60))
        await self._settings(base_url=None)  # back to the sandbox
        await self._during("the carrier is up", one, self._wait_until_completed(operations))
        await self._check(operations)

    async def _record(self, operation: Operation, operations: int) -> None:
        for done in range(0, operations, BATCH):
            await operation.create_many(0, min(BATCH, operations - done))

    async def _execute(self, operations: int) -> None:
        """Execute all operations with one call."""
        body = {"filter": {}, "expected_count": operations}
        status, answer = await self._connections[-2].call("POST", "/api/operations/execute", body)
        if status != 202:
            raise NotDone(f"execute answered {status}: {answer.decode()}")

    async def _settings(self, **settings: Any) -> None:
        path = f"/api/carrier-accounts/{self._account}"
        # required for an address other than the sandbox
        body = {"settings": settings, "credentials": dict(FEDEX.sandbox_credentials)}
        status, answer = await self._connections[-2].call("PATCH", path, body)
        if status != 200:
            raise NotDone(f"the account's settings answered {status}: {answer.decode()}")

    async def _during(self, name: str, one: str, work: Any) -> None:
        phase, begin = Phase(name), time.perf_counter()
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await self._read(phase, one)
                await asyncio.wait({task}, timeout=PROBE_SECONDS)
            await task
        finally:
            task.cancel()
        phase.seconds = time.perf_counter() - begin
        phase.memory = megabytes(self._stack.pids())
        self._say(phase.format())

    async def _read(self, phase: Phase, ident: str) -> None:
        """Read one operation or the first page, in turn."""
        path = f"/api/operations/{ident}" if len(phase.reads) % 2 else "/api/operations?limit=20"
        begin = time.perf_counter()
        status, answer = await self._connections[-1].call("GET", path)
        phase.reads.append((time.perf_counter() - begin) * 1000)
        if status != 200:
            raise NotDone(f"a read answered {status}: {answer.decode()}")

    async def _wait_until_completed(self, operations: int) -> None:
        seen, since = 0, time.monotonic()
        while seen < operations:
            _, answer = await self._connections[-2].call("GET", "/api/operations?status=completed&limit=1")
            total = int(json.loads(answer)["pagination"]["total"])
            if total > seen:
                seen, since = total, time.monotonic()
            elif time.monotonic() - since > WITHOUT_PROGRESS_SECONDS:
                raise NotDone(f"{seen} of {operations} completed, none in the last {WITHOUT_PROGRESS_SECONDS:.0f} s")
            await asyncio.sleep(1)

    async def _check(self, operations: int) -> None:
        sandbox = Connection(self._stack.info["sandbox_url"], "")
        _, answer = await sandbox.call("GET", "/_sandbox/requests?target=labels.create")
        await sandbox.close()
        calls = json.loads(answer)["data"]
        times = sorted(datetime.fromisoformat(call["at"]).timestamp() for call in calls)
        later = 0
        most = 0
        for earlier, at in enumerate(times):
            while later < len(times) and times[later] < at + 1.0:
                later += 1
            most = max(most, later - earlier)
        references = {call["reference"] for call in calls}
        self._say(
            f"purchases: {len(calls)}, references: {len(references)}; most in a second: {most} ({PER_SECOND} allowed)"
        )
        if not len(calls) == len(references) == operations:
            raise NotDone("the purchases differ from the operations")


async def measure(operations: int, folder: Path, say: Say) -> None:
    """Measure on a new stack."""
    stack = BenchStack(folder)
    try:
        await stack.start()
        await Outage(stack, say).run(operations)
    finally:
        stack.stop()


def main() -> int:
    """Return 0 if every operation was completed with one label."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="orderly-bench-") as folder:
            Path(folder).chmod(0o755)  # if we are root, PostgreSQL runs as another user
            uvloop.run(measure(arguments.operations, Path(folder), lambda line: print(line, flush=True)))
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
