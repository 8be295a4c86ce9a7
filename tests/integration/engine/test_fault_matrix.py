"""Faults on the calls of sagas, waits and voids: the sandbox's data shows whether the promises hold."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from domain.operations import OperationStatus
from tests.fixtures.engine import Rig
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.vendors import Carrier
from tests.integration.engine.faults import Scenario
from tests.integration.engine.rehearsal import (
    ENDS,
    Seen,
    check_live_items,
    check_no_duplicates,
    check_repeated_calls,
    rehearse,
)
from tests.integration.engine.scenarios import scenarios

pytestmark = pytest.mark.timeout(240)


ALL = scenarios()


async def _rehearse(rig: Rig, sandboxes: Sandboxes, carrier: Carrier, cell: Scenario) -> Seen:
    async def shop(sandbox: Sandbox) -> Shop:
        return await rig.shop(sandbox, account=carrier.account(), carrier=carrier.settings(sandbox.url))

    return await rehearse(rig, sandboxes, cell, shop)


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
    """The operation ends as expected, reports the live items correctly, and nothing was bought twice."""
    carrier, cell = ALL[name]
    seen = await rehearsals[name]
    story = (seen.record.operation.status, seen.record.operation.error, seen.record.operation.attention)

    assert seen.unused == [], f"the fault was not met: the scenario rehearses nothing; {story}"
    assert ENDS[cell.end](seen.record), story
    check_no_duplicates(seen)
    check_repeated_calls(seen, cell.safety, carrier.unprocessed)
    check_live_items(seen, cell)
    if cell.kind == "fulfill_order" and seen.record.operation.status is OperationStatus.COMPLETED:
        assert "set_order_status" in [effect.step for effect in seen.record.effects]
