"""Run the chaos suite: `python -m tests.chaos --minutes 10 --seed 7`."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import ChaosFailed, Plan, chaos, say


def main() -> int:
    """Return 0 if every promise held, 1 if one was broken, 130 if the run was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--load", type=float, default=60.0, help="seconds of load and trouble in each round")
    parser.add_argument("--retry-for", type=int, default=60, help="seconds for which the service keeps trying")
    fields = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="orderly-chaos-"))
    plan = Plan(fields.seed, clients=fields.clients, load_seconds=fields.load, retry_for=fields.retry_for)
    say(f"seed {plan.seed}, {fields.minutes:g} minutes, in {folder}")
    try:
        asyncio.run(_until_stopped(plan, folder, fields.minutes * 60))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130
    except ChaosFailed as failure:
        say(str(failure))
        say(f"the stack's logs are in {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    say("every promise held")
    return 0


async def _until_stopped(plan: Plan, folder: Path, seconds: float) -> None:
    """Run chaos; SIGTERM ends it like Ctrl-C, so that the stack and its stopped processes are ended."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await chaos(plan, folder, seconds, say)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Temporal's native threads can abort an interpreter that exits normally
