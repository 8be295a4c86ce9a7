"""Chaos for as long as you like: `python -m tests.chaos --minutes 10 --seed 7`."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import ChaosFailed, Plan, chaos, say


def main() -> int:
    """Return 0 where every promise held, 1 where one was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--load", type=float, default=60.0, help="seconds of load and trouble in each round")
    parser.add_argument("--retry-for", type=int, default=60, help="seconds for which the service keeps trying")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="orderly-chaos-"))
    plan = Plan(given.seed, clients=given.clients, load_seconds=given.load, retry_for=given.retry_for)
    say(f"seed {plan.seed}, {given.minutes:g} minutes, in {folder}")
    try:
        asyncio.run(chaos(plan, folder, given.minutes * 60, say))
    except ChaosFailed as failure:
        say(str(failure))
        say(f"the stack's logs are in {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    say("every promise held")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # Temporal's native threads were seen to abort an interpreter that ends
