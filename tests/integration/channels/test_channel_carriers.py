"""The carrier that a channel gets for a label of an aggregator, over HTTP."""

from typing import Any

import pytest

from tests.fixtures.builders import build_account
from tests.fixtures.real_service import LiveShop
from tests.integration.channels.placed_orders import PlacedOrder, place
from tests.integration.channels.vendors import CHANNELS, Channel

every_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
AGGREGATORS = {"easypost": "USPS.GroundAdvantage", "shipengine": "usps_ground_advantage"}
NAMES = {"shopify": "USPS", "amazon": "USPS", "woocommerce": "usps", "bigcommerce": "usps"}
"""USPS, as each channel's simulator stores it."""


async def _read_carrier(order: PlacedOrder, shipment_id: str) -> str:
    shipment = await order.shop.data("GET", f"/api/shipments/{shipment_id}")
    [fulfillment] = await order.shop.sandbox.fulfillments(shipment["tracking_number"])
    return str(fulfillment["carrier"]).partition(" / ")[0]


async def _fulfill(order: PlacedOrder, carrier: str, **fields: Any) -> Any:
    account = build_account(carrier, is_default=False)
    account_id = (await order.shop.data("POST", "/api/carrier-accounts", account))["id"]
    label = {"carrier": carrier, "carrier_account_id": account_id, "service": AGGREGATORS[carrier]}
    operation = await order.run("fulfill_order", **{**label, **fields})
    assert operation["status"] == "completed", operation["error"]
    return operation["output"]


@pytest.mark.parametrize("aggregator", AGGREGATORS)
@every_channel
async def test_a_channel_gets_the_carrier_behind_the_label(
    live_shop: LiveShop, channel: Channel, aggregator: str
) -> None:
    """The shipment shows the carrier and the aggregator."""
    order = await place(live_shop, channel)

    output = await _fulfill(order, aggregator)

    shipment = await live_shop.data("GET", f"/api/shipments/{output['shipment_id']}")
    assert (shipment["carrier"], shipment["shipping_carrier"]) == (aggregator, "usps")
    assert await _read_carrier(order, output["shipment_id"]) == NAMES[channel.name]


OWN_NAMES = {"shopify": "Our Van", "amazon": "Our Van", "woocommerce": "Our Van", "bigcommerce": "carrier_77"}


@every_channel
async def test_a_client_can_name_the_carrier(live_shop: LiveShop, channel: Channel) -> None:
    """The channel gets the client's name for the carrier."""
    order = await place(live_shop, channel)

    output = await _fulfill(order, "easypost", channel_carrier=OWN_NAMES[channel.name])

    assert await _read_carrier(order, output["shipment_id"]) == OWN_NAMES[channel.name]
