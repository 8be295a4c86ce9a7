"""A closed loop of clients: each begins its next operation when its last one has ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass

from benchmarks.figures import percentiles
from benchmarks.processes import CpuMeter

Perform = Callable[[int], Awaitable[None]]
"""Performs one operation as the client of that number; raises if it does not succeed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to.

    Attributes:
        clients: how many there were.
        operations: how many operations they did.
        per_second: operations by the time from the first's begin to the last's end.
        latencies: the percentiles 1 to 100, in ms.
        cpu: ms of CPU per operation, by process.
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
        """The latency that 95 of 100 operations do not exceed, in ms."""
        return self.latencies[94]

    @property
    def cpu_in_all(self) -> float:
        """The CPU of all processes, in ms per operation."""
        return sum(self.cpu.values())


async def run(perform: Perform, *, clients: int, operations: int, meter: CpuMeter, seconds: float = 0.0) -> Run:
    """Do so many operations with so many clients, and more until `seconds` have passed; any failure ends the run."""
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
    """Run them together; the first failure ends all of them."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in clients]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
