"""Shopify's words in ours: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.channels.shopify.requests import FulfillmentOrder, Line, RequestedLine, last_part
from adapters.http.json import SHAPE, Json, dig, read_objects, require_objects
from domain.channels import Fulfillment, FulfillmentStatus
from domain.errors import Ambiguous
from domain.shipping import to_short_text

STATUSES = {
    "SUCCESS": FulfillmentStatus.LIVE,
    "OPEN": FulfillmentStatus.PENDING,
    "PENDING": FulfillmentStatus.PENDING,
    "CANCELLED": FulfillmentStatus.CANCELLED,
    "ERROR": FulfillmentStatus.REJECTED,
    "FAILURE": FulfillmentStatus.REJECTED,
}
ON_ITS_WAY = (
    "CARRIER_PICKED_UP",
    "IN_TRANSIT",
    "OUT_FOR_DELIVERY",
    "ATTEMPTED_DELIVERY",
    "DELAYED",
    "DELIVERED",
    "NOT_DELIVERED",
    "READY_FOR_PICKUP",
    "PICKED_UP",
)
"""Display statuses of what the carrier has."""


@dataclass(frozen=True, slots=True)
class ListedFulfillment:
    """A fulfillment as Shopify lists it."""

    fulfillment_id: str
    status: FulfillmentStatus
    created_at: datetime
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What is on one page, and where the next begins; None on the last."""

    nodes: list[Json]
    after: str | None


def parse_page(connection: object) -> Page:
    """Read a page.

    Raises:
        Ambiguous: it is of another shape.
    """
    info = dig(connection, "pageInfo")
    if not isinstance(connection, dict) or not isinstance(info, dict) or "nodes" not in connection:
        raise Ambiguous(SHAPE)
    more = info.get("hasNextPage")
    if not isinstance(more, bool):
        raise Ambiguous(SHAPE)
    after = info.get("endCursor")
    if more and not isinstance(after, str):
        raise Ambiguous(SHAPE)
    return Page(require_objects(connection["nodes"]), after if more else None)


def parse_fulfillment(body: Json) -> ListedFulfillment:
    """Read a fulfillment.

    Raises:
        Ambiguous: it is of another shape.
    """
    try:
        numbers = tuple(
            str(one["number"]) for one in require_objects(body.get("trackingInfo"), "number") if one["number"]
        )
        created_at = datetime.fromisoformat(body["createdAt"])
        if created_at.tzinfo is None:
            raise Ambiguous(SHAPE)
        return ListedFulfillment(to_short_text(body["id"]), STATUSES[body["status"]], created_at, numbers)
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def to_fulfillment(one: ListedFulfillment, tracking_number: str, *, notified: bool) -> Fulfillment:
    """Tell a fulfillment in our words; Shopify does not say whether the customer was written to."""
    return Fulfillment(
        fulfillment_id=one.fulfillment_id,
        status=one.status,
        tracking_number=tracking_number,
        notified=notified,
        message="Shopify could not make the fulfillment" if one.status is FulfillmentStatus.REJECTED else None,
    )


def parse_fulfillments(order: Json) -> list[ListedFulfillment]:
    """Read the fulfillments of an order; raises as `parse_fulfillment` does."""
    return [parse_fulfillment(one) for one in require_objects(order.get("fulfillments"))]


def has_lines(body: Json, wanted: Sequence[RequestedLine]) -> bool:
    """Whether a fulfillment is of exactly these line items; one with too many to list is taken for it.

    Raises:
        Ambiguous: it is of another shape.
    """
    found = parse_page(body.get("fulfillmentLineItems"))
    if found.after is not None:
        return True
    pieces = [_parse_piece(one) for one in found.nodes]
    exactly = sum(one.quantity for one in pieces) == sum(item.quantity for item in wanted)
    return exactly and all(_count_pieces(item, pieces) >= item.quantity for item in wanted)


@dataclass(frozen=True, slots=True)
class _Piece:
    """So many of one line item in a fulfillment."""

    line_item: str
    sku: str | None
    quantity: int


def _parse_piece(body: Json) -> _Piece:
    try:
        return _Piece(last_part(str(body["lineItem"]["id"])), body["lineItem"].get("sku"), int(body["quantity"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def _count_pieces(item: RequestedLine, pieces: Sequence[_Piece]) -> int:
    by_number = [one.quantity for one in pieces if one.line_item == item.line_item]
    return sum(by_number or [one.quantity for one in pieces if item.sku and one.sku == item.sku])


def parse_line(body: Json) -> Line:
    """Read a line of a fulfillment order; raises as `parse_fulfillment` does."""
    try:
        return Line(
            str(body["id"]), last_part(str(body["lineItem"]["id"])), body.get("sku"), int(body["remainingQuantity"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous(SHAPE) from error


def parse_fulfillment_order(body: Json, lines: Sequence[Line]) -> FulfillmentOrder:
    """Read a fulfillment order; raises as `parse_fulfillment` does.

    Args:
        body: Shopify's.
        lines: all of its lines.
    """
    try:
        place = body["assignedLocation"]
        return FulfillmentOrder(
            id=str(body["id"]),
            status=str(body["status"]),
            place=tuple(str(place.get(name) or "") for name in ("name", "address1", "city", "zip", "countryCode")),
            is_open="CREATE_FULFILLMENT" in [one["action"] for one in read_objects(body["supportedActions"])],
            lines=tuple(lines),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise Ambiguous(SHAPE) from error
