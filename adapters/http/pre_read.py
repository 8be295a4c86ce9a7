"""Reading what a push needs before it is sent: a read that fails has done nothing."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from domain.errors import Ambiguous, NotSent

T = TypeVar("T")


async def read_before_push(reading: Awaitable[T], within_seconds: float) -> T:
    """Await reads that come before the one request that changes anything; they are given up after `within_seconds`.

    Raises:
        NotSent: they failed in a way that may pass: nothing was changed.
        RateLimited, Rejected: as the channel said.
    """
    try:
        async with asyncio.timeout(within_seconds):
            return await reading
    except (Ambiguous, TimeoutError) as error:
        raise NotSent(f"the order could not be read ({type(error).__name__}): nothing was sent") from error
