"""`python -m benchmarks [--quick] [--keep] [--repeat N]`: measure, store the figures, write the pages."""

import argparse
import asyncio
import dataclasses
import signal
import sys
from pathlib import Path

import uvloop

from benchmarks.contestant import NotDone
from benchmarks.measure import FULL, QUICK, all_contestants, measure
from benchmarks.report.page import write_pages
from benchmarks.results import SUITE, Effort, Results
from benchmarks.stack import PROJECT, StackFailed

DOCS = PROJECT / "docs" / "explanation"
SHORT = PROJECT / ".cache" / "benchmarks"


def main() -> int:
    """Measure; return the exit code: 1 if an operation failed, 130 after Ctrl-C."""
    arguments = _arguments()
    if arguments.render:
        write_pages(Results.read(SUITE), arguments.output or DOCS)
        return 0
    effort = QUICK if arguments.quick else FULL
    effort = dataclasses.replace(effort, repetitions=arguments.repeat or effort.repetitions)
    try:
        results = uvloop.run(_measure(effort))
    except asyncio.CancelledError:
        print("stopped", file=sys.stderr)
        return 130
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    is_stored = arguments.keep or not arguments.quick
    folder = arguments.output or (DOCS if is_stored else SHORT)
    results.write(SUITE if is_stored else SHORT / SUITE.name)
    page = write_pages(results, folder)
    print(page.read_text())
    print(f"written to {page}", file=sys.stderr)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the service and its opponents.")
    parser.add_argument("--quick", action="store_true", help="shorter; the stored pages stay unchanged")
    parser.add_argument("--keep", action="store_true", help="update the stored pages even with --quick")
    parser.add_argument("--repeat", type=int, help="repetitions of everything (3)")
    parser.add_argument("--render", action="store_true", help="write the pages from the stored figures only")
    parser.add_argument("--output", type=Path, help="folder of the page and the pictures (docs/explanation)")
    arguments = parser.parse_args()
    if arguments.repeat is not None and arguments.repeat < 1:
        parser.error("--repeat must be 1 or more")
    return arguments


async def _measure(effort: Effort) -> Results:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await measure(effort, all_contestants(), lambda line: print(line, file=sys.stderr, flush=True))


if __name__ == "__main__":
    sys.exit(main())
