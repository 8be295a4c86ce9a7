"""A carrier that accepts connections and never answers does not slow down other organizations."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from benchmarks.hanging import HangingCarrier
from domain.operations import OperationStatus
from domain.vendors.shipengine import SHIPENGINE
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import API_KEY, SERVICES, Shop

WITHIN = 45.0
"""Shorter than a hanging call, which keeps its slot for two minutes."""
HANG_SECONDS = 120
OPEN_PER_ACCOUNT = 64
ROUNDS = 60


@pytest.fixture
async def neighbours(rig: Rig, sandboxes: Sandboxes) -> AsyncIterator[list[tuple[Shop, str]]]:
    """Operations of another organization: at another carrier, at the same carrier, and without a carrier."""
    async with sandboxes.one() as sandbox:
        other = await rig.shop(sandbox, account={"carrier": "fedex"})
        same = replace(other, account_id=await _add_account(rig, other, "shipengine"), carrier="shipengine")
        yield [(other, "create_shipment"), (same, "create_shipment"), (other, "update_order_status")]


async def _add_account(rig: Rig, shop: Shop, name: str, **settings: Any) -> UUID:
    async with rig.data(shop) as data:
        first = await data.carrier_accounts.get(shop.account_id)
        assert first is not None
        base_url = f"{shop.sandbox.url}/sim/shipengine"
        options = dict(SHIPENGINE.sandbox_options)
        changed = replace(first.settings, **{"base_url": base_url, "options": options, **settings})
        row = {"carrier": "shipengine", "name": name, "mode": "test", "is_default": True, "settings": changed}
        return (await data.carrier_accounts.create(row, {"api_key": API_KEY})).id


async def _hang(rig: Rig, sandbox: Sandbox, url: str, accounts: int, purchases: int) -> None:
    """Execute purchases at a carrier that hangs, with the organization's accounts in turn."""
    shop = await rig.shop(sandbox)
    hanging = {"base_url": url, "read_timeout_seconds": HANG_SECONDS}
    ids = [await _add_account(rig, shop, f"hanging {number}", **hanging) for number in range(accounts)]
    for number in range(purchases):
        fields = {"carrier_account_id": ids[number % accounts], "service": SERVICES["shipengine"]}
        await rig.begin(shop, await rig.create(shop, "create_shipment", **fields))


async def _fill(carrier: HangingCarrier, calls: int) -> None:
    async def hangs() -> bool:
        return carrier.open >= calls

    await eventually(hangs, 120.0, f"{calls} calls hang")


async def _measure_longest(rig: Rig, neighbours: Sequence[tuple[Shop, str]], rounds: int) -> float:
    """Execute operations one after another; return the longest duration."""
    longest = 0.0
    for _ in range(rounds):
        for shop, kind in neighbours:
            operation = await rig.new(shop, kind)
            begin = time.monotonic()
            record = await rig.execute(shop, operation, 2 * WITHIN)
            assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
            longest = max(longest, time.monotonic() - begin)
    return longest


@pytest.mark.timeout(300)
async def test_hanging_purchases_do_not_delay_other_organizations(
    rig: Rig, sandbox: Sandbox, neighbours: list[tuple[Shop, str]]
) -> None:
    """There are 400 hanging purchases on two accounts."""
    carrier = HangingCarrier()
    async with carrier.serve() as url:
        await _hang(rig, sandbox, url, 2, 400)
        await _fill(carrier, 2 * OPEN_PER_ACCOUNT)
        assert await _measure_longest(rig, neighbours, ROUNDS) < WITHIN
        assert carrier.open >= OPEN_PER_ACCOUNT
