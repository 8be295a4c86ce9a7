"""Our words in WooCommerce's: pure."""

import json
from dataclasses import replace

from adapters.channels.common.ids import check_order_number
from adapters.channels.common.line_items import choose_lines
from adapters.channels.woocommerce.answers import (
    Entry,
    find_entries,
    has_number,
    is_still_completed,
    read_status,
    remaining_lines,
)
from adapters.channels.woocommerce.codes import CANCELLED, COMPLETED, KEY, LIVE, PROVIDERS
from adapters.http.json import Json
from domain.carrier_names import carrier_title, find_carrier
from domain.channels import FulfillmentRequest
from domain.errors import Rejected


def check_order_id(external_id: str) -> str:
    """Return the order's id; Rejected if it is no number, as WooCommerce's are."""
    return check_order_number(external_id, "WooCommerce")


def build_push(reference: str, request: FulfillmentRequest, order: Json, *, mails: bool) -> Json:
    """Build what is changed of the order: `reference` is the key of the new entry.

    The order is completed where nothing remains of it, and where that mails nobody, or somebody is to be mailed.

    Raises:
        Rejected: it can't be pushed so; names the field.
        Ambiguous: the order is of another shape.
    """
    status, lines = read_status(order), remaining_lines(order, reference)
    chosen = choose_lines(lines, request)
    is_last = sum(some.quantity for some in chosen) == sum(line.remaining for line in lines)
    completes = is_last and status != COMPLETED and (request.notify_customer or not mails)
    if request.notify_customer and not (mails and completes):
        message = "WooCommerce writes to the customer when an order is completed: not of a part, nor with its mails off"
        raise Rejected(message, vendor_code="no_mail", field="notify_customer")
    # Where a push is made again: what was kept by the first is what undo needs.
    earlier = (entry.status_before for entry in find_entries(order, reference) if entry.state == LIVE)
    entry = Entry(
        reference=reference,
        tracking_number=request.tracking_number,
        carrier=request.channel_carrier or request.carrier,
        line_items=tuple((some.line.id, some.quantity) for some in chosen),
        state=LIVE,
        status_before=status if completes else next(earlier, None),
    )
    return {"meta_data": [_build_field(entry)], **({"status": COMPLETED} if completes else {})}


def build_cancel(entry: Entry, order: Json) -> Json:
    """Build what is changed of the order when an entry is cancelled; a status that was changed since then stays.

    Raises:
        Ambiguous: the order does not tell its status.
    """
    restored = {"status": entry.status_before} if is_still_completed(entry, order) else {}
    return {"meta_data": [_build_field(replace(entry, state=CANCELLED))], **restored}


def build_tracking(request: FulfillmentRequest, trackings: list[Json]) -> Json:
    """Build the body of a tracking of the Shipment Tracking plugin, of an order that has `trackings`.

    Raises:
        Rejected: the plugin would not do what is asked; names the field.
    """
    if request.notify_customer:
        raise Rejected("the plugin writes to nobody", vendor_code="no_mail", field="notify_customer")
    if any(has_number(tracking, request) for tracking in trackings):
        message = "the order has a tracking with this number: by it the plugin's trackings are told apart"
        raise Rejected(message, vendor_code="duplicate", field="tracking_number")
    provider = request.channel_carrier or PROVIDERS.get(find_carrier(request.carrier) or "")
    if provider in PROVIDERS.values():
        named = {"tracking_provider": provider}
    else:
        named = {"custom_tracking_provider": provider or carrier_title(request.carrier)}
    return {**named, "tracking_number": request.tracking_number}


def _build_field(entry: Entry) -> Json:
    value = {
        "tracking_number": entry.tracking_number,
        "carrier": entry.carrier,
        "line_items": [{"id": line_id, "quantity": quantity} for line_id, quantity in entry.line_items],
        "state": entry.state,
        "status_before": entry.status_before,
    }
    return {"key": KEY + entry.reference, "value": json.dumps(value)}
