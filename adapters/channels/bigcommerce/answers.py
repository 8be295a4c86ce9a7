"""BigCommerce's words in ours: pure. All functions raise Ambiguous if a body is of another shape."""

from adapters.channels.common.line_items import ChannelLine
from adapters.http.json import SHAPE, Json, require_text
from domain.channels import Fulfillment, FulfillmentStatus
from domain.errors import Ambiguous


def parse_fulfillment(shipment: Json, *, notified: bool) -> Fulfillment:
    fulfillment_id = f"{parse_number(shipment.get('order_id'))}/{parse_number(shipment.get('id'))}"
    tracking_number = require_text(shipment.get("tracking_number"))
    return Fulfillment(fulfillment_id, FulfillmentStatus.LIVE, tracking_number, notified=notified)


def require_order(shipment: Json, order_id: str) -> Json:
    """Return a shipment that is listed below an order; another order's raises Ambiguous."""
    if parse_number(shipment.get("order_id")) != int(order_id) or parse_number(shipment.get("id")) < 1:
        raise Ambiguous(SHAPE)
    return shipment


def has_reference(shipment: Json, reference: str) -> bool:
    """Whether a shipment carries our reference, which is in its comments."""
    if "comments" not in shipment:
        raise Ambiguous(SHAPE)
    return reference in str(shipment["comments"] or "").split()


def parse_line(product: Json) -> ChannelLine:
    ordered, shipped = parse_number(product.get("quantity")), parse_number(product.get("quantity_shipped"))
    remaining = 0 if product.get("type", "physical") != "physical" else max(ordered - shipped, 0)
    return ChannelLine(str(parse_number(product.get("id"))), str(product.get("sku") or ""), remaining)


def parse_number(value: object) -> int:
    """Read a number, which BigCommerce sometimes sends as a text."""
    try:
        return int(require_text(value))
    except ValueError as error:
        raise Ambiguous(SHAPE) from error
