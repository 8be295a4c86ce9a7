"""Orders that their shop has cancelled, holds or has refunded: pushes and purchases over HTTP."""

import pytest

from tests.fixtures.builders import FEDEX_GROUND
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.fixtures.shops import new_tracking_number
from tests.integration.channels.placed_orders import place
from tests.integration.channels.vendors import CHANNELS, Channel

every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
BY_NAME = {channel.name: channel for channel in CHANNELS}
CLOSED = [
    ("woocommerce", "cancelled", "cancelled", "order_cancelled"),
    ("woocommerce", "refunded", "refunded", "order_cancelled"),
    ("woocommerce", "failed", "failed", "order_cancelled"),
    ("woocommerce", "trashed", "trash", "order_cancelled"),
    ("woocommerce", "completed", "completed", "order_fulfilled"),
    ("woocommerce", "on_hold", "on-hold", "order_on_hold"),
    ("woocommerce", "pending", "pending", "order_on_hold"),
    ("bigcommerce", "cancelled", "Cancelled", "order_cancelled"),
    ("bigcommerce", "refunded", "Refunded", "order_cancelled"),
    ("bigcommerce", "failed", "Declined", "order_cancelled"),
    ("bigcommerce", "trashed", "deleted", "order_cancelled"),
    ("bigcommerce", "completed", "Completed", "order_fulfilled"),
    ("bigcommerce", "on_hold", "Manual Verification Required", "order_on_hold"),
    ("bigcommerce", "pending", "Pending", "order_on_hold"),
    ("amazon", "cancelled", "CANCELLED", "order_cancelled"),
    ("amazon", "completed", "SHIPPED", "order_fulfilled"),
    ("amazon", "marketplace", "AMAZON", "order_fulfilled"),
    ("amazon", "failed", "UNFULFILLABLE", "order_cancelled"),
    ("amazon", "pending", "PENDING", "order_on_hold"),
    ("shopify", "cancelled", "cancelled", "order_cancelled"),
    ("shopify", "refunded", "REFUNDED", "order_cancelled"),
    ("shopify", "failed", "VOIDED", "order_cancelled"),
    ("shopify", "completed", "left to ship", "order_fulfilled"),
    ("shopify", "on_hold", "ON_HOLD", "order_on_hold"),
    ("shopify", "pending", "PENDING", "order_on_hold"),
]


@pytest.mark.parametrize(("name", "state", "word", "code"), CLOSED)
async def test_a_closed_order_is_not_pushed(live_shop: LiveShop, name: str, state: str, word: str, code: str) -> None:
    """The error quotes the shop's state, and nothing is sent, with or without a mail to the customer."""
    order = await place(live_shop, BY_NAME[name])
    await order.change(state=state)

    for notify in (False, True):
        number = new_tracking_number()
        operation = await order.push(number, notify_customer=notify)

        assert (operation["status"], operation["error"]["code"]) == ("failed", code), operation["error"]
        assert word in operation["error"]["message"]
        assert await live_shop.sandbox.requests("fulfillments.create", number) == []


@pytest.mark.parametrize(("name", "state", "word", "code"), CLOSED)
async def test_no_label_is_bought_for_a_closed_order(
    live_shop: LiveShop, name: str, state: str, word: str, code: str
) -> None:
    """create_shipment and fulfill_order ask the shop first."""
    order = await place(live_shop, BY_NAME[name])
    await order.change(state=state)
    await live_shop.sandbox.forget()

    for kind in ("create_shipment", "fulfill_order"):
        operation = await order.run(kind)

        assert (operation["status"], operation["error"]["code"]) == ("failed", code), operation["error"]
        assert operation["error"]["step"] == "buy_label"
        assert word in operation["error"]["message"]
    assert await live_shop.sandbox.requests("labels.create") == []


@pytest.mark.parametrize("state", ["on_hold", "pending"])
@every_channel
async def test_a_bridge_can_allow_waiting_orders(live_shop: LiveShop, channel: Channel, state: str) -> None:
    """Its settings name the allowed state."""
    if state == "on_hold" and channel.name in ("shopify", "amazon"):
        pytest.skip("Shopify offers no fulfillment of held orders; Amazon holds none")
    number = new_tracking_number()
    order = await place(live_shop, channel, allowed_order_states=[state])
    await order.change(state=state)

    assert (await order.push(number))["status"] == "completed"
    assert await order.pieces(number) == [{"MUG": 2, "CAP": 1}]


@every_channel
async def test_refunded_and_cancelled_items_are_not_pushed(live_shop: LiveShop, channel: Channel) -> None:
    """A push of the whole order sends the remaining items; when none remains, the order is fulfilled."""
    order = await place(live_shop, channel)
    await order.change(refunded={"1": 1}, cancelled={"2": 1})
    first, second = new_tracking_number(), new_tracking_number()

    assert (await order.push(first))["status"] == "completed"
    again = await order.push(second)

    assert await order.pieces(first, second) == [{"MUG": 1}]
    assert again["error"]["code"] == "order_fulfilled"


@every_channel
async def test_a_push_of_refunded_items_is_rejected(live_shop: LiveShop, channel: Channel) -> None:
    """The error names the field; the remaining items can be pushed."""
    order = await place(live_shop, channel)
    await order.change(refunded={"1": 1})
    whole, part = new_tracking_number(), new_tracking_number()

    refused = await order.push(whole, line_items=[{"sku": "MUG", "quantity": 2}])
    taken = await order.push(part, line_items=[{"sku": "MUG", "quantity": 1}])

    assert (refused["error"]["code"], refused["error"]["field"]) == ("rejected", "line_items.0.quantity")
    assert "only 1 can still be shipped" in refused["error"]["message"]
    assert taken["status"] == "completed"
    assert await order.pieces(whole, part) == [{"MUG": 1}]


@every_channel
async def test_no_label_is_bought_without_remaining_items(live_shop: LiveShop, channel: Channel) -> None:
    """None of the order, or none of the requested items."""
    order = await place(live_shop, channel)
    await order.change(shipped={"1": 2})
    await live_shop.sandbox.forget()

    if channel.name != "woocommerce":  # it does not count items shipped by hand
        lines = await order.run("fulfill_order", line_items=[{"sku": "MUG", "quantity": 1}])
        assert (lines["error"]["code"], lines["error"]["step"]) == ("rejected", "buy_label")
    await order.change(refunded={"1": 2, "2": 1})
    for kind in ("create_shipment", "fulfill_order"):
        operation = await order.run(kind)
        assert (operation["error"]["code"], operation["error"]["step"]) == ("order_fulfilled", "buy_label")
    assert await live_shop.sandbox.requests("labels.create") == []


@pytest.mark.parametrize("name", ["amazon", "bigcommerce", "shopify"])
async def test_items_shipped_by_the_merchant_are_not_pushed_again(live_shop: LiveShop, name: str) -> None:
    """A part leaves the rest to push. WooCommerce does not count items."""
    order = await place(live_shop, BY_NAME[name])
    first, second = new_tracking_number(), new_tracking_number()
    await order.change(shipped={"1": 1})

    assert (await order.push(first))["status"] == "completed"
    await order.change(shipped={"1": 1, "2": 0})
    again = await order.push(second)

    assert again["error"]["code"] == "order_fulfilled"
    assert await order.pieces(first, second) == [{"MUG": 1, "CAP": 1}]


@every_channel
async def test_an_order_cancelled_during_the_purchase_is_rolled_back(live_shop: LiveShop, channel: Channel) -> None:
    """The push is refused, the label is voided, and nothing is written to the shop."""
    order = await place(live_shop, channel)
    await live_shop.sandbox.script("labels.create", "slow:30")
    body = {"type": "fulfill_order", "order_id": order.order_id}
    fields = {**FEDEX_GROUND, "bridge_id": order.bridge_id}
    operation = await live_shop.data("POST", "/api/operations", {**body, "input": fields})
    await live_shop.call("POST", f"/api/operations/{operation['id']}/execute")
    await _purchase_began(live_shop)
    await order.change(state="cancelled")
    await live_shop.sandbox.clear_faults()
    await live_shop.wait_for_end(operation["id"])

    ended = await live_shop.data("GET", f"/api/operations/{operation['id']}")

    assert (ended["status"], ended["error"]["code"]) == ("failed", "order_cancelled"), ended["error"]
    assert ended["error"]["rolled_back"] is True
    [shipment] = await live_shop.data("GET", f"/api/shipments?order_id={order.order_id}")
    assert shipment["status"] == "voided"
    assert await order.pieces(shipment["tracking_number"]) == []


async def _purchase_began(shop: LiveShop) -> None:
    async def began() -> bool:
        return bool(await shop.sandbox.requests("labels.create"))

    await shop.sandbox.forget()
    await eventually(began, 60.0, "the purchase is at the carrier")
