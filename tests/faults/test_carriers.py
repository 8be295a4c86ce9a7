"""Every real carrier adapter with each fault on each call of its simulator, through the whole engine."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.faults.carriers import scenarios
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
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import open_shop
from tests.integration.carriers.vendors import Carrier

pytestmark = pytest.mark.timeout(900)

ALL = {f"{carrier.name}-{cell.what}": (carrier, cell) for carrier, cell in scenarios()}


async def _run(rig: Rig, sandboxes: Sandboxes, carrier: Carrier, cell: Scenario) -> Result:
    async def shop(sandbox: Sandbox) -> Shop:
        return await open_shop(rig, sandbox, carrier, read_timeout_seconds=READ_SECONDS)

    label = {"carrier": carrier.name, "service": carrier.service, "label_format": carrier.formats[0]}
    return await run_scenario(rig, sandboxes, cell, shop, fields=label)


@pytest.fixture(scope="module")
async def results(
    request: pytest.FixtureRequest, rig: Rig, sandboxes: Sandboxes
) -> AsyncIterator[dict[str, "asyncio.Task[Result]"]]:
    """Every selected scenario."""
    async with running(request, {name: partial(_run, rig, sandboxes, *cell) for name, cell in ALL.items()}) as tasks:
        yield tasks


@pytest.mark.parametrize("name", ALL)
async def test_fault(results: dict[str, "asyncio.Task[Result]"], name: str) -> None:
    """The operation ends as the carrier's safety class demands, with at most one live label, bought once."""
    carrier, cell = ALL[name]
    result = await results[name]
    operation = result.record.operation
    story = (operation.status, operation.error, operation.undo_error, operation.attention)

    assert result.unused == [], f"the fault was not met: the scenario tests nothing; {story}"
    assert ENDS[cell.end](result.record), story
    check_no_duplicates(result)
    check_repeated_calls(result, cell.safety, carrier.unprocessed)
    check_live_items(result, cell)
