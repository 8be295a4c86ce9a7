"""Between our words and BigCommerce's: pure."""

from collections.abc import Mapping, Sequence

from adapters.channels.common.line_items import ChannelLine, choose_lines
from adapters.http.json import SHAPE, Json
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, Rejected
from domain.shipping import to_short_text

MAX_TRACKING_NUMBER = 50
PROVIDERS: Mapping[str, str] = {
    "fedex": "fedex",
    "ups": "ups",
    "usps": "usps",
    "canadapost": "canadapost",
    "auspost": "auspost",
    "royalmail": "royalmail",
}
"""By our carrier: BigCommerce's shipping provider, which makes the tracking link."""


def check_order_id(external_id: str) -> str:
    """Return the order's id.

    Raises:
        Rejected: it can't be one of BigCommerce's, which are numbers.
    """
    if not (external_id.isascii() and external_id.isdigit()):
        message = "BigCommerce's order ids are numbers; the order's external_id is none"
        raise Rejected(message, vendor_code="no_such_order", field="order.external_id")
    return external_id


def split_id(fulfillment_id: str) -> tuple[str, str]:
    """Return the ids of the order and the shipment that a fulfillment's id is made of.

    Raises:
        Rejected: it is none of ours.
    """
    order, slash, shipment = fulfillment_id.partition("/")
    if not slash or not all(one.isascii() and one.isdigit() for one in (order, shipment)):
        raise Rejected("a BigCommerce fulfillment is named ORDER/SHIPMENT, both numbers", vendor_code="bad_id")
    return order, shipment


def build_shipment(reference: str, request: FulfillmentRequest, products: Sequence[Json]) -> Json:
    """Build the body of a shipment.

    Args:
        reference: goes into the comments, by which the shipment is found again.
        request: what is pushed.
        products: of the order, as BigCommerce has them.

    Raises:
        Rejected: it can't be shipped so; names the field.
        Ambiguous: the products are of another shape.
    """
    if len(request.tracking_number) > MAX_TRACKING_NUMBER:
        message = f"BigCommerce takes tracking numbers of at most {MAX_TRACKING_NUMBER} characters"
        raise Rejected(message, vendor_code="too_long", field="tracking_number")
    by_id = {str(one.get("id")): one for one in products}
    lines = choose_lines([_parse_line(one) for one in products], request)
    addresses = {_parse_number(by_id[one.line.id].get("order_address_id")) for one in lines}
    if len(addresses) > 1:
        message = "the line items go to different addresses: a BigCommerce shipment goes to one"
        raise Rejected(message, vendor_code="several_addresses", field="line_items")
    carrier = request.carrier.lower()
    return {
        "order_address_id": addresses.pop(),
        "tracking_number": request.tracking_number,
        "shipping_provider": PROVIDERS.get(carrier, ""),
        "comments": _build_comment(reference, request.carrier),
        "items": [{"order_product_id": int(one.line.id), "quantity": one.quantity} for one in lines],
    }


def parse_fulfillment(body: Json, *, notified: bool) -> Fulfillment:
    """Read one shipment.

    Raises:
        Ambiguous: the body is of another shape.
    """
    try:
        return Fulfillment(
            fulfillment_id=f"{_parse_number(body['order_id'])}/{_parse_number(body['id'])}",
            status=FulfillmentStatus.LIVE,
            tracking_number=to_short_text(body["tracking_number"]),
            notified=notified,
            message=None,
        )
    except (KeyError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def require_order(body: Json, order: str) -> Json:
    """Return a shipment that is listed below an order.

    Raises:
        Ambiguous: it is none, or another order's.
    """
    if _parse_number(body.get("order_id")) != int(order) or _parse_number(body.get("id")) < 1:
        raise Ambiguous(SHAPE)
    return body


def has_reference(body: Json, reference: str) -> bool:
    """Whether a shipment carries our reference.

    Raises:
        Ambiguous: it does not show its comments, where a reference is.
    """
    if "comments" not in body:
        raise Ambiguous(SHAPE)
    return reference in str(body["comments"] or "").split()


def has_id(body: Json, shipment_id: str) -> bool:
    """Whether it is that shipment."""
    return str(body.get("id")) == shipment_id


def _build_comment(reference: str, carrier: str) -> str:
    return f"Shipped with {carrier}. Reference {reference}"


def _parse_line(product: Json) -> ChannelLine:
    ordered, shipped = _parse_number(product.get("quantity")), _parse_number(product.get("quantity_shipped"))
    remaining = 0 if product.get("type", "physical") != "physical" else max(ordered - shipped, 0)
    return ChannelLine(str(_parse_number(product.get("id"))), str(product.get("sku") or ""), remaining)


def _parse_number(value: object) -> int:
    """Read a number, which BigCommerce sometimes sends as a text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Ambiguous(SHAPE)
    try:
        return int(value)
    except ValueError as error:
        raise Ambiguous(SHAPE) from error
