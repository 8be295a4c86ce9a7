"""Faults on the calls of sagas, waits and voids: the sandbox's data shows whether the promises hold."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from domain.operations import OperationStatus
from tests.faults.parallel import running
from tests.faults.run_scenario import (
    ENDS,
    Result,
    check_live_items,
    check_no_duplicates,
    check_repeated_calls,
    run_scenario,
)
from tests.faults.sagas import scenarios
from tests.faults.scenario import READ_SECONDS, Scenario
from tests.fixtures.engine import Rig
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.vendors import Carrier

pytestmark = pytest.mark.timeout(900)


ALL = scenarios()


async def _run(rig: Rig, sandboxes: Sandboxes, carrier: Carrier, cell: Scenario) -> Result:
    async def shop(sandbox: Sandbox) -> Shop:
        timeout = {"read_timeout_seconds": READ_SECONDS}
        settings = carrier.settings(sandbox.url, **timeout)
        return await rig.shop(sandbox, account=carrier.account(), carrier=settings, channel=timeout)

    return await run_scenario(rig, sandboxes, cell, shop)


@pytest.fixture(scope="module")
async def results(
    request: pytest.FixtureRequest, rig: Rig, sandboxes: Sandboxes
) -> AsyncIterator[dict[str, "asyncio.Task[Result]"]]:
    """Every selected scenario."""
    async with running(request, {name: partial(_run, rig, sandboxes, *cell) for name, cell in ALL.items()}) as tasks:
        yield tasks


@pytest.mark.parametrize("name", ALL)
async def test_fault(results: dict[str, "asyncio.Task[Result]"], name: str) -> None:
    """The operation ends as expected, reports the live items correctly, and nothing was bought twice."""
    carrier, cell = ALL[name]
    result = await results[name]
    story = (result.record.operation.status, result.record.operation.error, result.record.operation.attention)

    assert result.unused == [], f"the fault was not met: the scenario tests nothing; {story}"
    assert ENDS[cell.end](result.record), story
    check_no_duplicates(result)
    check_repeated_calls(result, cell.safety, carrier.unprocessed)
    check_live_items(result, cell)
    if cell.kind == "fulfill_order" and result.record.operation.status is OperationStatus.COMPLETED:
        assert "set_order_status" in [effect.step for effect in result.record.effects]
