"""Compares this process's clock with Postgres's, and warns when they differ."""

import asyncio
import contextlib
import logging

from domain.clock import MAX_SKEW_SECONDS, WARN_SECONDS, describe_skew
from domain.errors import Unavailable
from domain.ports.stores import Database

LOG = logging.getLogger(__name__)

MEASURE_SECONDS = 5.0
REPEAT_SECONDS = 600.0
"""A warning is repeated this often while the clock stays wrong."""
LEVELS = (WARN_SECONDS, MAX_SKEW_SECONDS)


class ClockWatch:
    """Logs a warning when the skew passes a limit, and one line when the clock is right again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._level = 0
        self._warned_at = float("-inf")

    async def run(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                await self._database.ping()
            self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(MEASURE_SECONDS)

    def look(self, now: float) -> None:
        """Log a change of the skew's level; `now` is a time of a monotonic clock, in seconds."""
        skew = self._database.clock.skew_seconds()
        level = sum(abs(skew) > limit for limit in LEVELS)
        if level and (level > self._level or now >= self._warned_at + REPEAT_SECONDS):
            self._warned_at = now
            effect = (
                "the process starts no purchase and reports that it is not ready"
                if level == len(LEVELS)
                else "correct it"
            )
            LOG.warning("%s: %s (see NTP)", describe_skew(skew), effect)
        elif self._level and not level:
            LOG.info("this process's clock is correct again")
        self._level = level
