"""Build WooCommerce's requests. Pure."""

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
    """Return the order's id; raises Rejected if it is not a number."""
    return check_order_number(external_id, "WooCommerce")


def build_push(reference: str, request: FulfillmentRequest, order: Json, *, mails: bool) -> Json:
    """Build the change of the order; `reference` is the key of the new entry.

    The order becomes completed if nothing of it remains, and if either the customer is to be notified or completing
    sends no mail.

    Raises:
        Rejected: the order can't be pushed like this; names the field.
        Ambiguous: the order has another shape.
    """
    status, lines = read_status(order), remaining_lines(order, reference)
    chosen = choose_lines(lines, request)
    is_last = sum(part.quantity for part in chosen) == sum(line.remaining for line in lines)
    completes = is_last and status != COMPLETED and (request.notify_customer or not mails)
    if request.notify_customer and not (mails and completes):
        message = "WooCommerce emails the customer only when a push completes the order and customer_mail is on"
        raise Rejected(message, vendor_code="no_mail", field="notify_customer")
    # A repeated push keeps the status that the first one stored, because undo needs it.
    earlier = (entry.status_before for entry in find_entries(order, reference) if entry.state == LIVE)
    entry = Entry(
        reference=reference,
        tracking_number=request.tracking_number,
        carrier=request.channel_carrier or request.carrier,
        line_items=tuple((part.line.id, part.quantity) for part in chosen),
        state=LIVE,
        status_before=status if completes else next(earlier, None),
    )
    return {"meta_data": [_build_field(entry)], **({"status": COMPLETED} if completes else {})}


def build_cancel(entry: Entry, order: Json) -> Json:
    """Build the change of the order for the cancel of an entry; a status that changed since the push stays.

    Raises:
        Ambiguous: the order has no status.
    """
    restored = {"status": entry.status_before} if is_still_completed(entry, order) else {}
    return {"meta_data": [_build_field(replace(entry, state=CANCELLED))], **restored}


def build_tracking(request: FulfillmentRequest, trackings: list[Json]) -> Json:
    """Build the body of a tracking for the Shipment Tracking plugin; `trackings` are the order's existing ones.

    Raises:
        Rejected: the plugin can't do what is requested; names the field.
    """
    if request.notify_customer:
        raise Rejected("the Shipment Tracking plugin sends no emails", vendor_code="no_mail", field="notify_customer")
    if any(has_number(tracking, request) for tracking in trackings):
        message = "the order already has a tracking with this number, and the plugin needs different numbers"
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
