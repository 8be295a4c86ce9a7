"""Measures the idle service: memory, time to be ready, import time of the worker."""

import asyncio
import statistics
import subprocess
import sys

from benchmarks.executions import Say
from benchmarks.processes import megabytes
from benchmarks.results import Results
from benchmarks.stack import PROJECT, BenchStack, clean_environment

SETTLE_SECONDS = 5.0
IMPORT = (
    "import time; begin = time.perf_counter(); import bootstrap.processes.worker; print(time.perf_counter() - begin)"
)
WARM_STARTS = 3


async def measure_footprint(stack: BenchStack, results: Results, say: Say) -> None:
    """Start the stack several times; leave it running."""
    results.first_ready_seconds = await stack.start()
    for _ in range(WARM_STARTS):
        stack.stop()
        results.warm_ready_seconds.append(await stack.start())
    warm = statistics.median(results.warm_ready_seconds)
    say(f"ready after {results.first_ready_seconds:.1f} s the first time, after {warm:.1f} s warm")
    await asyncio.sleep(SETTLE_SECONDS)
    results.idle_megabytes = memory(stack)
    say(f"idle: {sum(results.idle_megabytes.values()):.0f} MB")
    results.import_seconds = [_import_seconds() for _ in range(WARM_STARTS)]
    say(f"the worker's import takes {statistics.median(results.import_seconds):.2f} s")


def memory(stack: BenchStack) -> dict[str, float]:
    """Return the PSS of the whole stack by process, in MB."""
    return {**megabytes(stack.pids()), "orderly up": stack.watcher_megabytes()}


def _import_seconds() -> float:
    command = [sys.executable, "-c", IMPORT]
    said = subprocess.run(command, cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, check=True)
    return float(said.stdout)
