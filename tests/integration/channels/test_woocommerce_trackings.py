"""WooCommerce's Shipment Tracking plugin: each push leaves at most one tracking, with any fault."""

import asyncio
from dataclasses import replace

import pytest

from tests.faults.run_scenario import (
    ENDS,
    check_live_items,
    check_no_duplicates,
    check_repeated_calls,
    run_scenario,
)
from tests.faults.scenario import ABSENT, READ_SECONDS, End, Scenario
from tests.fixtures.engine import Rig
from tests.fixtures.sandbox_pool import Sandboxes
from tests.integration.channels.shops import open_shop
from tests.integration.channels.vendors import CHANNELS

pytestmark = pytest.mark.timeout(240)

SHOP = replace(next(channel for channel in CHANNELS if channel.name == "woocommerce"), options={"tracking": "plugin"})
CREATED: tuple[tuple[str, End], ...] = (
    ("reject", "failed"),
    ("error_500", "completed"),
    ("drop", "completed"),
    ("error_500_after_accept", "completed"),
    ("accept_then_drop", "completed"),
    ("garbage", "completed"),
    ("truncated", "completed"),
    ("wrong_shape", "completed"),
    ("rate_limited:1", "completed"),
    ("auth_failed", "failed"),
)
CANCELLED: tuple[tuple[str, End], ...] = (
    ("ok", "undone"),
    ("accept_then_drop", "undone"),
    ("garbage", "undone"),
    ("empty", "undone"),
    ("error_500", "undone"),
    ("reject", "undo_failed"),
    (ABSENT, "undone"),
)
KIND = "push_fulfillment"
CREATE, CANCEL = "fulfillments.create", "fulfillments.cancel"


def _cells() -> list[Scenario]:
    return [
        *(Scenario(KIND, f"{CREATE}-{fault}", end, ((CREATE, fault),)) for fault, end in CREATED),
        *(Scenario(KIND, f"undo-{CANCEL}-{fault}", end, then=((CANCEL, fault),)) for fault, end in CANCELLED),
    ]


async def test_every_fault_leaves_one_tracking_or_none(rig: Rig, sandboxes: Sandboxes) -> None:
    """The operation ends as the fault demands and reports the live trackings correctly."""

    async def tried(cell: Scenario) -> None:
        settings = {"read_timeout_seconds": READ_SECONDS}
        result = await run_scenario(
            rig, sandboxes, cell, lambda sandbox: open_shop(rig, sandbox, SHOP, settings=settings)
        )
        operation = result.record.operation
        story = (cell.what, operation.status, operation.error, operation.undo_error, operation.attention)
        assert result.unused == [], story
        assert ENDS[cell.end](result.record), story
        check_no_duplicates(result)
        check_repeated_calls(result, "lookup_strong", ("rate_limited",))
        check_live_items(result, cell)

    await asyncio.gather(*(tried(cell) for cell in _cells()))
