"""Bounds the merges of labels at a time: each needs a processor, memory and disk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from api.http.errors import TooManyMerges

MAX_RUNNING = 2
WAIT_SECONDS = 20.0


class MergeTurns:
    """The turns of one process."""

    def __init__(self, running: int = MAX_RUNNING, wait_seconds: float = WAIT_SECONDS) -> None:
        self._free = asyncio.Semaphore(running)
        self._wait_seconds = wait_seconds

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for a turn, and hold it until the end of the block.

        Raises:
            TooManyMerges: other calls held all turns for too long.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise TooManyMerges from None
        try:
            yield
        finally:
            self._free.release()
