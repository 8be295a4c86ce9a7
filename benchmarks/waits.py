"""Measures the time from `execute` to the final status, and from there to the waiting client."""

import json
import time
from datetime import datetime

from benchmarks import load
from benchmarks.executions import Say
from benchmarks.figures import percentile
from benchmarks.http_client import connections
from benchmarks.processes import CpuMeter
from benchmarks.results import Results, Waits
from benchmarks.stack import BenchStack
from benchmarks.subjects import Operation

LEVELS = (1, 64)


async def measure_waits(stack: BenchStack, results: Results, say: Say) -> None:
    """Time each wait with the client's and Postgres's readings of the same machine's clock."""
    info = stack.info
    async with connections(info["api_url"], info["api_key"], max(LEVELS)) as clients:
        operation = Operation(info, clients)
        for level in LEVELS:
            waits = Waits(level)

            async def perform(client: int, waits: Waits = waits) -> None:
                await _time_wait(operation, client, waits)

            await load.run(perform, clients=level, operations=results.effort.waits, meter=CpuMeter(stack.pids()))
            results.waits.append(waits)
            say(
                f"waits, {level} clients: to the final status p50 {percentile(waits.to_final, 50):.1f} ms,"
                f" from there to the client p50 {percentile(waits.to_client, 50):.1f} ms,"
                f" p95 {percentile(waits.to_client, 95):.1f} ms"
            )


async def _time_wait(operation: Operation, client: int, waits: Waits) -> None:
    ident = await operation.create(client)
    asked = time.time()
    answer = await operation.execute(client, ident)
    answered = time.time()
    final = final_moment(answer)
    waits.to_final.append((final - asked) * 1000)
    waits.to_client.append((answered - final) * 1000)


def final_moment(answer: bytes) -> float:
    """Return the start of the transaction of the final status. It commits later, so the real wait is shorter."""
    return datetime.fromisoformat(json.loads(answer)["data"]["completed_at"]).timestamp()
