"""Input that a channel cannot accept is rejected with its path when the operation is created."""

from typing import Any

import pytest

from tests.fixtures.builders import build_account, build_purchase
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows

PATH = "/api/operations"
ORDER_IDS = {"amazon": "113-1234567-1234567", "bigcommerce": "225", "shopify": "4001", "woocommerce": "727"}

REFUSED: list[tuple[str, dict[str, str], str, dict[str, Any], list[str]]] = [
    ("amazon", {}, "1001", {}, ["order_id"]),
    ("bigcommerce", {}, "A-1001", {}, ["order_id"]),
    ("woocommerce", {}, "wc-12", {}, ["order_id"]),
    ("shopify", {}, "#1001", {}, ["order_id"]),
    ("bigcommerce", {}, "225", {"channel_carrier": "Our Van"}, ["input", "channel_carrier"]),
    ("bigcommerce", {}, "225", {"tracking_number": "9" * 51}, ["input", "tracking_number"]),
    ("bigcommerce", {"customer_mail": "off"}, "225", {"notify_customer": True}, ["input", "notify_customer"]),
    ("woocommerce", {"customer_mail": "off"}, "727", {"notify_customer": True}, ["input", "notify_customer"]),
    ("woocommerce", {"tracking": "plugin"}, "727", {"notify_customer": True}, ["input", "notify_customer"]),
]


def _body(rows: Rows, channel: str, options: dict[str, str], external_id: str, **push: Any) -> dict[str, Any]:
    bridge_id = rows.insert_bridge(channel=channel, settings={"options": options})
    order_id = rows.insert_order(external_id=external_id, bridge_id=bridge_id)
    fields = {"tracking_number": "94001", "carrier": "usps", **push}
    return {"type": "push_fulfillment", "order_id": str(order_id), "input": fields}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case[0]}-{case[4][-1]}")
async def test_a_push_that_no_channel_accepts_is_rejected(
    client: ApiClient, rows: Rows, case: tuple[str, dict[str, str], str, dict[str, Any], list[str]]
) -> None:
    channel, options, external_id, push, path = case
    response = await client.call("POST", PATH, _body(rows, channel, options, external_id, **push))

    assert response.status_code == 422, response.text
    [field] = response.json()["error"]["details"]["fields"]
    assert field["path"] == path
    assert rows.select("operations") == []


@pytest.mark.parametrize("channel", ORDER_IDS)
async def test_a_push_that_the_channel_accepts_is_created(client: ApiClient, rows: Rows, channel: str) -> None:
    """Every channel except BigCommerce accepts any carrier name."""
    name = {"bigcommerce": "carrier_12"}.get(channel, "Our Van")
    body = _body(rows, channel, {}, ORDER_IDS[channel], channel_carrier=name, notify_customer=True)
    response = await client.call("POST", PATH, body)

    assert response.status_code == 201, response.text


@pytest.mark.parametrize(
    ("bridge", "external_id", "message"),
    [
        ({"status": "auth_failed"}, "4001", "auth_failed"),
        ({}, "#1001", "order id"),
        ({"status": "paused"}, "4001", None),
        ({"status": "auth_failed", "settings": {"check_before_label": False}}, "#1001", None),
    ],
)
async def test_a_label_needs_an_order_that_the_shop_can_show(
    client: ApiClient, rows: Rows, bridge: dict[str, Any], external_id: str, message: str | None
) -> None:
    """A lookup precedes the purchase; a bridge without lookups, or a paused one, is accepted."""
    await client.data("POST", "/api/carrier-accounts", build_account())
    order_id = rows.insert_order(external_id=external_id, bridge_id=rows.insert_bridge(**bridge))
    response = await client.call("POST", PATH, build_purchase(order_id))

    assert response.status_code == (201 if message is None else 422), response.text
    if message is not None:
        [field] = response.json()["error"]["details"]["fields"]
        assert (field["path"], message in field["message"]) == (["order_id"], True)
