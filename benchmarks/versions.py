"""`python -m benchmarks.versions BEFORE [AFTER]`: compare two versions of the service, measured in turns."""

import argparse
import asyncio
import contextlib
import functools
import io
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop

from benchmarks import load
from benchmarks.contestant import NotDone
from benchmarks.executions import WARM_CLIENTS, empty_folder, rotate
from benchmarks.figures import Spread, ratios
from benchmarks.kinds import Kinds, Measure, open_kinds
from benchmarks.report.markdown import table
from benchmarks.round_trips import count_round_trips
from benchmarks.slow_carrier import run_slow
from benchmarks.stack import PROJECT, BenchStack, StackFailed, up_command
from benchmarks.subjects import Operation

CPU = {"API and worker": "service", "Temporal": "engine", "Postgres": "postgres"}
SIDES = (0, 1)
WARM = 240
"""Enough for every database connection to plan its statements for the last time."""

Figures = dict[str, float]
Take = Callable[[], Awaitable[Figures]]


@dataclass(frozen=True)
class Effort:
    """The amount of work. Each repetition starts both versions in empty folders; they take `turns` turns."""

    repetitions: int
    turns: int
    operations: int
    seconds: float
    carrier_seconds: tuple[float, ...]
    clients: tuple[int, ...] = (32, 64)


FULL = Effort(3, turns=4, operations=40, seconds=6.0, carrier_seconds=(2.0, 5.0, 30.0))
QUICK = Effort(1, turns=3, operations=15, seconds=2.0, carrier_seconds=(2.0, 5.0))


class Comparison:
    """The figures of two versions, by name, in the order of measurement."""

    def __init__(self) -> None:
        self._found: tuple[dict[str, list[float]], dict[str, list[float]]] = ({}, {})

    def add(self, side: int, figures: Figures) -> None:
        """Record the figures of one turn."""
        for name, value in figures.items():
            self._found[side].setdefault(name, []).append(value)

    def format(self, names: Sequence[str]) -> str:
        """Return the table of all figures, with ratios within each turn."""
        before, after = self._found
        rows = [
            [name, Spread.of(values).format(), Spread.of(after[name]).format(), ratios(after[name], values).format(2)]
            for name, values in before.items()
            if name in after
        ]
        return table(("figure", *names, "after : before"), rows)


def main() -> int:
    """Compare and print; return 1 if an operation failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.versions", description=__doc__)
    parser.add_argument("before", help="a tag, a commit, or a folder")
    parser.add_argument("after", nargs="?", default=str(PROJECT), help="the same; by default this folder as it is")
    parser.add_argument("--quick", action="store_true", help="about six minutes")
    parser.add_argument("--repeat", type=int, help="repetitions of everything (3)")
    parser.add_argument("--only", default="", help="measure only the figures whose name contains this text")
    arguments = parser.parse_args()
    effort = QUICK if arguments.quick else FULL
    effort = replace(effort, repetitions=arguments.repeat or effort.repetitions)
    try:
        with empty_folder() as folder:
            names = [arguments.before, arguments.after]
            trees = [check_out(name, folder / f"version-{side}") for side, name in enumerate(names)]
            comparison = uvloop.run(compare(trees, effort, arguments.only))
    except (NotDone, StackFailed, subprocess.CalledProcessError) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(comparison.format([name if not Path(name).is_dir() else Path(name).resolve().name for name in names]))
    return 0


def check_out(version: str, to: Path) -> Path:
    """Return the folder of a version: the given one, or the files of a tag or commit in a new one."""
    if Path(version).is_dir():
        return Path(version).resolve()
    files = subprocess.run(["git", "archive", version], cwd=PROJECT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(files)) as archive:
        archive.extractall(to, filter="data")
    return to


def make_stack(tree: Path, folder: Path, env: dict[str, str] | None = None) -> BenchStack:
    """Return a stack of a version's files, with its own packages if it has a virtual environment."""
    own = tree / ".venv" / "bin" / "python"
    command = up_command(own if own.exists() else sys.executable, folder)
    return BenchStack(folder, command, tree, {"PYTHONPATH": str(tree), **(env or {})})


async def compare(trees: Sequence[Path], effort: Effort, only: str) -> Comparison:
    """Measure both versions, each time in turns and in rotating order.

    Raises:
        NotDone: an operation failed.
    """
    comparison = Comparison()
    for repetition in range(effort.repetitions):
        async with contextlib.AsyncExitStack() as closing:
            kinds = [await closing.enter_async_context(run_kinds(tree)) for tree in trees]
            await _measure(kinds, effort, comparison, only, repetition)
    if only in "round trips of SQL":
        for side, tree in enumerate(trees):
            with empty_folder() as folder:
                counted = await count_round_trips(folder, functools.partial(make_stack, tree))
            comparison.add(side, {f"{name}, round trips of SQL": each.round_trips for name, each in counted.items()})
    return comparison


@contextlib.asynccontextmanager
async def run_kinds(tree: Path) -> AsyncIterator[Kinds]:
    """Run a stack of a version's files during the block, and yield its kinds."""
    with empty_folder() as folder:
        stack = make_stack(tree, folder)
        try:
            await stack.start()
            async with open_kinds(stack) as kinds:
                yield kinds
        finally:
            await asyncio.to_thread(stack.stop)


async def _measure(kinds: Sequence[Kinds], effort: Effort, comparison: Comparison, only: str, first: int) -> None:
    """Measure all figures in turns, those with a slow carrier once and first; side `first` begins."""
    for each in kinds:
        await load.run(each.operations[0], clients=WARM_CLIENTS, operations=WARM, meter=each.meter)
    takes, slow = ([make(each, effort) for each in kinds] for make in (_make_takes, _make_slow_takes))
    for name in slow[0]:
        if only in name:
            await _take_both(name, slow, comparison, first)
    usable = [name for name in takes[0] if only in name and await _is_usable(name, takes)]
    for turn in range(effort.turns):
        for name in usable:
            await _take_both(name, takes, comparison, first + turn)


def _make_takes(kinds: Kinds, effort: Effort) -> dict[str, Take]:
    takes: dict[str, Take] = {
        f"{name}, 1 client": functools.partial(_take_alone, measure, effort.operations)
        for name, measure in kinds.measures().items()
    }
    for operation in kinds.operations[:2]:
        for clients in effort.clients:
            take = functools.partial(_take_many, kinds, operation, clients, effort.seconds)
            takes[f"{operation.name}, {clients} clients"] = take
    return takes


def _make_slow_takes(kinds: Kinds, effort: Effort) -> dict[str, Take]:
    return {
        f"a carrier that takes {seconds:g} s": functools.partial(_take_slow, kinds, seconds)
        for seconds in effort.carrier_seconds
    }


async def _is_usable(name: str, takes: Sequence[dict[str, Take]]) -> bool:
    """Return True if both versions can perform it; this is also the warm-up."""
    try:
        for take in takes:
            await take[name]()
    except NotDone as failed:
        print(f"{name}: skipped: {failed}", file=sys.stderr, flush=True)
        return False
    return True


async def _take_both(name: str, takes: Sequence[dict[str, Take]], comparison: Comparison, first: int) -> None:
    for side in rotate(SIDES, first):
        figures = await takes[side][name]()
        comparison.add(side, figures)
        shown = ", ".join(f"{figure} {value:.1f}" for figure, value in figures.items())
        print(f"{'AB'[side]}: {shown}", file=sys.stderr, flush=True)


async def _take_alone(measure: Measure, operations: int) -> Figures:
    return {f"{kind}, p50 at 1 client, ms": run.p50 for kind, run in (await measure(operations)).items()}


async def _take_many(kinds: Kinds, operation: Operation, clients: int, seconds: float) -> Figures:
    run = await load.run(operation, clients=clients, operations=clients, seconds=seconds, meter=kinds.meter)
    used = {f"{operation.name}, CPU of {part} at {clients} clients, ms": run.cpu[group] for part, group in CPU.items()}
    return {f"{operation.name}, per second at {clients} clients": run.per_second, **used}


async def _take_slow(kinds: Kinds, seconds: float) -> Figures:
    run = await run_slow(kinds, seconds)
    return {f"a carrier that takes {seconds:g} s, p50 of an operation, ms": run.p50}


if __name__ == "__main__":
    sys.exit(main())
