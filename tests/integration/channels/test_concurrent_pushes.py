"""Two operations push the same order at once: the second waits until the first is settled, over HTTP."""

from typing import Any

import pytest

from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.fixtures.shops import new_tracking_number
from tests.integration.channels.placed_orders import PlacedOrder, place
from tests.integration.channels.vendors import CHANNELS, Channel

every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
OPERATIONS = "/api/operations"


async def _begin(order: PlacedOrder, number: str, **fields: Any) -> str:
    """Start a push; return its operation's id."""
    push = {"tracking_number": number, "carrier": "fedex", **fields}
    body = {"type": "push_fulfillment", "order_id": order.order_id, "input": push}
    operation_id = str((await order.shop.data("POST", OPERATIONS, body))["id"])
    await order.shop.data("POST", f"{OPERATIONS}/{operation_id}/execute", Prefer="wait=0")
    return operation_id


async def _is_sent(shop: LiveShop, number: str) -> None:
    async def sent() -> bool:
        return bool(await shop.sandbox.requests("fulfillments.create", number))

    await eventually(sent, 60.0, "the first push is at the channel")


async def _end(shop: LiveShop, operation_id: str) -> Any:
    await shop.wait_for_end(operation_id)
    return await shop.data("GET", f"{OPERATIONS}/{operation_id}")


@every_channel
async def test_the_second_push_of_a_whole_order_finds_nothing_left(live_shop: LiveShop, channel: Channel) -> None:
    """A gateway times out before the channel has made the first fulfillment; the second push waits."""
    order = await place(live_shop, channel, read_timeout_seconds=1)
    first_number, second_number = new_tracking_number(), new_tracking_number()
    await live_shop.sandbox.script("fulfillments.create", "gateway_timeout:3")

    first = await _begin(order, first_number)
    await _is_sent(live_shop, first_number)
    second = await _begin(order, second_number)
    ends = [await _end(live_shop, operation_id) for operation_id in (first, second)]

    assert ends[0]["status"] == "completed", ends[0]["error"]
    assert ends[1]["error"]["code"] == "order_fulfilled", ends[1]
    assert await order.pieces(first_number, second_number) == [{"MUG": 2, "CAP": 1}]
    assert "step.waiting" in [entry["event"] for entry in ends[1]["logs"]]


@every_channel
async def test_a_concurrent_push_sends_the_remaining_items(live_shop: LiveShop, channel: Channel) -> None:
    order = await place(live_shop, channel, read_timeout_seconds=1)
    part, rest = new_tracking_number(), new_tracking_number()
    await live_shop.sandbox.script("fulfillments.create", "gateway_timeout:3")

    first = await _begin(order, part, line_items=[{"sku": "MUG", "quantity": 1}])
    await _is_sent(live_shop, part)
    second = await _begin(order, rest)
    ends = [await _end(live_shop, operation_id) for operation_id in (first, second)]

    assert [end["status"] for end in ends] == ["completed", "completed"], [end["error"] for end in ends]
    assert await order.pieces(part, rest) == [{"MUG": 1}, {"MUG": 1, "CAP": 1}]


async def test_a_push_of_another_order_does_not_wait(live_shop: LiveShop) -> None:
    channel = next(channel for channel in CHANNELS if channel.name == "bigcommerce")
    order, other = await place(live_shop, channel), await place(live_shop, channel)
    await live_shop.sandbox.script("fulfillments.create", "slow:30")

    number = new_tracking_number()
    first = await _begin(order, number)
    await _is_sent(live_shop, number)
    pushed = await other.push(new_tracking_number())
    still_open = await live_shop.data("GET", f"{OPERATIONS}/{first}")

    await live_shop.sandbox.clear_faults()
    assert (pushed["status"], still_open["status"]) == ("completed", "executing")
    await live_shop.wait_for_end(first)
