"""Reads before a push: if they fail, nothing has been sent."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from domain.errors import Ambiguous, NotSent

T = TypeVar("T")


async def read_before_push(reading: Awaitable[T], within_seconds: float) -> T:
    """Await the reads before the one request that changes something, for at most `within_seconds`.

    Raises:
        NotSent: they failed in a way that may pass: nothing was changed.
        RateLimited, Rejected: the channel's answer.
    """
    try:
        async with asyncio.timeout(within_seconds):
            return await reading
    except (Ambiguous, TimeoutError) as error:
        raise NotSent(f"the order could not be read ({type(error).__name__}); nothing was sent") from error
