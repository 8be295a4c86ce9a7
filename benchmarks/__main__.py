"""`python -m benchmarks [--quick] [--repeat N]`: measure, print, and write docs/benchmarks.md."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import uvloop

from benchmarks.measure import Effort, measure
from benchmarks.report import document
from benchmarks.stack import PROJECT, StackFailed
from benchmarks.subjects import NotDone

PAGE = PROJECT / "docs" / "benchmarks.md"


def main() -> int:
    """Measure; return the exit code: 1 where something was not done as it should, 130 after a Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the service on this machine.")
    parser.add_argument("--quick", action="store_true", help="fewer deeds and repetitions; docs/ stays as it is")
    parser.add_argument("--repeat", type=int, help="repetitions of everything (5, with --quick 2)")
    parser.add_argument("--output", type=Path, help="where the page is written (docs/benchmarks.md)")
    given = parser.parse_args()
    if given.repeat is not None and given.repeat < 1:
        parser.error("--repeat must be 1 or more")
    effort = Effort(given.repeat or 2, 40, 200, 600) if given.quick else Effort(given.repeat or 5, 100, 600, 2000)
    page = given.output or (None if given.quick else PAGE)
    try:
        with tempfile.TemporaryDirectory(prefix="orderly-bench-") as folder:
            Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this one is root
            text = uvloop.run(_measured(effort, Path(folder)))
    except asyncio.CancelledError:
        print("stopped", file=sys.stderr)
        return 130
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    print(text)
    if page is not None:
        page.write_text(text)
        print(f"written to {page}", file=sys.stderr)
    return 0


async def _measured(effort: Effort, folder: Path) -> str:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return document(await measure(effort, folder, lambda line: print(line, file=sys.stderr, flush=True)))


if __name__ == "__main__":
    sys.exit(main())
