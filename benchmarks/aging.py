"""`python -m benchmarks.aging [--operations N]`: thousands of operations in a row on one embedded stack.

The speed and memory of each part are stored in benchmarks/results/aging.json, which the benchmark pages read.
"""

import argparse
import sys
from pathlib import Path

import uvloop

from benchmarks import load, machine
from benchmarks.contestant import NotDone
from benchmarks.executions import Say, empty_folder
from benchmarks.footprint import memory
from benchmarks.http_client import connections
from benchmarks.own_stack import check_work
from benchmarks.processes import CpuMeter
from benchmarks.stack import BenchStack, StackFailed
from benchmarks.stored import AGING, Aging
from benchmarks.subjects import Operation

OPERATIONS = 20_000
PARTS = 10
CLIENTS = 32
WARM = 200
SERVERS = ("postgres", "temporal", "sandbox")


async def measure(operations: int, folder: Path, say: Say) -> Aging:
    """Run all operations on a new stack.

    Raises:
        NotDone: an operation was not completed, or did not buy exactly one label.
    """
    stack = BenchStack(folder)
    try:
        await stack.start()
        aging = Aging(machine.facts(), part=operations // PARTS, clients=CLIENTS)
        async with connections(stack.info["api_url"], stack.info["api_key"], CLIENTS) as clients:
            operation, meter = Operation(stack.info, clients), CpuMeter(stack.pids())
            await load.run(operation, clients=CLIENTS, operations=WARM, meter=meter)
            for part in range(PARTS):
                run = await load.run(operation, clients=CLIENTS, operations=aging.part, meter=meter)
                aging.per_second.append(round(run.per_second, 2))
                aging.megabytes.append({name: round(value, 1) for name, value in memory(stack).items()})
                aging.files.append({name: round(stack.megabytes_on_disk(name), 1) for name in SERVERS})
                spent = ", ".join(f"{name} {value:.1f}" for name, value in run.cpu.items())
                say(f"{(part + 1) * aging.part}: {run.per_second:.1f}/s; {aging.megabytes[-1]}; CPU in ms: {spent}")
            await check_work(stack.info, operation.completed)
    finally:
        stack.stop()
    return aging


def main() -> int:
    """Return 0 if every operation was completed with one label."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aging", description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    parser.add_argument("--output", type=Path, default=AGING, help="file for the figures")
    arguments = parser.parse_args()
    if arguments.operations < PARTS * CLIENTS:
        parser.error(f"--operations must be {PARTS * CLIENTS} or more")
    try:
        with empty_folder() as folder:
            aging = uvloop.run(measure(arguments.operations, folder, lambda line: print(line, flush=True)))
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    aging.write(arguments.output)
    print(f"the last part runs at {aging.speed_ratio:.2f} of the first one's speed; stored in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
