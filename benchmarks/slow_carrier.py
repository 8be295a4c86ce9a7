"""Measures create_shipments whose carrier takes long, against the carrier's own time."""

from benchmarks import load
from benchmarks.contestant import NotDone
from benchmarks.executions import Say
from benchmarks.http_client import Connection
from benchmarks.kinds import Kinds, open_kinds
from benchmarks.load import Run
from benchmarks.results import Results
from benchmarks.stack import BenchStack

CLIENTS = 4
"""The clients of one run; each sends one operation."""


async def measure_slow_carrier(stack: BenchStack, results: Results, say: Say) -> None:
    """Measure each duration once per repetition."""
    async with open_kinds(stack) as kinds:
        for seconds in results.effort.carrier_seconds:
            runs = [await run_slow(kinds, seconds) for _ in range(results.effort.repetitions)]
            results.slow_carrier[seconds] = runs
            beyond = ", ".join(f"{run.p50 - 1000 * seconds:.0f}" for run in runs)
            say(f"a carrier that takes {seconds:g} s: {beyond} ms longer than the carrier (p50)")


async def run_slow(kinds: Kinds, seconds: float) -> Run:
    """Execute one operation per client while each purchase takes the given time."""
    await slow_down(kinds.sandbox, seconds, CLIENTS)
    return await load.run(kinds.operations[0], clients=CLIENTS, operations=CLIENTS, meter=kinds.meter)


async def slow_down(sandbox: Connection, seconds: float, purchases: int) -> None:
    """Make the next purchases take the given time."""
    script = {"target": "labels.create", "faults": [f"slow:{seconds:g}"] * purchases}
    status, answer = await sandbox.call("POST", "/_sandbox/faults", script)
    if status != 200:
        raise NotDone(f"the sandbox answered {status}: {answer[:1000].decode()}")
