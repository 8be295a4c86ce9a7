"""Restarts one process of the stack with a wrong clock, and later with the right one."""

import asyncio
import contextlib
import random
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from tests.chaos.client_log import WrongClock
from tests.fixtures.shifted_clock import Clocks
from tests.fixtures.stack import Stack

SHIFTS = (20, -20, 300, -300)
HOLD_SECONDS = (2.0, 8.0)
PATIENCE_SECONDS = 45.0
OLD_SECONDS = 3.0
"""A process without the shift that is older than this was started before the shift was set."""
POLL_SECONDS = 0.2
WARNING = re.compile(r"WARNING.*clock is \d+ s (ahead of|behind) Postgres's")


@dataclass(frozen=True)
class ClockDisturbance:
    """Shifts the clock of a stack's API or worker for some seconds."""

    stack: Stack
    clocks: Clocks
    rng: random.Random

    async def run(self, note: Callable[[str], None]) -> WrongClock | None:
        """Shift a clock and reset it; return None if the stack is down.

        `note` gets the lines of the timeline.
        """
        try:
            pids = self.stack.info["pids"]
        except FileNotFoundError:
            return None
        is_separate = pids["worker"] != pids["api"]
        name = self.rng.choice(["api", "worker"]) if is_separate else "api"
        seconds = self.rng.choice(SHIFTS)
        note(f"{name} restarts with its clock {seconds:+d} s")
        log = self.stack.data_dir / "logs" / f"{name}.log"
        old = log.stat().st_size
        try:
            self.clocks.shift(name, seconds)
            await self._restart(name, is_shifted=True)
            has_warned = await _wait_for(lambda: bool(WARNING.search(log.read_bytes()[old:].decode(errors="replace"))))
            since = time.time()
            await asyncio.sleep(self.rng.uniform(*HOLD_SECONDS))
        finally:
            until = time.time()
            self.clocks.set_right(name)
            await self._restart(name, is_shifted=False)
        note(f"{name} has its right clock again")
        has_worker = not is_separate or name == "worker"
        return WrongClock(name, seconds, since, until, has_worker, has_warned)

    async def _restart(self, name: str, *, is_shifted: bool) -> None:
        """Kill the process until the stack has restarted it with the expected clock."""
        seen: dict[int, float] = {}

        def is_right() -> bool:
            with contextlib.suppress(psutil.Error, FileNotFoundError):
                process = psutil.Process(self.stack.info["pids"][name])
                if ("FAKETIME" in process.environ()) is is_shifted:
                    return True
                is_first = not seen
                first_seen = seen.setdefault(process.pid, time.monotonic())
                if is_first or time.monotonic() - first_seen > OLD_SECONDS:
                    process.send_signal(signal.SIGKILL)
            return False

        await _wait_for(is_right)


async def _wait_for(condition: Callable[[], bool]) -> bool:
    """Wait until the condition is true; return False after PATIENCE_SECONDS."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
