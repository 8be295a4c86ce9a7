"""The fulfillments that each channel's simulator has after pushes, partial pushes and undos."""

from typing import Any

import pytest

from domain.operations import OperationStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.builders import LINE_ITEMS
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop, new_tracking_number
from tests.integration.channels.shops import open_shop
from tests.integration.channels.vendors import CHANNELS, Channel

PARTS = [channel for channel in CHANNELS if channel.partial]
every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)


async def _push(rig: Rig, shop: Shop, number: str, **fields: Any) -> OperationRecord:
    pushed = {"bridge_id": shop.bridge_id, "tracking_number": number, "carrier": "fedex", **fields}
    return await rig.execute(shop, await rig.create(shop, "push_fulfillment", **pushed))


def _quantities(fulfillment: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in fulfillment["line_items"]}


@every_channel
async def test_a_whole_order_is_pushed_and_its_push_undone(rig: Rig, sandbox: Sandbox, channel: Channel) -> None:
    """The customer is not notified; a channel that cannot cancel refuses the undo."""
    shop = await open_shop(rig, sandbox, channel)
    number = new_tracking_number()
    record = await _push(rig, shop, number)
    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error

    [made] = await sandbox.fulfillments(number)

    assert made["status"] == "live"
    assert made["tracking_number"] == number
    assert _quantities(made) == {item["sku"]: item["quantity"] for item in LINE_ITEMS}
    assert made["notify_customer"] is False or not channel.keeps_notified
    undone = await rig.undo(shop, record.operation)
    [left] = await sandbox.fulfillments(number)
    assert left["status"] == ("cancelled" if channel.can_cancel else "live")
    assert undone.operation.status == ("undone" if channel.can_cancel else "completed")


@pytest.mark.parametrize("channel", PARTS, ids=lambda channel: channel.name)
async def test_an_order_is_pushed_in_parts(rig: Rig, sandbox: Sandbox, channel: Channel) -> None:
    """First one of two T-shirts by its SKU, then the remaining items; a third push is refused."""
    shop = await open_shop(rig, sandbox, channel)
    first, second, third = new_tracking_number(), new_tracking_number(), new_tracking_number()

    some = await _push(rig, shop, first, line_items=[{"sku": "TEE", "quantity": 1}])
    rest = await _push(rig, shop, second)
    more = await _push(rig, shop, third)

    assert some.operation.status is OperationStatus.COMPLETED, some.operation.error
    assert rest.operation.status is OperationStatus.COMPLETED, rest.operation.error
    assert [_quantities(fulfillment) for fulfillment in await sandbox.fulfillments(first, second)] == [
        {"TEE": 1},
        {"TEE": 1, "MUG": 1},
    ]
    assert more.operation.status is OperationStatus.FAILED
    assert present(more.operation.error).code == "order_fulfilled", more.operation.error
    assert await sandbox.fulfillments(third) == []


@pytest.mark.parametrize(
    "channel", [channel for channel in CHANNELS if channel.keeps_notified], ids=lambda channel: channel.name
)
async def test_the_customer_is_notified_on_request(rig: Rig, sandbox: Sandbox, channel: Channel) -> None:
    """The operation's output shows it."""
    shop = await open_shop(rig, sandbox, channel)
    number = new_tracking_number()
    record = await _push(rig, shop, number, notify_customer=True)

    [made] = await sandbox.fulfillments(number)

    assert made["notify_customer"] is True
    assert record.effects[-1].result is not None
    assert record.effects[-1].result["notified"] is True


@every_channel
async def test_refused_credentials_pause_the_bridge(rig: Rig, sandbox: Sandbox, channel: Channel) -> None:
    """The push fails with `auth_failed`, nothing was made, and no secret appears anywhere."""
    shop = await open_shop(rig, sandbox, channel, credentials=channel.refused)
    number = new_tracking_number()
    record = await _push(rig, shop, number)

    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "auth_failed"
    assert not any(secret in str(record) for secret in channel.refused.values() if secret != "invalid")
    assert await sandbox.fulfillments(number) == []
    async with rig.data(shop) as data:
        bridge = await data.bridges.get(shop.bridge_id)
    assert bridge is not None
    assert bridge.status == "auth_failed"
