"""Each fault on each outgoing call of each type: the books of the sandbox tell whether the promises hold."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from domain.operations import OperationStatus
from tests.fixtures.engine import Rig, Sandboxes
from tests.integration.engine.faults import Scenario, scenarios
from tests.integration.engine.rehearsal import (
    ENDS,
    Seen,
    live_as_told,
    never_twice,
    rehearse,
    sent_as_its_class_allows,
)

pytestmark = pytest.mark.timeout(240)


async def _rehearse(rig: Rig, sandboxes: Sandboxes, scenario: Scenario) -> Seen:
    safety = {"safety_class": scenario.safety, "recover_for_seconds": 6}
    return await rehearse(rig, sandboxes, scenario, lambda sandbox: rig.shop(sandbox, carrier=safety, channel=safety))


@pytest.fixture(scope="module")
async def rehearsals(
    request: pytest.FixtureRequest, rig: Rig, sandboxes: Sandboxes
) -> AsyncIterator[dict[str, "asyncio.Task[Seen]"]]:
    """Every scenario that was asked for, all of them on their way at once, as many as there are sandboxes."""
    asked = {getattr(item, "callspec", None) and item.callspec.id for item in request.session.items}  # type: ignore[attr-defined]
    chosen = [one for one in scenarios() if one.name in asked]
    tasks = {one.name: asyncio.create_task(_rehearse(rig, sandboxes, one)) for one in chosen}
    assert len(tasks) == len(chosen), "two scenarios have one name"
    yield tasks
    for task in tasks.values():
        task.cancel()
        with contextlib.suppress(BaseException):
            await task


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda one: one.name)
async def test_fault(rehearsals: dict[str, "asyncio.Task[Seen]"], scenario: Scenario) -> None:
    """It ends as it has to, with what is live as told, and nothing was ever bought twice."""
    seen = await rehearsals[scenario.name]
    story = (seen.record.operation.status, seen.record.operation.error, seen.record.operation.attention)

    assert seen.unused == [], "the fault was not met: the scenario rehearses nothing"
    assert ENDS[scenario.end](seen.record), story
    never_twice(seen)
    sent_as_its_class_allows(seen, scenario.safety)
    live_as_told(seen, scenario)
    if scenario.kind == "fulfill_order":
        told = "shipped" if seen.record.operation.status is OperationStatus.COMPLETED else None
        assert told is None or "set_order_status" in [one.step for one in seen.record.effects]
