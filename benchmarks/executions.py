"""Everybody's executions: each contender alone, in an empty folder, another one first in each repetition."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from benchmarks import load
from benchmarks.contestant import Contender, Standing
from benchmarks.opponents.environment import Missing
from benchmarks.processes import CpuMeter
from benchmarks.results import Results

WARM_CLIENTS = 16

Say = Callable[[str], None]
One = TypeVar("One")


def present(contenders: Sequence[Contender], results: Results, say: Say) -> list[Contender]:
    """Return those whose parts can be had on this machine; the others are named with the reason."""
    found = []
    for contender in contenders:
        try:
            results.versions[contender.name] = contender.versions()
        except Missing as missing:
            results.skipped[contender.name] = str(missing)
            say(f"{contender.name}: skipped: {missing}")
        else:
            found.append(contender)
            say(f"{contender.name}: {results.versions[contender.name]}")
    return found


async def measure(contenders: Sequence[Contender], results: Results, say: Say) -> None:
    """Measure all of them, again and again.

    Raises:
        NotDone: a deed failed, or somebody did not buy a label for each of its operations.
    """
    for repetition in range(results.effort.repetitions):
        for contender in turned(contenders, repetition):
            with empty_folder() as folder:
                async with contender.standing(folder) as standing:
                    await _levels(standing, repetition, results, say)
                    work = await standing.check()
            operations, labels = results.work.get(contender.name, (0, 0))
            results.work[contender.name] = (operations + work.operations, labels + work.labels)


def turned(contenders: Sequence[One], by: int) -> list[One]:
    """Return them with another one first."""
    first = by % len(contenders)
    return [*contenders[first:], *contenders[:first]]


@contextmanager
def empty_folder() -> Iterator[Path]:
    """Make a folder, and remove it with everything in it."""
    with tempfile.TemporaryDirectory(prefix="orderly-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this one is root
        yield Path(folder)


async def _levels(standing: Standing, repetition: int, results: Results, say: Say) -> None:
    meter = CpuMeter(standing.pids)
    for subject in standing.subjects:
        await load.run(subject, clients=WARM_CLIENTS, deeds=results.effort.warm, meter=meter)
    for level, clients in enumerate(results.effort.clients):
        # Another one begins each time: an engine slows a little with everything that it has run.
        for subject in turned(standing.subjects, repetition + level):
            seconds = results.effort.seconds_of(clients)
            run = await load.run(subject, clients=clients, deeds=clients, seconds=seconds, meter=meter)
            results.executions.setdefault(subject.name, {}).setdefault(clients, []).append(run)
            say(
                f"{subject.name}, {clients} clients: {run.per_second:.1f}/s,"
                f" p50 {run.p50:.1f} ms, p95 {run.p95:.1f} ms, CPU {run.cpu_in_all:.1f} ms"
            )
