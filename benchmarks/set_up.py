"""`python -m benchmarks.set_up`: time from `make up` in a clean clone to a ready API, with pip's cache filled."""

import argparse
import subprocess
import sys
from pathlib import Path

import uvloop

from benchmarks import machine
from benchmarks.executions import empty_folder
from benchmarks.stack import ANY_PORTS, PROJECT, BenchStack, StackFailed, clean_environment
from benchmarks.stored import SET_UP, SetUp

FETCHING_SECONDS = 900.0
"""Time limit of the first set-up, in which pip may download everything."""
REPETITIONS = 3


async def measure(repetitions: int) -> SetUp:
    """Set up and start a clone of the last commit once per repetition; a first, uncounted time fills pip's cache."""
    set_up = SetUp(machine.facts())
    for repetition in range(repetitions + 1):
        with empty_folder() as folder:
            seconds = await _once(folder)
        if repetition:
            set_up.seconds.append(round(seconds, 1))
        print(f"ready after {seconds:.1f} s" + ("" if repetition else " (not counted)"), flush=True)
    return set_up


async def _once(folder: Path) -> float:
    flags = " ".join(("--data-dir", str(folder / "data"), *ANY_PORTS))
    stack = BenchStack(folder, ("make", "up", f"ARGS={flags}"), _clone(folder / "clone"))
    try:
        return await stack.start(FETCHING_SECONDS)
    finally:
        stack.stop()


def _clone(to: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", PROJECT, to], check=True, env=clean_environment())
    return to


def main() -> int:
    """Return 0 if every stack was ready."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.set_up", description=__doc__)
    parser.add_argument("--repeat", type=int, default=REPETITIONS, help="repetitions (3)")
    arguments = parser.parse_args()
    if arguments.repeat < 1:
        parser.error("--repeat must be 1 or more")
    try:
        uvloop.run(measure(arguments.repeat)).write(SET_UP)
    except (StackFailed, subprocess.CalledProcessError) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(f"stored in {SET_UP}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
