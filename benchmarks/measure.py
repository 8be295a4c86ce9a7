"""One complete measurement: the executions of all contestants, then the service alone."""

import os
from collections.abc import Sequence

from benchmarks import executions, load, machine
from benchmarks.contestant import Contestant
from benchmarks.executions import Say, empty_folder
from benchmarks.footprint import measure_footprint, memory
from benchmarks.http_client import connections
from benchmarks.kinds import measure_kinds
from benchmarks.label_request import TOKEN
from benchmarks.neighbours import measure_neighbours
from benchmarks.opponents.opponents import OPPONENTS
from benchmarks.own_stack import OwnStack
from benchmarks.processes import CpuMeter
from benchmarks.results import Effort, Results
from benchmarks.round_trips import measure_round_trips
from benchmarks.routes import measure_batches, measure_routes
from benchmarks.slow_carrier import measure_slow_carrier
from benchmarks.stack import BenchStack
from benchmarks.subjects import Purchase
from benchmarks.waits import measure_waits

PURCHASES = 100
QUICK = Effort(
    repetitions=3, clients=(1, 64), seconds=1.0, routes_seconds=0.5, waits=64, singles=15, carrier_seconds=(2.0, 5.0)
)
FULL = Effort(repetitions=3, clients=(1, 16, 64, 256), seconds=8.0, routes_seconds=3.0, waits=500, singles=40, warm=192)


async def measure(effort: Effort, contestants: Sequence[Contestant], say: Say) -> Results:
    """Measure everything, each contestant on its own servers.

    Raises:
        NotDone: a step failed, or a contestant did not do the same work as the others.
    """
    results = Results(effort, facts=machine.facts(), load_before=os.getloadavg()[0])
    available = executions.find_available(contestants, results, say)
    await executions.measure(available, results, say)
    with empty_folder() as folder:
        stack = BenchStack(folder)
        try:
            await measure_footprint(stack, results, say)
            await _purchase(stack, results)
            await measure_waits(stack, results, say)
            await measure_kinds(stack, results, say)
            await measure_slow_carrier(stack, results, say)
            results.loaded_megabytes = memory(stack)
            await measure_routes(stack, results, say)
            await measure_batches(stack, results, say)
        finally:
            stack.stop()
    await measure_neighbours(results, say)
    await measure_round_trips(results, say)
    return results


def all_contestants() -> list[Contestant]:
    """Return the service's own stack and all opponents."""
    return [OwnStack(), *OPPONENTS]


async def _purchase(stack: BenchStack, results: Results) -> None:
    """Time the carrier's own work."""
    async with connections(stack.info["sandbox_url"], TOKEN, 1) as carrier:
        purchase = Purchase(carrier)
        meter = CpuMeter(stack.pids())
        for _ in range(results.effort.repetitions):
            run = await load.run(
                lambda client: purchase.call(carrier[client]), clients=1, operations=PURCHASES, meter=meter
            )
            results.purchase.append(run)
