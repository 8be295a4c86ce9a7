"""Lookups of the shop's order: outages, overrides by a client, and a bridge's settings."""

from dataclasses import replace

import pytest

from tests.fixtures.builders import build_order, build_purchase
from tests.fixtures.real_service import LiveShop
from tests.fixtures.shops import new_tracking_number
from tests.integration.channels.placed_orders import LINES, place
from tests.integration.channels.vendors import CHANNELS, Channel

every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
WOOCOMMERCE = next(channel for channel in CHANNELS if channel.name == "woocommerce")
OVERRIDE = {"allow_order_status": True, "reason": "the customer wants it after all"}


@pytest.mark.parametrize("fault", ["error_500", "drop", "unavailable:1", "rate_limited:1", "garbage"])
@every_channel
async def test_an_unavailable_shop_is_asked_again(live_shop: LiveShop, channel: Channel, fault: str) -> None:
    """Nothing is bought until it answers."""
    order = await place(live_shop, channel)
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("orders.get", fault, fault)

    operation = await order.run("create_shipment")

    assert operation["status"] == "completed", operation["error"]
    assert await live_shop.sandbox.unused() == []
    assert len(await live_shop.sandbox.requests("labels.create")) == 1
    waited = [entry["event"] for entry in operation["logs"] if entry["event"] == "step.not_sent"]
    assert len(waited) == (0 if fault.startswith("rate") else 1)


async def test_refused_credentials_of_the_bridge_stop_a_purchase(live_shop: LiveShop) -> None:
    """The bridge is paused, the carrier account is not."""
    order = await place(live_shop, WOOCOMMERCE)
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("orders.get", "auth_failed")

    operation = await order.run("create_shipment")

    assert (operation["status"], operation["error"]["code"]) == ("failed", "auth_failed")
    assert await live_shop.sandbox.requests("labels.create") == []
    assert (await live_shop.data("GET", f"/api/bridges/{order.bridge_id}"))["status"] == "auth_failed"
    account = await live_shop.data("GET", f"/api/carrier-accounts/{live_shop.account_id}")
    assert account["status"] == "active"


async def test_a_bridge_can_disable_the_lookup(live_shop: LiveShop) -> None:
    """A label is bought without it; the push of a saga still finds the cancelled order, and the label is voided."""
    order = await place(live_shop, WOOCOMMERCE, check_before_label=False)
    await order.change(state="cancelled")
    await live_shop.sandbox.forget()

    bought = await order.run("create_shipment")
    looks = await live_shop.sandbox.requests("orders.get")
    saga = await order.run("fulfill_order")

    assert (bought["status"], looks) == ("completed", [])
    assert (saga["error"]["code"], saga["error"]["step"]) == ("order_cancelled", "push_fulfillment")
    assert saga["error"]["rolled_back"] is True
    assert len(await live_shop.sandbox.requests("labels.void")) == 1
    assert await live_shop.sandbox.requests("fulfillments.create") == []


async def test_an_order_without_a_bridge_is_not_looked_up(live_shop: LiveShop) -> None:
    await live_shop.sandbox.forget()
    order = build_order(external_id="no-bridge", line_items=LINES)
    order_id = (await live_shop.data("POST", "/api/orders", order))["id"]
    label = build_purchase(order_id)
    operation = await live_shop.data("POST", "/api/operations", label)

    assert (await live_shop.execute(operation["id"]))["status"] == "completed"
    assert await live_shop.sandbox.requests("orders.get") == []


async def test_a_client_can_override_the_shops_state(live_shop: LiveShop) -> None:
    """The log names the reason and the shop's state. Items that do not remain are still not pushed."""
    order = await place(live_shop, WOOCOMMERCE)
    await order.change(state="cancelled")
    number, again = new_tracking_number(), new_tracking_number()

    bought = await order.run("create_shipment", **OVERRIDE)
    pushed = await order.push(number, **OVERRIDE)
    twice = await order.push(again, **OVERRIDE)

    for operation in (bought, pushed):
        assert operation["status"] == "completed", operation["error"]
        [logged] = [entry for entry in operation["logs"] if entry["event"] == "step.order_status_allowed"]
        assert "cancelled" in logged["message"]
    assert await order.pieces(number) == [{"MUG": 2, "CAP": 1}]
    assert twice["error"]["code"] == "order_fulfilled"


async def test_an_override_buys_a_label_without_remaining_items(live_shop: LiveShop) -> None:
    """For example for the replacement of a lost parcel."""
    order = await place(live_shop, WOOCOMMERCE)
    await order.push(new_tracking_number())

    refused = await order.run("create_shipment")
    replaced = await order.run("create_shipment", **OVERRIDE)

    assert refused["error"]["code"] == "order_fulfilled"
    assert replaced["status"] == "completed", replaced["error"]


@pytest.mark.parametrize("states", [["cancelled"], ["on-hold"], "pending", ["pending", "on_hold", "pending"]])
async def test_a_bridge_can_only_allow_waiting_states(live_shop: LiveShop, states: object) -> None:
    """The error has the field's path."""
    settings = {"allowed_order_states": states}
    bridge = {"channel": "woocommerce", "name": "shop", "mode": "test", "settings": settings}
    response = await live_shop.call("POST", "/api/bridges", bridge)

    assert response.status_code == 422
    [field] = response.json()["error"]["details"]["fields"]
    assert field["path"][:2] == ["settings", "allowed_order_states"]


async def test_a_bridge_shows_its_lookup_settings(live_shop: LiveShop) -> None:
    order = await place(live_shop, WOOCOMMERCE, allowed_order_states=["pending"], check_before_label=False)
    path = f"/api/bridges/{order.bridge_id}"

    changed = await live_shop.data("PATCH", path, {"settings": {"check_before_label": None}})

    assert changed["settings"]["allowed_order_states"] == ["pending"]
    assert changed["settings"].get("check_before_label", True) is True


@pytest.mark.parametrize("kind", ["push_fulfillment", "fulfill_order"])
@every_channel
async def test_another_shops_order_with_the_same_number_is_not_pushed(
    live_shop: LiveShop, channel: Channel, kind: str
) -> None:
    """No label is bought for it; with the shop's line items, or once it has the bridge, the order is pushed."""
    order, number = await place(live_shop, channel), new_tracking_number()
    fields = {"tracking_number": number, "carrier": "fedex"} if kind == "push_fulfillment" else {}
    results = []
    for lines in ([{"id": "77", "sku": "LAMP", "quantity": 1}], LINES):
        await live_shop.sandbox.forget()
        body = build_order(external_id=order.external_id, line_items=lines, bridge_id=None)
        theirs = replace(order, order_id=(await live_shop.data("POST", "/api/orders", body))["id"])
        results.append(await theirs.run(kind, **fields))
        requests = [await live_shop.sandbox.requests(target) for target in ("labels.create", "fulfillments.create")]
        assert bool(any(requests)) is (lines is LINES)

    refused, pushed = results
    assert (refused["status"], refused["error"]["code"]) == ("failed", "rejected")
    assert (refused["error"]["vendor_code"], refused["error"]["field"]) == ("other_line_items", "order_id")
    assert "none with the id or SKU 77" in refused["error"]["message"]
    assert pushed["status"] == "completed", pushed["error"]
