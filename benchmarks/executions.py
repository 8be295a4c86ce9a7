"""Measures the executions of all contestants, each alone in an empty folder, in rotating order."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from benchmarks import load
from benchmarks.contestant import Contestant, Running
from benchmarks.opponents.environment import Missing
from benchmarks.processes import CpuMeter
from benchmarks.results import Results

WARM_CLIENTS = 16

Say = Callable[[str], None]
One = TypeVar("One")


def find_available(contestants: Sequence[Contestant], results: Results, say: Say) -> list[Contestant]:
    """Return the contestants whose parts are available on this machine; record the reason for each of the others."""
    found = []
    for contestant in contestants:
        try:
            results.versions[contestant.name] = contestant.versions()
        except Missing as missing:
            results.skipped[contestant.name] = str(missing)
            say(f"{contestant.name}: skipped: {missing}")
        else:
            found.append(contestant)
            say(f"{contestant.name}: {results.versions[contestant.name]}")
    return found


async def measure(contestants: Sequence[Contestant], results: Results, say: Say) -> None:
    """Measure all contestants, once per repetition.

    Raises:
        NotDone: an operation failed, or a contestant did not buy one label per operation.
    """
    for repetition in range(results.effort.repetitions):
        for contestant in rotate(contestants, repetition):
            with empty_folder() as folder:
                async with contestant.start(folder) as running:
                    await _levels(running, repetition, results, say)
                    work = await running.check()
            operations, labels = results.work.get(contestant.name, (0, 0))
            results.work[contestant.name] = (operations + work.operations, labels + work.labels)


def rotate(contestants: Sequence[One], by: int) -> list[One]:
    """Return the items rotated, so that another one comes first each time."""
    first = by % len(contestants)
    return [*contestants[first:], *contestants[:first]]


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Yield a temporary folder, and delete it with its content afterwards."""
    with tempfile.TemporaryDirectory(prefix="orderly-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # if we are root, PostgreSQL runs as another user
        yield Path(folder)


async def _levels(running: Running, repetition: int, results: Results, say: Say) -> None:
    meter = CpuMeter(running.pids)
    for subject in running.subjects:
        await load.run(subject, clients=WARM_CLIENTS, operations=results.effort.warm, meter=meter)
    for level, clients in enumerate(results.effort.clients):
        # The order rotates, because an engine slows down a little with every run.
        for subject in rotate(running.subjects, repetition + level):
            seconds = results.effort.seconds_of(clients)
            run = await load.run(subject, clients=clients, operations=clients, seconds=seconds, meter=meter)
            results.executions.setdefault(subject.name, {}).setdefault(clients, []).append(run)
            say(
                f"{subject.name}, {clients} clients: {run.per_second:.1f}/s,"
                f" p50 {run.p50:.1f} ms, p95 {run.p95:.1f} ms, CPU {run.cpu_in_all:.1f} ms"
            )
