"""Parse Shopify's answers. Pure; all functions raise Ambiguous if a body has another shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.channels.common.line_items import choose_lines
from adapters.channels.shopify.codes import FINANCIAL_STATES, FINISHED, ON_HOLD, STATUSES
from adapters.http.json import (
    SHAPE,
    Json,
    dig,
    is_same_number,
    read_objects,
    require_objects,
    require_text,
    require_whole_number,
)
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState


@dataclass(frozen=True, slots=True)
class FulfillmentOrder:
    """The part of an order that one location fulfills; `place` is the location's name and address.

    `is_open` is whether Shopify permits a fulfillment of it.
    """

    id: str
    status: str
    place: tuple[str, ...]
    is_open: bool
    lines: tuple[ShopLine, ...]

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)


@dataclass(frozen=True, slots=True)
class ListedFulfillment:
    """A fulfillment as Shopify lists it."""

    fulfillment_id: str
    status: FulfillmentStatus
    created_at: datetime
    numbers: tuple[str, ...]

    @property
    def is_cancelled(self) -> bool:
        return self.status is FulfillmentStatus.CANCELLED

    @property
    def has_ended(self) -> bool:
        """Whether it is cancelled or failed, so that its line items remain again."""
        return self.is_cancelled or self.status is FulfillmentStatus.REJECTED

    def has_number_of(self, request: FulfillmentRequest) -> bool:
        """Whether it has a number of the push's parcels; `numbers` may have only some of them."""
        pushed = request.parcel_numbers or (request.tracking_number,)
        return any(is_same_number(number, one) for number in self.numbers for one in pushed)


@dataclass(frozen=True, slots=True)
class Page:
    """The nodes of one page, and the cursor of the next one; None on the last page."""

    nodes: list[Json]
    after: str | None


def number_of(gid: object) -> str:
    """Return the last part of a Shopify id."""
    return str(gid).rpartition("/")[2]


def parse_page(connection: object) -> Page:
    more, after = dig(connection, "pageInfo", "hasNextPage"), dig(connection, "pageInfo", "endCursor")
    if not isinstance(more, bool) or (more and not isinstance(after, str)):
        raise Ambiguous(SHAPE)
    return Page(require_objects(dig(connection, "nodes")), after if more else None)


def parse_fulfillment(body: Json) -> ListedFulfillment:
    try:
        trackings = require_objects(body.get("trackingInfo"), "number")
        numbers = tuple(str(tracking["number"]) for tracking in trackings if tracking["number"])
        created_at = datetime.fromisoformat(body["createdAt"])
        if created_at.tzinfo is None:
            raise Ambiguous(SHAPE)
        return ListedFulfillment(require_text(body["id"]), STATUSES[body["status"]], created_at, numbers)
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def to_fulfillment(fulfillment: ListedFulfillment, tracking_number: str, *, notified: bool) -> Fulfillment:
    """Convert a fulfillment; Shopify does not return whether the customer was notified."""
    is_rejected = fulfillment.status is FulfillmentStatus.REJECTED
    message = "Shopify could not create the fulfillment" if is_rejected else None
    return Fulfillment(fulfillment.fulfillment_id, fulfillment.status, tracking_number, notified, message)


def parse_fulfillments(order: Json) -> list[ListedFulfillment]:
    return [parse_fulfillment(body) for body in require_objects(order.get("fulfillments"))]


def parse_cancel(fulfillment: Json) -> UndoOutcome:
    """Parse the answer to a cancel; raises Rejected if the fulfillment is not cancelled."""
    if fulfillment.get("status") != "CANCELLED":
        raise Rejected("Shopify did not cancel the fulfillment and gave no reason")
    return UndoOutcome.CANCELLED


def has_lines(fulfillment: Json, request: FulfillmentRequest) -> bool:
    """Whether a fulfillment has exactly the line items of a push; assumed if it has too many to list."""
    page = parse_page(fulfillment.get("fulfillmentLineItems"))
    if page.after is not None:
        return True
    nodes = enumerate(page.nodes)
    lines = [_parse_line(dig(node, "lineItem"), str(place), node.get("quantity")) for place, node in nodes]
    try:
        choose_lines(lines, request)
    except Rejected:
        return False
    return sum(line.remaining for line in lines) == sum(item.quantity for item in request.line_items or ())


def parse_fulfillment_order(body: Json, lines: Sequence[Json]) -> FulfillmentOrder:
    """Parse a fulfillment order with all its lines."""
    location = body.get("assignedLocation")
    if not isinstance(location, dict) or "supportedActions" not in body:
        raise Ambiguous(SHAPE)
    return FulfillmentOrder(
        id=require_text(body.get("id")),
        status=require_text(body.get("status")),
        place=tuple(str(location.get(name) or "") for name in ("name", "address1", "city", "zip", "countryCode")),
        is_open="CREATE_FULFILLMENT" in [action.get("action") for action in read_objects(body["supportedActions"])],
        lines=tuple(_parse_line(line, require_text(line.get("id")), line.get("remainingQuantity")) for line in lines),
    )


def to_shop_order(order: Json, fulfillment_orders: Sequence[FulfillmentOrder]) -> ShopOrder:
    """Return an order's state and the remaining pieces of each line."""
    remaining = [part for part in fulfillment_orders if part.remaining and part.status not in FINISHED]
    lines = tuple(line for part in remaining for line in part.lines)
    if order.get("cancelledAt"):
        return ShopOrder(ShopOrderState.CANCELLED, "cancelled", lines)
    paid = str(order.get("displayFinancialStatus") or "")
    if paid in FINANCIAL_STATES:
        return ShopOrder(FINANCIAL_STATES[paid], paid, lines)
    is_held = bool(remaining) and all(part.status == ON_HOLD for part in remaining)
    return ShopOrder(ShopOrderState.ON_HOLD if is_held else ShopOrderState.OPEN, ON_HOLD if is_held else paid, lines)


def _parse_line(body: object, line_id: str, quantity: object) -> ShopLine:
    """Parse a line of a fulfillment order, which contains the order's line item, or such a line item itself."""
    item_id = require_text(dig(body, "lineItem", "id") or dig(body, "id"))
    return ShopLine(line_id, str(dig(body, "sku") or ""), require_whole_number(quantity), number_of(item_id))
