"""A closed loop of clients: each begins its next deed when its last one has ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

from benchmarks.figures import percentile
from benchmarks.processes import CpuMeter

Deed = Callable[[int], Awaitable[None]]
"""Does one deed as the client of that number; raises where it did not succeed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to. Latencies in ms, CPU in ms per deed by process."""

    clients: int
    deeds: int
    per_second: float
    p50: float
    p95: float
    cpu: dict[str, float]


async def run(deed: Deed, *, clients: int, deeds: int, meter: CpuMeter) -> Run:
    """Do `deeds` deeds with so many clients; any failure ends the run."""
    left = iter(range(deeds))
    latencies: list[float] = []

    async def client(number: int) -> None:
        for _ in left:
            begun = time.perf_counter()
            await deed(number)
            latencies.append((time.perf_counter() - begun) * 1000)

    before = meter.seconds()
    begun = time.perf_counter()
    await _all([client(number) for number in range(clients)])
    elapsed = time.perf_counter() - begun
    spent = meter.seconds()
    return Run(
        clients=clients,
        deeds=deeds,
        per_second=deeds / elapsed,
        p50=percentile(latencies, 50),
        p95=percentile(latencies, 95),
        cpu={name: (spent[name] - before[name]) * 1000 / deeds for name in spent},
    )


async def _all(clients: Sequence[Coroutine[None, None, None]]) -> None:
    """Run them together; the first failure ends all of them."""
    tasks = [asyncio.ensure_future(one) for one in clients]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
