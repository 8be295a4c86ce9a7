"""Numbers the committed events all the time, so that they have positions before anyone reads them."""

import asyncio
import contextlib

from domain.errors import Unavailable
from domain.ports.events import EventFeed

TICK_SECONDS = 0.1


class EventNumbering:
    """A loop in each worker process; concurrent calls of several processes wait for each other."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed

    async def run(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                await self._feed.number()
            await asyncio.sleep(TICK_SECONDS)
