"""Our words in Shopify's: which line items of which fulfillment orders a push takes. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.http.json import Json
from domain.channels import FulfillmentRequest
from domain.errors import Rejected

COMPANIES = {
    "fedex": "FedEx",
    "ups": "UPS",
    "usps": "USPS",
    "dhl": "DHL Express",
    "dhl_express": "DHL Express",
    "canada_post": "Canada Post",
}
"""Shopify makes the tracking link from the company's name, where it knows it."""
ORDER_ID = re.compile(r"(?:gid://shopify/Order/)?([1-9][0-9]{0,19})")


@dataclass(frozen=True, slots=True)
class Line:
    """What remains of one line item in a fulfillment order; `line_item` is the order's line item's number."""

    id: str
    line_item: str
    sku: str | None
    remaining: int


@dataclass(frozen=True, slots=True)
class FulfillmentOrder:
    """A part of an order that is fulfilled from one place.

    Attributes:
        id: Shopify's.
        status: Shopify's.
        place: where it is: the name and address of its location.
        is_open: whether Shopify offers to make a fulfillment of it.
        lines: its line items.
    """

    id: str
    status: str
    place: tuple[str, ...]
    is_open: bool
    lines: tuple[Line, ...]

    @property
    def remaining(self) -> int:
        """How many pieces are left."""
        return sum(line.remaining for line in self.lines)


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """So many of one line item: by its number, or by its SKU where the shop has no line item of that number."""

    at: int
    line_item: str | None
    sku: str | None
    quantity: int


Quantities = dict[str, dict[str, int]]
"""Quantities by fulfillment order and line."""


def to_order_gid(external_id: str) -> str:
    """Write an order's id as Shopify does.

    Raises:
        Rejected: it is none.
    """
    found = ORDER_ID.fullmatch(external_id)
    if found is None:
        message = "the order's external_id is no Shopify order: the number in its admin address, or its gid"
        raise Rejected(message, vendor_code="bad_order_id", field="order_id")
    return f"gid://shopify/Order/{found[1]}"


def last_part(gid: str) -> str:
    """Return the last part of an id of Shopify's."""
    return gid.rpartition("/")[2]


def build_fulfillment(request: FulfillmentRequest, orders: Sequence[FulfillmentOrder]) -> Json:
    """Build the input of a push.

    Args:
        request: what is told.
        orders: the fulfillment orders of the order, as they are now.

    Raises:
        Rejected: the order does not hold what is to be pushed, or not at one place; names the field.
    """
    open_orders = [one for one in orders if one.is_open and one.remaining]
    if request.line_items is None:
        parts: list[Json] = [{"fulfillmentOrderId": one.id} for one in _choose_whole_order(orders, open_orders)]
    else:
        quantities = _choose_lines(read_requested_lines(request), orders, open_orders)
        parts = [
            {
                "fulfillmentOrderId": one,
                "fulfillmentOrderLineItems": [{"id": line, "quantity": count} for line, count in lines.items()],
            }
            for one, lines in quantities.items()
        ]
    return {
        "lineItemsByFulfillmentOrder": parts,
        "notifyCustomer": request.notify_customer,
        "trackingInfo": {
            "company": COMPANIES.get(request.carrier.lower(), request.carrier),
            "number": request.tracking_number,
        },
    }


def read_requested_lines(request: FulfillmentRequest) -> list[RequestedLine]:
    """Return the line items that are to be pushed, as the shop may know them."""
    found = []
    for at, item in enumerate(request.line_items or []):
        sku = item.sku
        if item.id is not None:
            sku = next((known.sku for known in request.known_items if known.id == item.id), sku)
        found.append(RequestedLine(at, None if item.id is None else last_part(item.id), sku, item.quantity))
    return found


def _choose_whole_order(
    orders: Sequence[FulfillmentOrder], open_orders: Sequence[FulfillmentOrder]
) -> Sequence[FulfillmentOrder]:
    closed = [one for one in orders if not one.is_open and one.remaining and one.status not in ("CLOSED", "CANCELLED")]
    if closed:
        told = ", ".join(sorted({one.status for one in closed}))
        message = f"a part of the order can't be fulfilled ({told}): name the line_items that are to be pushed"
        raise Rejected(message, vendor_code="not_fulfillable", field="line_items")
    if not open_orders:
        raise Rejected("nothing of the order remains to be fulfilled", vendor_code="nothing_remains")
    places = {one.place for one in open_orders}
    if len(places) > 1:
        raise _several_places(places)
    return open_orders


def _choose_lines(
    wanted: Sequence[RequestedLine], orders: Sequence[FulfillmentOrder], open_orders: Sequence[FulfillmentOrder]
) -> Quantities:
    """Take the line items from the first place that holds all of them."""
    places = list(dict.fromkeys(one.place for one in open_orders))
    for place in places:
        quantities = _allocate(wanted, [one for one in open_orders if one.place == place])
        if isinstance(quantities, dict):
            return quantities
    short = _allocate(wanted, open_orders)
    if isinstance(short, dict):
        raise _several_places(set(places))
    known = _matching_lines(short, [line for one in orders for line in one.lines])
    field = f"line_items.{short.at}"
    if not known:
        raise Rejected("the shop's order has no such line item", vendor_code="unknown_line_item", field=field)
    left = sum(line.remaining for one in open_orders for line in _matching_lines(short, one.lines))
    message = f"{short.quantity} were asked for, and {left} can be fulfilled"
    raise Rejected(message, vendor_code="exceeds_remaining", field=f"{field}.quantity")


def _allocate(wanted: Sequence[RequestedLine], orders: Sequence[FulfillmentOrder]) -> Quantities | RequestedLine:
    """Take the line items from these fulfillment orders; the first that they have too few of, where there is one."""
    left = {line.id: line.remaining for one in orders for line in one.lines}
    home = {line.id: one.id for one in orders for line in one.lines}
    quantities: Quantities = {}
    for item in wanted:
        need = item.quantity
        for line in _matching_lines(item, [line for one in orders for line in one.lines]):
            some = min(need, left[line.id])
            if some > 0:
                lines = quantities.setdefault(home[line.id], {})
                lines[line.id] = lines.get(line.id, 0) + some
                left[line.id] -= some
                need -= some
        if need:
            return item
    return quantities


def _matching_lines(wanted: RequestedLine, lines: Sequence[Line]) -> list[Line]:
    by_number = [line for line in lines if line.line_item == wanted.line_item]
    return by_number or [line for line in lines if wanted.sku and line.sku == wanted.sku]


def _several_places(places: set[tuple[str, ...]]) -> Rejected:
    told = ", ".join(sorted(place[0] for place in places))
    message = f"the items are at several places ({told}), and a fulfillment is made at one: push each with line_items"
    return Rejected(message, vendor_code="several_locations", field="line_items")
