"""Parse WooCommerce's answers. Pure; all functions raise Ambiguous if an order has another shape.

A WooCommerce order has no fulfillments. This adapter stores each one as an entry in the order's custom fields: the key
contains the reference, and the value is JSON with `tracking_number`, `carrier`, `line_items` `[{id, quantity}]`,
`state` (live or cancelled), and `status_before`, the order's status if the push changed it.
"""

from dataclasses import dataclass
from typing import Any

from adapters.channels.woocommerce.codes import CANCELLED, COMPLETED, KEY, LIVE, MARK, REFUNDED_ITEM, STATES
from adapters.http.json import (
    SHAPE,
    Json,
    is_same_number,
    parse_json,
    read_objects,
    require_objects,
    require_text,
    require_whole_number,
)
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState


@dataclass(frozen=True, slots=True)
class Entry:
    """One of this adapter's entries in an order's custom fields."""

    reference: str
    tracking_number: str
    carrier: str
    line_items: tuple[tuple[str, int], ...]
    state: str
    status_before: str | None


def parse_entries(order: Json) -> list[Entry]:
    """Return this adapter's entries, oldest first; raises Ambiguous also if one was edited by hand."""
    fields = order.get("meta_data")
    if isinstance(fields, dict) and "key" not in fields:  # PHP writes a list that a plugin filtered as an object
        fields = list(fields.values())
    fields = require_objects(fields, "key")
    if not all(isinstance(field["key"], str) for field in fields):
        raise Ambiguous(SHAPE)  # some plugins empty the fields in the shop's answers
    ours = [field for field in fields if field["key"].startswith(KEY)]
    return [_parse_entry(field["key"].removeprefix(KEY), field.get("value")) for field in ours]


def find_entries(order: Json, reference: str) -> list[Entry]:
    return [entry for entry in parse_entries(order) if entry.reference == reference]


def find_pushed_entry(order: Json, request: FulfillmentRequest) -> Entry:
    """Return the entry that a push made, from its answer: the only live one with the tracking number.

    Raises:
        Ambiguous: there is none, or there are several, and only a look-up by reference can distinguish them.
    """
    pushed = (LIVE, request.tracking_number)
    entries = [entry for entry in parse_entries(order) if (entry.state, entry.tracking_number) == pushed]
    if len(entries) != 1:
        raise Ambiguous(
            "the shop did not store the change" if not entries else "another push already has this tracking number"
        )
    return entries[0]


def to_fulfillment(order: Json, entry: Entry, *, mails: bool) -> Fulfillment:
    """Convert an entry; with `mails`, the customer was notified if the push completed the order."""
    return Fulfillment(
        fulfillment_id=f"{require_whole_number(order.get('id'))}/{entry.reference}",
        status=FulfillmentStatus.LIVE if entry.state == LIVE else FulfillmentStatus.CANCELLED,
        tracking_number=entry.tracking_number,
        notified=mails and entry.status_before is not None,
    )


def read_status(order: Json) -> str:
    status = order.get("status")
    if not isinstance(status, str):
        raise Ambiguous(SHAPE)
    return status


def is_still_completed(entry: Entry, order: Json) -> bool:
    """Whether the order still has the status that the entry's push set."""
    return read_status(order) == COMPLETED and entry.status_before is not None


def has_live_entry(order: Json, reference: str) -> bool:
    return any(entry.state == LIVE for entry in find_entries(order, reference))


def to_shop_order(order: Json) -> ShopOrder:
    """Return an order's state and the remaining pieces of each line item."""
    status = read_status(order)
    return ShopOrder(STATES.get(status, ShopOrderState.OPEN), status[:100], tuple(remaining_lines(order, "")))


def remaining_lines(order: Json, reference: str) -> list[ShopLine]:
    """Return the remaining pieces: WooCommerce counts refunded pieces, and our live entries the shipped ones."""
    gone = _sum_refunded(order)
    for entry in parse_entries(order):
        if entry.state == LIVE and entry.reference != reference:
            for line_id, quantity in entry.line_items:
                gone[line_id] = gone.get(line_id, 0) + quantity
    return [_parse_line(item, gone) for item in read_objects(order.get("line_items"))]


def parse_tracking(order_id: str, tracking: Json) -> Fulfillment:
    fulfillment_id = require_text(f"{order_id}/{MARK}{require_text(tracking.get('tracking_id'))}")
    number = require_text(tracking.get("tracking_number"))
    return Fulfillment(fulfillment_id, FulfillmentStatus.LIVE, number, notified=False)


def has_number(tracking: Json, request: FulfillmentRequest) -> bool:
    """Whether a tracking has the parcel's number: WordPress trims it, and may return it as a number."""
    return is_same_number(tracking.get("tracking_number"), request.tracking_number)


def _sum_refunded(order: Json) -> dict[str, int]:
    """Return the refunded pieces by line item; a refund's line names it in a custom field, with a negative quantity."""
    sums: dict[str, int] = {}
    for refund in read_objects(order.get("refunds")):
        for item in read_objects(refund.get("line_items")):
            fields = read_objects(item.get("meta_data"))
            line_id = next((str(field.get("value")) for field in fields if field.get("key") == REFUNDED_ITEM), None)
            if line_id is not None:
                sums[line_id] = sums.get(line_id, 0) + abs(require_whole_number(item.get("quantity")))
    return sums


def _parse_line(item: Json, gone: dict[str, int]) -> ShopLine:
    line_id, quantity = str(require_whole_number(item.get("id"))), require_whole_number(item.get("quantity"))
    return ShopLine(line_id, str(item.get("sku") or ""), max(quantity - gone.get(line_id, 0), 0))


def _parse_entry(reference: str, value: object) -> Entry:
    try:
        body: Any = parse_json(value) if isinstance(value, str) else value
        before = body["status_before"]
        return Entry(
            reference=require_text(reference),
            tracking_number=require_text(body["tracking_number"]),
            carrier=str(body["carrier"]),
            line_items=tuple((str(item["id"]), int(item["quantity"])) for item in body["line_items"]),
            state={LIVE: LIVE, CANCELLED: CANCELLED}[body["state"]],
            status_before=None if before is None else require_text(before),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous(SHAPE) from error
