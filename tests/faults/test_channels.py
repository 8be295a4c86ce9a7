"""Every real channel adapter with each fault on each call of its simulator, through the whole engine."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.faults.channels import scenarios
from tests.faults.parallel import running
from tests.faults.run_scenario import (
    ENDS,
    Result,
    check_live_items,
    check_no_duplicates,
    check_repeated_calls,
    run_scenario,
)
from tests.faults.scenario import READ_SECONDS, Scenario
from tests.fixtures.engine import Rig
from tests.fixtures.sandbox_pool import Sandboxes
from tests.integration.channels.shops import open_shop
from tests.integration.channels.vendors import Channel

pytestmark = pytest.mark.timeout(900)

ALL = {f"{channel.name}-{cell.what}": (channel, cell) for channel, cell in scenarios()}


async def _run(rig: Rig, sandboxes: Sandboxes, channel: Channel, cell: Scenario) -> Result:
    settings = {"read_timeout_seconds": READ_SECONDS}
    return await run_scenario(rig, sandboxes, cell, lambda sandbox: open_shop(rig, sandbox, channel, settings=settings))


@pytest.fixture(scope="module")
async def results(
    request: pytest.FixtureRequest, rig: Rig, sandboxes: Sandboxes
) -> AsyncIterator[dict[str, "asyncio.Task[Result]"]]:
    """Every selected scenario."""
    async with running(request, {name: partial(_run, rig, sandboxes, *cell) for name, cell in ALL.items()}) as tasks:
        yield tasks


@pytest.mark.parametrize("name", ALL)
async def test_fault(results: dict[str, "asyncio.Task[Result]"], name: str) -> None:
    """The operation ends as the channel's safety class demands, with at most one fulfillment."""
    channel, cell = ALL[name]
    result = await results[name]
    operation = result.record.operation
    story = (operation.status, operation.error, operation.undo_error, operation.attention)

    assert result.unused == [], f"the fault was not met: the scenario tests nothing; {story}"
    assert ENDS[cell.end](result.record), story
    check_no_duplicates(result)
    check_repeated_calls(result, cell.safety, channel.unprocessed)
    check_live_items(result, cell)
