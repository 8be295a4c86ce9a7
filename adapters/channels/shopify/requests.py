"""Build Shopify's requests: choose line items from fulfillment orders. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.channels.common.line_items import LineQuantity, choose_lines
from adapters.channels.shopify.answers import FulfillmentOrder, number_of
from adapters.channels.shopify.codes import COMPANIES, FINISHED
from adapters.http.json import Json
from domain.carrier_names import carrier_title, find_carrier
from domain.channels import FulfillmentRequest
from domain.errors import OrderIsFulfilled, Rejected
from domain.orders import LineItem
from domain.shop_orders import require_remaining

ORDER_ID = re.compile(r"(?:gid://shopify/Order/)?([1-9][0-9]{0,19})")


def to_order_gid(external_id: str) -> str:
    """Return the gid of an order; raises Rejected if the id has neither of Shopify's forms."""
    order_id = ORDER_ID.fullmatch(external_id)
    if order_id is None:
        message = "the order's external_id is not a Shopify order id: the number in its admin URL, or its gid"
        raise Rejected(message, vendor_code="bad_order_id", field="order_id")
    return f"gid://shopify/Order/{order_id[1]}"


def with_item_numbers(request: FulfillmentRequest) -> FulfillmentRequest:
    """Return a push with numeric line item ids; a gid is replaced by its last part."""
    items = None if request.line_items is None else tuple(_with_number(item) for item in request.line_items)
    return replace(request, line_items=items, known_items=tuple(_with_number(item) for item in request.known_items))


def build_fulfillment(request: FulfillmentRequest, orders: Sequence[FulfillmentOrder]) -> Json:
    """Build the input of a push from the order's current fulfillment orders.

    Raises:
        Rejected: the order lacks the items, or no single location has all of them; names the field.
    """
    if request.line_items is None:
        parts: list[Json] = [{"fulfillmentOrderId": order.id} for order in _choose_orders(orders)]
    else:
        parts = _build_parts(_choose_lines(with_item_numbers(request), orders), orders)
    company = request.channel_carrier or COMPANIES.get(
        find_carrier(request.carrier) or "", carrier_title(request.carrier)
    )
    return {
        "lineItemsByFulfillmentOrder": parts,
        "notifyCustomer": request.notify_customer,
        "trackingInfo": {"company": company, **_build_numbers(request)},
    }


def _build_numbers(request: FulfillmentRequest) -> Json:
    if request.parcel_numbers:
        return {"numbers": list(request.parcel_numbers)}
    return {"number": request.tracking_number}


def _with_number(item: LineItem) -> LineItem:
    return item if item.id is None else replace(item, id=number_of(item.id))


def _choose_orders(orders: Sequence[FulfillmentOrder]) -> list[FulfillmentOrder]:
    """Return all fulfillment orders with remaining pieces, which must be at one location."""
    closed = _list_closed(orders)
    if closed:
        message = f"part of the order can't be fulfilled ({closed}): list the line_items to push"
        raise Rejected(message, vendor_code="not_fulfillable", field="line_items")
    chosen = [order for order in orders if order.remaining and order.is_open]
    require_remaining([line for order in chosen for line in order.lines])
    if len({order.place for order in chosen}) > 1:
        raise _several_places(chosen)
    return chosen


def _list_closed(orders: Sequence[FulfillmentOrder]) -> str:
    """Return the statuses of fulfillment orders with remaining pieces that Shopify does not permit to fulfill."""
    remaining = (order for order in orders if order.remaining and order.status not in FINISHED)
    return ", ".join(sorted({order.status for order in remaining if not order.is_open}))


def _choose_lines(request: FulfillmentRequest, orders: Sequence[FulfillmentOrder]) -> list[LineQuantity]:
    """Return the line items from the first location that has all of them."""
    open_orders = [order for order in orders if order.is_open and order.remaining]
    for place in dict.fromkeys(order.place for order in open_orders):
        lines = [line for order in open_orders if order.place == place for line in order.lines]
        try:
            return choose_lines(lines, request)
        except Rejected:
            continue
    closed_lines = [replace(line, remaining=0) for order in orders if order not in open_orders for line in order.lines]
    try:
        choose_lines([*(line for order in open_orders for line in order.lines), *closed_lines], request)
    except OrderIsFulfilled as error:
        closed = _list_closed(orders)
        if not closed:
            raise
        message = f"part of the order can't be fulfilled ({closed}): {error.message}"
        raise Rejected(message, vendor_code=error.vendor_code, field=error.field) from error
    raise _several_places(open_orders)


def _build_parts(chosen: Sequence[LineQuantity], orders: Sequence[FulfillmentOrder]) -> list[Json]:
    quantities = {part.line.id: part.quantity for part in chosen}
    parts = []
    for order in orders:
        ids = [line.id for line in order.lines if line.id in quantities]
        items = [{"id": line_id, "quantity": quantities[line_id]} for line_id in ids]
        if items:
            parts.append({"fulfillmentOrderId": order.id, "fulfillmentOrderLineItems": items})
    return parts


def _several_places(orders: Sequence[FulfillmentOrder]) -> Rejected:
    names = ", ".join(sorted({order.place[0] for order in orders}))
    message = (
        f"the items are at several locations ({names}): push each location's line_items in an operation of its own"
    )
    return Rejected(message, vendor_code="several_locations", field="line_items")
