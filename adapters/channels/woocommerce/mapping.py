"""Between our words and WooCommerce's: pure.

A WooCommerce order has no fulfillments of its own. One of ours is an entry of the order's custom fields: its key has
our reference, its value is JSON: `tracking_number`, `carrier`, `line_items` `[{id, quantity}]`, `state` (live or
cancelled), and `status_before`, the order's status where the push has changed it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.channels.common.line_items import ChannelLine, choose_lines
from adapters.http.json import SHAPE, Json, parse_json, read_objects, require_objects
from domain.channels import Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, Rejected
from domain.shipping import to_short_text

KEY = "orderly_fulfillment_"
COMPLETED = "completed"
LIVE, CANCELLED = "live", "cancelled"


@dataclass(frozen=True, slots=True)
class Entry:
    """One of our entries in an order's custom fields."""

    reference: str
    tracking_number: str
    carrier: str
    line_items: tuple[tuple[str, int], ...]
    state: str
    status_before: str | None


def check_order_id(external_id: str) -> str:
    """Return the order's id.

    Raises:
        Rejected: it can't be one of WooCommerce's, which are numbers.
    """
    if not (external_id.isascii() and external_id.isdigit()):
        message = "WooCommerce's order ids are numbers; the order's external_id is none"
        raise Rejected(message, vendor_code="no_such_order", field="order.external_id")
    return external_id


def split_id(fulfillment_id: str) -> tuple[str, str]:
    """Return the order's id and the reference that a fulfillment's id is made of.

    Raises:
        Rejected: it is none of ours.
    """
    order, slash, reference = fulfillment_id.partition("/")
    if not slash or not (order.isascii() and order.isdigit()):
        raise Rejected("a WooCommerce fulfillment is named ORDER/REFERENCE", vendor_code="bad_id")
    return order, reference


def build_push(reference: str, request: FulfillmentRequest, order: Json, *, mails: bool) -> Json:
    """Build what is changed of the order.

    The order is completed where nothing remains of it, and where that mails nobody, or somebody is to be mailed.

    Args:
        reference: the entry's key.
        request: what is pushed.
        order: its `status`, `line_items` and `meta_data`, as the shop has them.
        mails: whether the shop mails the customer when an order is completed.

    Raises:
        Rejected: it can't be pushed so; names the field.
        Ambiguous: the order is of another shape.
    """
    status = read_status(order)
    lines = _remaining_lines(order, reference)
    chosen = choose_lines(lines, request)
    is_last = sum(one.quantity for one in chosen) == sum(line.remaining for line in lines)
    completes = is_last and status != COMPLETED and (request.notify_customer or not mails)
    if request.notify_customer and not (mails and completes):
        message = "WooCommerce writes to the customer when an order is completed: not of a part, nor with its mails off"
        raise Rejected(message, vendor_code="no_mail", field="notify_customer")
    # Where a push is made again: what was kept by the first is what undo needs.
    own = (one.status_before for one in parse_entries(order) if one.reference == reference and one.state == LIVE)
    entry = Entry(
        reference=reference,
        tracking_number=request.tracking_number,
        carrier=request.carrier,
        line_items=tuple((one.line.id, one.quantity) for one in chosen),
        state=LIVE,
        status_before=status if completes else next(own, None),
    )
    return {"meta_data": [_build_field(entry)], **({"status": COMPLETED} if completes else {})}


def build_cancel(entry: Entry, order: Json) -> Json:
    """Build what is changed of the order when an entry is cancelled; a status that was changed since then stays.

    Raises:
        Ambiguous: the order does not tell its status.
    """
    restored = {"status": entry.status_before} if is_still_completed(entry, order) else {}
    return {"meta_data": [_build_field(replace(entry, state=CANCELLED))], **restored}


def is_still_completed(entry: Entry, order: Json) -> bool:
    """Whether the order has the status that the entry's push gave it.

    Raises:
        Ambiguous: the order does not tell its status.
    """
    return read_status(order) == COMPLETED and entry.status_before is not None


def read_status(order: Json) -> str:
    """Return the order's status.

    Raises:
        Ambiguous: it does not tell it.
    """
    status = order.get("status")
    if not isinstance(status, str):
        raise Ambiguous(SHAPE)
    return status


def parse_entries(order: Json) -> list[Entry]:
    """Read our entries, oldest first.

    Raises:
        Ambiguous: the order is of another shape, or one of them is.
    """
    shown = order.get("meta_data")
    if isinstance(shown, dict) and "key" not in shown:  # what PHP makes of a list that a plugin has filtered
        shown = list(shown.values())
    if not isinstance(shown, list | dict) or not all(
        isinstance(one.get("key"), str) for one in require_objects(shown, "key")
    ):
        raise Ambiguous(SHAPE)  # plugins were seen to empty the fields of what the shop shows
    found = [one for one in read_objects(shown) if one["key"].startswith(KEY)]
    return [_parse_entry(str(one["key"]).removeprefix(KEY), one.get("value")) for one in found]


def to_fulfillment(order: Json, entry: Entry, *, mails: bool) -> Fulfillment:
    """Return an entry as a fulfillment.

    Args:
        order: its `id`.
        entry: one of its.
        mails: whether the customer was mailed where the push has completed the order.

    Raises:
        Ambiguous: the order is of another shape.
    """
    number = order.get("id")
    if isinstance(number, bool) or not isinstance(number, int):
        raise Ambiguous(SHAPE)
    return Fulfillment(
        fulfillment_id=f"{number}/{entry.reference}",
        status=FulfillmentStatus.LIVE if entry.state == LIVE else FulfillmentStatus.CANCELLED,
        tracking_number=entry.tracking_number,
        notified=mails and entry.status_before is not None,
        message=None,
    )


def find_pushed_entry(order: Json, request: FulfillmentRequest) -> Entry:
    """Find what a push has made in its answer: the one live entry with the tracking number.

    Raises:
        Ambiguous: it is not there; or there are several, of which our reference tells.
    """
    number = request.tracking_number
    found = [one for one in parse_entries(order) if (one.state, one.tracking_number) == (LIVE, number)]
    if len(found) != 1:
        raise Ambiguous("the order does not have what was written" if not found else "another push has this number")
    return found[0]


def _remaining_lines(order: Json, reference: str) -> Sequence[ChannelLine]:
    """Return what remains: WooCommerce does not count it, so our own live entries do."""
    gone: dict[str, int] = {}
    for entry in parse_entries(order):
        if entry.state == LIVE and entry.reference != reference:
            for line_id, quantity in entry.line_items:
                gone[line_id] = gone.get(line_id, 0) + quantity
    return [_parse_line(one, gone) for one in read_objects(order.get("line_items"))]


def _parse_line(item: Json, gone: dict[str, int]) -> ChannelLine:
    number, quantity = item.get("id"), item.get("quantity")
    if not isinstance(number, int) or not isinstance(quantity, int):
        raise Ambiguous(SHAPE)
    return ChannelLine(str(number), str(item.get("sku") or ""), max(quantity - gone.get(str(number), 0), 0))


def _build_field(entry: Entry) -> Json:
    value: dict[str, Any] = {
        "tracking_number": entry.tracking_number,
        "carrier": entry.carrier,
        "line_items": [{"id": line_id, "quantity": quantity} for line_id, quantity in entry.line_items],
        "state": entry.state,
        "status_before": entry.status_before,
    }
    return {"key": KEY + entry.reference, "value": json.dumps(value)}


def _parse_entry(reference: str, value: object) -> Entry:
    try:
        body: Any = parse_json(value) if isinstance(value, str) else value
        before = body["status_before"]
        return Entry(
            reference=to_short_text(reference),
            tracking_number=to_short_text(body["tracking_number"]),
            carrier=str(body["carrier"]),
            line_items=tuple((str(one["id"]), int(one["quantity"])) for one in body["line_items"]),
            state={LIVE: LIVE, CANCELLED: CANCELLED}[body["state"]],
            status_before=None if before is None else to_short_text(before),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous(SHAPE) from error
