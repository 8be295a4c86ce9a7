"""Hanging calls of any kind use only their organization's share of a worker's slots."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.temporal import worker
from domain.operations import Operation, OperationStatus, RunKind
from tests.fixtures.answering import passing_on
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.fixtures.temporal import TemporalServer

SLOTS = 16
SHARE = SLOTS // 4
CALLS = 3 * SHARE
ROUNDS = 5
WITHIN = 60.0
"""Half as long as a call hangs."""
HANGS = "slow:120"

Begin = Callable[[Rig, Shop], Awaitable[None]]


@pytest.fixture(scope="module")
async def rig(module_database_url: str, temporal_server: TemporalServer) -> AsyncIterator[Rig]:
    """An engine whose worker has few slots."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "CALL_SLOTS", SLOTS)
        patch.setattr(worker, "LOCAL_SLOTS", SLOTS)
        async with running_engine(settings, temporal_server.new_namespace()) as running:
            yield running


@pytest.fixture
async def shop(rig: Rig, sandbox: Sandbox) -> AsyncIterator[Shop]:
    """An organization with a long read timeout; its hanging calls are dropped at the end of the test."""
    async with passing_on(sandbox.url) as url:
        carrier = {"base_url": f"{url}/sim/shipengine", "read_timeout_seconds": 120}
        channel = {"base_url": f"{url}/sim/shopify", "read_timeout_seconds": 120}
        yield await rig.shop(sandbox, carrier=carrier, channel=channel)


@pytest.fixture
async def neighbour(rig: Rig, sandboxes: Sandboxes) -> AsyncIterator[Shop]:
    """Another organization, whose carrier answers."""
    async with sandboxes.one() as sandbox:
        yield await rig.shop(sandbox)


async def _begin_all(rig: Rig, shop: Shop, kind: str) -> list[tuple[Shop, Operation]]:
    operations = []
    for _ in range(CALLS):
        order = await rig.another_order(shop)
        operations.append((order, await rig.new(order, kind)))
        await rig.begin(*operations[-1])
    return operations


async def buy(rig: Rig, shop: Shop) -> None:
    """Make purchases hang."""
    await shop.sandbox.script("labels.create", *[HANGS] * CALLS)
    await _begin_all(rig, shop, "create_shipment")


async def look_up(rig: Rig, shop: Shop) -> None:
    """Lose the answers of purchases and make their lookups hang."""
    await shop.sandbox.script("labels.find", *[HANGS] * CALLS)
    await shop.sandbox.script("labels.create", *["accept_then_drop"] * CALLS)
    await _begin_all(rig, shop, "create_shipment")


async def void(rig: Rig, shop: Shop) -> None:
    """Make voids hang; all labels are bought first, because hanging voids leave no slot for purchases."""
    operations = await _begin_all(rig, shop, "create_shipment")
    for bought, operation in operations:
        assert (await rig.wait_closed(bought, operation)).operation.status is OperationStatus.COMPLETED
    await shop.sandbox.script("labels.void", *[HANGS] * CALLS)
    for bought, operation in operations:
        await rig.start(bought, operation, RunKind.UNDO, OperationStatus.COMPLETED)


async def push(rig: Rig, shop: Shop) -> None:
    """Make pushes hang."""
    await shop.sandbox.script("fulfillments.create", *[HANGS] * CALLS)
    await _begin_all(rig, shop, "push_fulfillment")


async def wait(rig: Rig, shop: Shop) -> None:
    """Make the questions hang about pushes that the channel answers later."""
    await shop.sandbox.answers_after(3600)
    await shop.sandbox.script("fulfillments.status", *[HANGS] * CALLS)
    await _begin_all(rig, shop, "push_fulfillment")


LOCAL_FIRST = (buy, void, push)


@pytest.mark.parametrize(
    ("begin", "target"),
    [
        (buy, "labels.create"),
        (look_up, "labels.find"),
        (void, "labels.void"),
        (push, "fulfillments.create"),
        (wait, "fulfillments.status"),
    ],
)
async def test_hanging_calls_leave_slots_to_other_organizations(
    rig: Rig, shop: Shop, neighbour: Shop, begin: Begin, target: str
) -> None:
    """First attempts have a share of the local slots, too."""
    await begin(rig, shop)

    async def has_its_share() -> bool:
        return len(await shop.sandbox.requests(target)) >= SHARE

    await eventually(has_its_share, 60.0, f"{SHARE} calls of {target} hang")
    for _ in range(ROUNDS):
        for kind in ("create_shipment", "update_order_status"):
            record = await rig.execute(neighbour, await rig.new(neighbour, kind), WITHIN)
            assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    assert SHARE <= len(await shop.sandbox.requests(target)) <= (2 if begin in LOCAL_FIRST else 1) * SHARE
