"""The order of every channel is read: its state, and the remaining quantity of each line."""

from typing import Any

import pytest

from adapters.channels.amazon import answers as amazon
from adapters.channels.bigcommerce import answers as bigcommerce
from adapters.channels.shopify import answers as shopify
from adapters.channels.woocommerce import answers as woocommerce
from domain.errors import Ambiguous, OrderIsCancelled, OrderIsFulfilled, OrderIsOnHold, Rejected
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState, require_remaining, require_shippable_state

OPEN, PENDING, ON_HOLD = ShopOrderState.OPEN, ShopOrderState.PENDING, ShopOrderState.ON_HOLD


@pytest.mark.parametrize(
    ("status_id", "state"),
    [
        (0, PENDING),
        (1, PENDING),
        (2, ShopOrderState.FULFILLED),
        (3, OPEN),
        (4, ShopOrderState.REFUNDED),
        (5, ShopOrderState.CANCELLED),
        (6, ShopOrderState.FAILED),
        (7, PENDING),
        (8, OPEN),
        (9, OPEN),
        (10, ShopOrderState.FULFILLED),
        (11, OPEN),
        (12, ON_HOLD),
        (13, ON_HOLD),
        (14, OPEN),
    ],
)
def test_every_status_of_bigcommerce(status_id: int, state: ShopOrderState) -> None:
    """BigCommerce documents 15 statuses."""
    assert bigcommerce.to_shop_order({"id": 1, "status_id": status_id, "status": "its word"}, []).state is state


def test_remaining_quantities_at_bigcommerce() -> None:
    """Shipped and refunded quantities are subtracted; a digital product has no remaining quantity."""

    def read_remaining(**counts: Any) -> int:
        product = {"id": 7, "order_id": 1, "sku": "A", "quantity": 3, "quantity_shipped": 0, **counts}
        return bigcommerce.parse_line(product).remaining

    assert read_remaining() == 3
    assert read_remaining(quantity_shipped=1, quantity_refunded=1) == 1
    assert read_remaining(quantity_shipped="1", quantity_refunded="0") == 2
    assert read_remaining(quantity_shipped=3, quantity_refunded=2) == 0
    assert read_remaining(type="digital") == 0


@pytest.mark.parametrize("status", [None, "", "Shipped", []])
def test_a_bigcommerce_order_without_a_status_is_ambiguous(status: Any) -> None:
    """It is not read as open."""
    with pytest.raises(Ambiguous):
        bigcommerce.to_shop_order({"id": 1, "status_id": status}, [])


AMAZON_ITEM = {"orderItemId": "77", "quantityOrdered": 3, "product": {"sellerSku": "TEE"}}


@pytest.mark.parametrize(
    ("fulfillment", "state"),
    [
        ({"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"}, OPEN),
        ({"fulfillmentStatus": "PARTIALLY_SHIPPED", "fulfilledBy": "MERCHANT"}, OPEN),
        ({"fulfillmentStatus": "SHIPPED", "fulfilledBy": "MERCHANT"}, ShopOrderState.FULFILLED),
        ({"fulfillmentStatus": "CANCELLED"}, ShopOrderState.CANCELLED),
        ({"fulfillmentStatus": "UNFULFILLABLE"}, ShopOrderState.FAILED),
        ({"fulfillmentStatus": "PENDING"}, PENDING),
        ({"fulfillmentStatus": "PENDING_AVAILABILITY"}, PENDING),
        ({"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "AMAZON"}, ShopOrderState.MARKETPLACE),
        (None, OPEN),
    ],
)
def test_every_status_of_amazon(fulfillment: dict[str, Any] | None, state: ShopOrderState) -> None:
    """An order that Amazon itself fulfills is not open."""
    assert amazon.to_shop_order({"orderItems": [AMAZON_ITEM], "fulfillment": fulfillment}).state is state


def test_remaining_quantities_at_amazon() -> None:
    """Without Amazon's count, items in packages are subtracted."""
    counted = {**AMAZON_ITEM, "fulfillment": {"quantityFulfilled": 1, "quantityUnfulfilled": 1}}
    package = {"packageReferenceId": "1", "packageItems": [{"orderItemId": "77", "quantity": 2}]}

    def read_remaining(item: dict[str, Any], *packages: dict[str, Any]) -> int:
        return amazon.to_shop_order({"orderItems": [item], "packages": list(packages)}).lines[0].remaining

    assert read_remaining(counted) == 1
    assert read_remaining(AMAZON_ITEM) == 3
    assert read_remaining(AMAZON_ITEM, package) == 1


WOO_ORDER: dict[str, Any] = {
    "id": 727,
    "status": "processing",
    "line_items": [{"id": 315, "sku": "TEE", "quantity": 2}, {"id": 316, "sku": "MUG", "quantity": 1}],
    "meta_data": [],
}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("processing", OPEN),
        ("a-plugins-own", OPEN),
        ("pending", PENDING),
        ("checkout-draft", PENDING),
        ("on-hold", ON_HOLD),
        ("completed", ShopOrderState.FULFILLED),
        ("cancelled", ShopOrderState.CANCELLED),
        ("refunded", ShopOrderState.REFUNDED),
        ("failed", ShopOrderState.FAILED),
        ("trash", ShopOrderState.DELETED),
    ],
)
def test_every_status_of_woocommerce(status: str, state: ShopOrderState) -> None:
    """A plugin's own status counts as open."""
    order = woocommerce.to_shop_order({**WOO_ORDER, "status": status})

    assert (order.state, order.shop_state) == (state, status)


def test_remaining_quantities_at_woocommerce() -> None:
    """A refunded item names the order's line in a custom field; a refund of money only changes no quantity."""

    def refund(quantity: int, item: str) -> dict[str, Any]:
        field = {"id": 1, "key": "_refunded_item_id", "value": item}
        return {"id": 9, "line_items": [{"id": 400, "quantity": quantity, "meta_data": [field]}]}

    refunds = [refund(-1, "315"), refund(0, "316"), {"id": 10, "line_items": []}]
    lines = woocommerce.to_shop_order({**WOO_ORDER, "refunds": refunds}).lines

    assert [(line.id, line.remaining) for line in lines] == [("315", 1), ("316", 1)]


@pytest.mark.parametrize(
    ("order", "state"),
    [
        ({"displayFinancialStatus": "PAID"}, OPEN),
        ({"displayFinancialStatus": "AUTHORIZED"}, OPEN),
        ({"displayFinancialStatus": "PARTIALLY_PAID"}, OPEN),
        ({"displayFinancialStatus": "PARTIALLY_REFUNDED"}, OPEN),
        ({"displayFinancialStatus": None}, OPEN),
        ({}, OPEN),
        ({"displayFinancialStatus": "PENDING"}, PENDING),
        ({"displayFinancialStatus": "REFUNDED"}, ShopOrderState.REFUNDED),
        ({"displayFinancialStatus": "VOIDED"}, ShopOrderState.FAILED),
        ({"displayFinancialStatus": "EXPIRED"}, ShopOrderState.FAILED),
        ({"displayFinancialStatus": "PAID", "cancelledAt": "2026-11-01T08:00:00Z"}, ShopOrderState.CANCELLED),
    ],
)
def test_every_status_of_shopify(order: dict[str, Any], state: ShopOrderState) -> None:
    """The financial status and the time of cancellation decide."""
    assert shopify.to_shop_order(order, []).state is state


def test_a_shopify_order_is_held_if_every_open_part_is() -> None:
    """A part that may be fulfilled keeps the order open; a closed part does not count."""

    def part(status: str, remaining: int = 1) -> shopify.FulfillmentOrder:
        return shopify.FulfillmentOrder("1", status, (), status == "OPEN", (ShopLine("1", "A", remaining),))

    assert shopify.to_shop_order({}, [part("ON_HOLD"), part("CLOSED")]).state is ON_HOLD
    assert shopify.to_shop_order({}, [part("ON_HOLD"), part("OPEN")]).state is OPEN
    assert shopify.to_shop_order({}, [part("ON_HOLD", 0), part("OPEN", 0)]).state is OPEN


def test_a_closed_order_is_refused_with_the_shops_status() -> None:
    """A bridge may allow orders on hold, but no closed state."""
    expected: dict[ShopOrderState, type[Rejected]] = {
        PENDING: OrderIsOnHold,
        ON_HOLD: OrderIsOnHold,
        ShopOrderState.CANCELLED: OrderIsCancelled,
        ShopOrderState.REFUNDED: OrderIsCancelled,
        ShopOrderState.FAILED: OrderIsCancelled,
        ShopOrderState.DELETED: OrderIsCancelled,
        ShopOrderState.FULFILLED: OrderIsFulfilled,
        ShopOrderState.MARKETPLACE: OrderIsFulfilled,
    }
    assert expected.keys() == set(ShopOrderState) - {OPEN}
    for state, refusal in expected.items():
        with pytest.raises(refusal, match="its own word"):
            require_shippable_state(ShopOrder(state, "its own word", ()), ())
    require_shippable_state(ShopOrder(ON_HOLD, "", ()), ("on_hold",))
    require_shippable_state(ShopOrder(OPEN, "", ()), ())
    with pytest.raises(OrderIsFulfilled):
        require_remaining([ShopLine("1", "A", 0)])
