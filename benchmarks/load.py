"""A closed loop of clients: each starts its next operation when the last one has ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

from benchmarks.figures import percentiles
from benchmarks.processes import CpuMeter

Perform = Callable[[int], Awaitable[None]]
"""Performs one operation as client number N; raises if it fails."""


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run.

    Attributes:
        clients: the number of clients.
        operations: the number of operations in total.
        per_second: operations divided by the time from the start of the first to the end of the last.
        latencies: the percentiles 1 to 100, in ms.
        cpu: CPU per operation by process, in ms.
    """

    clients: int
    operations: int
    per_second: float
    latencies: tuple[float, ...]
    cpu: dict[str, float]

    @property
    def p50(self) -> float:
        """The median latency, in ms."""
        return self.latencies[49]

    @property
    def p95(self) -> float:
        """The 95th percentile of the latency, in ms."""
        return self.latencies[94]

    @property
    def cpu_in_all(self) -> float:
        """The CPU of all processes, in ms per operation."""
        return sum(self.cpu.values())


async def run(perform: Perform, *, clients: int, operations: int, meter: CpuMeter, seconds: float = 0.0) -> Run:
    """Perform `operations` operations with `clients` clients, and more until `seconds` are over; a failure ends all."""
    latencies: list[float] = []
    begin = time.perf_counter()
    left = operations

    async def client(number: int) -> None:
        nonlocal left
        while left > 0 or time.perf_counter() - begin < seconds:
            left -= 1
            started = time.perf_counter()
            await perform(number)
            latencies.append((time.perf_counter() - started) * 1000)

    before = meter.seconds()
    begin = time.perf_counter()
    await _all([client(number) for number in range(clients)])
    elapsed = time.perf_counter() - begin
    spent = meter.seconds()
    done = len(latencies)
    return Run(
        clients=clients,
        operations=done,
        per_second=done / elapsed,
        latencies=percentiles(latencies),
        cpu={name: (spent[name] - before[name]) * 1000 / done for name in spent},
    )


async def _all(clients: Sequence[Coroutine[None, None, None]]) -> None:
    """Run the clients together; the first failure cancels the others."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in clients]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
