"""Runs the scenarios of a fault matrix in parallel."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest

from tests.faults.run_scenario import Result

MAX_CONCURRENT = 12
"""One process runs them all: with more, an answer could wait longer for its turn than the read timeout."""


@contextlib.asynccontextmanager
async def running(
    request: pytest.FixtureRequest, scenarios: Mapping[str, Callable[[], Awaitable[Result]]]
) -> AsyncIterator[dict[str, "asyncio.Task[Result]"]]:
    """Run the scenarios that pytest selected; return the task of each by name."""
    limit = asyncio.Semaphore(MAX_CONCURRENT)

    async def run(scenario: Callable[[], Awaitable[Result]]) -> Result:
        async with limit:
            return await scenario()

    selected = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    tasks = {name: asyncio.create_task(run(each)) for name, each in scenarios.items() if name in selected}
    try:
        yield tasks
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
