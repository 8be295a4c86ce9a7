"""Parse BigCommerce's answers. Pure; all functions raise Ambiguous if a body has another shape."""

from collections.abc import Sequence

from adapters.channels.bigcommerce.codes import STATES
from adapters.http.json import SHAPE, Json, require_text
from domain.channels import Fulfillment, FulfillmentStatus
from domain.errors import Ambiguous
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState


def parse_fulfillment(shipment: Json, *, notified: bool) -> Fulfillment:
    fulfillment_id = f"{parse_number(shipment.get('order_id'))}/{parse_number(shipment.get('id'))}"
    tracking_number = require_text(shipment.get("tracking_number"))
    return Fulfillment(fulfillment_id, FulfillmentStatus.LIVE, tracking_number, notified=notified)


def require_order(shipment: Json, order_id: str) -> Json:
    """Return a shipment from an order's list; raises Ambiguous if it belongs to another order."""
    if parse_number(shipment.get("order_id")) != int(order_id) or parse_number(shipment.get("id")) < 1:
        raise Ambiguous(SHAPE)
    return shipment


def has_reference(shipment: Json, reference: str) -> bool:
    """Whether a shipment has our reference, which is in its comments."""
    if "comments" not in shipment:
        raise Ambiguous(SHAPE)
    return reference in str(shipment["comments"] or "").split()


def to_shop_order(order: Json, products: Sequence[Json]) -> ShopOrder:
    """Return an order's state and the remaining pieces of each product."""
    lines = tuple(parse_line(product) for product in products)
    if order.get("is_deleted") is True:
        return ShopOrder(ShopOrderState.DELETED, "deleted", lines)
    status_id = parse_number(order.get("status_id"))
    return ShopOrder(STATES.get(status_id, ShopOrderState.OPEN), str(order.get("status") or status_id)[:100], lines)


def parse_line(product: Json) -> ShopLine:
    """Return the pieces of a product that are neither shipped nor refunded; only physical products are shipped."""
    gone = parse_number(product.get("quantity_shipped")) + parse_number(product.get("quantity_refunded") or 0)
    left = max(parse_number(product.get("quantity")) - gone, 0)
    remaining = left if product.get("type", "physical") == "physical" else 0
    return ShopLine(str(parse_number(product.get("id"))), str(product.get("sku") or ""), remaining)


def parse_number(value: object) -> int:
    """Return a number, which BigCommerce sometimes sends as a text."""
    try:
        return int(require_text(value))
    except ValueError as error:
        raise Ambiguous(SHAPE) from error
