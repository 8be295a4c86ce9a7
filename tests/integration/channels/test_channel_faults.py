"""Every real channel adapter with each fault on each call of its simulator, through the whole engine."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.fixtures.engine import Rig
from tests.fixtures.sandbox_pool import Sandboxes
from tests.integration.channels.scenarios import scenarios
from tests.integration.channels.shops import open_shop
from tests.integration.channels.vendors import Channel
from tests.integration.engine.faults import Scenario
from tests.integration.engine.rehearsal import (
    ENDS,
    Seen,
    check_live_items,
    check_no_duplicates,
    check_repeated_calls,
    rehearse,
)

pytestmark = pytest.mark.timeout(240)

ALL = {f"{channel.name}-{cell.what}": (channel, cell) for channel, cell in scenarios()}


async def _rehearse(rig: Rig, sandboxes: Sandboxes, channel: Channel, cell: Scenario) -> Seen:
    return await rehearse(rig, sandboxes, cell, lambda sandbox: open_shop(rig, sandbox, channel))


@pytest.fixture(scope="module")
async def rehearsals(
    request: pytest.FixtureRequest, rig: Rig, sandboxes: Sandboxes
) -> AsyncIterator[dict[str, "asyncio.Task[Seen]"]]:
    """Every requested scenario; they run in parallel, one in each sandbox."""
    asked = {getattr(item, "callspec", None) and item.callspec.id for item in request.session.items}  # type: ignore[attr-defined]
    tasks = {name: asyncio.create_task(_rehearse(rig, sandboxes, *ALL[name])) for name in ALL if name in asked}
    yield tasks
    for task in tasks.values():
        task.cancel()
        with contextlib.suppress(BaseException):
            await task


@pytest.mark.parametrize("name", ALL)
async def test_fault(rehearsals: dict[str, "asyncio.Task[Seen]"], name: str) -> None:
    """The operation ends as the channel's safety class demands, with at most one fulfillment."""
    channel, cell = ALL[name]
    seen = await rehearsals[name]
    operation = seen.record.operation
    story = (operation.status, operation.error, operation.undo_error, operation.attention)

    assert seen.unused == [], f"the fault was not met: the scenario rehearses nothing; {story}"
    assert ENDS[cell.end](seen.record), story
    check_no_duplicates(seen)
    check_repeated_calls(seen, cell.safety, channel.unprocessed)
    check_live_items(seen, cell)
