"""A push to Shopify chooses fulfillment orders, lines and quantities."""

from typing import Any

import pytest

from adapters.channels.shopify import requests
from adapters.channels.shopify.answers import FulfillmentOrder
from domain.errors import Rejected
from tests.unit.adapters.shopify_pushes import NUMBER, build_fulfillment_order, build_request


def collect_quantities(body: dict[str, Any]) -> dict[str, int]:
    """Return the requested quantity of each line."""
    parts = body["lineItemsByFulfillmentOrder"]
    return {line["id"]: line["quantity"] for part in parts for line in part["fulfillmentOrderLineItems"]}


def test_a_push_of_everything_names_the_fulfillment_orders() -> None:
    """A push names all open fulfillment orders with remaining items; the customer is notified only on request."""
    body = requests.build_fulfillment(
        build_request(),
        [
            build_fulfillment_order("A", TEE=2),
            build_fulfillment_order("B", MUG=1),
            build_fulfillment_order("C", MUG=0),
            build_fulfillment_order("D", is_open=False),
        ],
    )

    assert body == {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": "A"}, {"fulfillmentOrderId": "B"}],
        "notifyCustomer": False,
        "trackingInfo": {"company": "FedEx", "number": NUMBER},
    }
    notified = requests.build_fulfillment(
        build_request(notify_customer=True, carrier="pigeon"), [build_fulfillment_order("A", TEE=2)]
    )
    assert notified["notifyCustomer"] is True
    assert notified["trackingInfo"]["company"] == "pigeon"


@pytest.mark.parametrize(
    ("line_items", "expected"),
    [
        ([{"sku": "TEE", "quantity": 1}], {"A-TEE": 1}),
        ([{"id": "11", "quantity": 3}], {"A-TEE": 2, "B-TEE": 1}),
        ([{"id": "gid://shopify/LineItem/11", "quantity": 1}], {"A-TEE": 1}),
        ([{"id": "x", "quantity": 1}], {"B-CAP": 1}),
        ([{"sku": "TEE", "quantity": 2}, {"id": "11", "quantity": 1}], {"A-TEE": 2, "B-TEE": 1}),
    ],
)
def test_line_items_are_spread_over_fulfillment_orders(
    line_items: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    """A line is found by Shopify's number, else by SKU, and is used once."""
    body = requests.build_fulfillment(
        build_request(line_items=line_items),
        [build_fulfillment_order("A", TEE=2), build_fulfillment_order("B", TEE=1, CAP=1)],
    )

    assert collect_quantities(body) == expected


def test_a_location_that_has_all_items_is_preferred() -> None:
    """The first location has too few, so nothing is taken from it."""
    orders = [build_fulfillment_order("A", "Durham", TEE=1), build_fulfillment_order("B", "Reno", TEE=2)]

    assert collect_quantities(
        requests.build_fulfillment(build_request(line_items=[{"sku": "TEE", "quantity": 2}]), orders)
    ) == {"B-TEE": 2}


@pytest.mark.parametrize(
    ("line_items", "orders", "code", "field"),
    [
        (None, [], "exceeds_remaining", "line_items"),
        (None, [build_fulfillment_order("A", TEE=0)], "exceeds_remaining", "line_items"),
        (
            None,
            [build_fulfillment_order("A", TEE=1), build_fulfillment_order("B", "Reno", MUG=1)],
            "several_locations",
            "line_items",
        ),
        (
            None,
            [build_fulfillment_order("A", TEE=1), build_fulfillment_order("B", is_open=False, status="ON_HOLD", MUG=1)],
            "not_fulfillable",
            "line_items",
        ),
        (
            [{"sku": "TEE", "quantity": 2}],
            [build_fulfillment_order("A", TEE=1)],
            "exceeds_remaining",
            "line_items.0.quantity",
        ),
        (
            [{"sku": "TEE", "quantity": 1}],
            [build_fulfillment_order("A", is_open=False, TEE=1)],
            "exceeds_remaining",
            "line_items.0.quantity",
        ),
        (
            [{"sku": "TEE", "quantity": 1}, {"sku": "HAT", "quantity": 1}],
            [build_fulfillment_order("A", TEE=1)],
            "no_such_line_item",
            "line_items.1",
        ),
        (
            [{"sku": "TEE", "quantity": 1}, {"sku": "MUG", "quantity": 1}],
            [build_fulfillment_order("A", TEE=1), build_fulfillment_order("B", "Reno", MUG=1)],
            "several_locations",
            "line_items",
        ),
    ],
)
def test_line_items_that_the_order_does_not_have_are_refused(
    line_items: list[dict[str, Any]] | None, orders: list[FulfillmentOrder], code: str, field: str | None
) -> None:
    """The refusal names the field and is raised before any call."""
    with pytest.raises(Rejected) as refused:
        requests.build_fulfillment(build_request(line_items=line_items), orders)

    assert (refused.value.vendor_code, refused.value.field) == (code, field)


@pytest.mark.parametrize("order_id", ["4001", "gid://shopify/Order/4001"])
def test_an_order_id_may_be_a_number_or_a_gid(order_id: str) -> None:
    assert requests.to_order_gid(order_id) == "gid://shopify/Order/4001"


@pytest.mark.parametrize("order_id", ["", "#1001", "order-1", "gid://shopify/Product/1", "1\n", "0", "٣"])
def test_an_order_id_that_shopify_can_not_have_is_refused(order_id: str) -> None:
    """No call is made for it."""
    with pytest.raises(Rejected) as refused:
        requests.to_order_gid(order_id)
    assert refused.value.field == "order_id"
