"""Parse USPS's answers. Pure; all functions raise Ambiguous if the body has another shape."""

import base64
import re
from datetime import datetime

from adapters.carriers.common.answers import add_amounts, make_cost, make_echo, make_event, parse_time
from adapters.carriers.common.units import read_pounds
from adapters.carriers.usps import multipart
from adapters.carriers.usps.codes import CATEGORIES, EVENTS, SKUS, WORDS
from adapters.carriers.usps.errors import parse_answer, refuse_known_key
from adapters.http.json import SHAPE, Json, dig, find_objects, parse_object, read_objects, require_text
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import EchoedDetails, Label, Rate, RawAnswer, VoidResult, format_of
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

CURRENCY = "USD"
ROUTING_PREFIX = "420"
"""The prefix of the destination's ZIP Code in a label's routing information."""


def parse_purchase(answer: RawAnswer, service: str, label_format: str) -> Label:
    """Parse the answer to a purchase, first or replayed. An unreadable document does not make it fail.

    Raises:
        RateLimited, AuthFailed, Rejected: refused.
        Ambiguous: it may have been bought.
    """
    refuse_known_key(answer)
    metadata, document = _split_label(answer)
    return _parse_label(metadata, service, label_format, document if format_of(document) == label_format else None)


def parse_reprint(answer: RawAnswer) -> Label:
    """Parse the answer to a reprint; raises as `parse_purchase`.

    Raises:
        Rejected: there is a label of an unknown service: a person should look.
    """
    metadata, document = _split_label(answer)
    service = SKUS.get(str(metadata.get("SKU") or "")[:2])
    if service is None:
        message = "USPS has a label for this purchase, but its reprint does not name the service"
        raise Rejected(message, vendor_code="unknown_sku")
    label_format = format_of(document)
    return _parse_label(metadata, service, label_format or "PDF", document if label_format else None)


def parse_void(body: Json) -> VoidResult:
    """Parse the answer to a cancel: cancelled, or a refund that USPS decides later."""
    status, ticket = body.get("status"), body.get("disputeId")
    if status == "CANCELED":
        return VoidResult(UndoOutcome.VOIDED)
    if status == "DISPUTED":
        return VoidResult(UndoOutcome.REFUND_PENDING, str(ticket)[:100] if ticket else None)
    raise Ambiguous(SHAPE)


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    if "statusCategory" not in body and "trackingEvents" not in body:
        raise Ambiguous(SHAPE)
    # USPS lists the newest first.
    events = [_parse_event(scan) for scan in reversed(read_objects(body.get("trackingEvents")))]
    status = CATEGORIES.get(str(body.get("statusCategory") or "").strip().lower())
    return Tracking(tracking_number, status or (events[-1].status if events else TrackingStatus.UNKNOWN), tuple(events))


def parse_price(body: Json, extra_services: list[Json], service: str) -> Rate:
    """Return the price of a service with its extra services."""
    amounts = [body.get("totalBasePrice"), *(item.get("price") for item in extra_services)]
    price = add_amounts(amounts, CURRENCY)
    if price is None:
        raise Ambiguous(SHAPE)
    return Rate(service, str(price[0]), CURRENCY)


def parse_payment_token(body: Json) -> str | None:
    """Return a payment authorization; None if there is none that a header can carry."""
    value = body.get("paymentAuthorizationToken")
    return value if isinstance(value, str) and value and value.isascii() and value.isprintable() else None


def _split_label(answer: RawAnswer) -> tuple[Json, bytes]:
    """Return the metadata and the document from any of USPS's answer shapes."""
    if answer.is_success and multipart.is_multipart(answer.body):
        parts = multipart.split_parts(answer.body)
        metadata = parse_object(RawAnswer(answer.status, parts.get("labelMetadata", b"")))
        return metadata, _decode_document(parts.get("labelImage"))
    body = parse_answer(answer)
    inner = body.get("labelMetadata")
    return (inner if isinstance(inner, dict) else body), _decode_document(body.get("labelImage"))


def _parse_label(metadata: Json, service: str, label_format: str, document: bytes | None) -> Label:
    number = metadata.get("trackingNumber") or metadata.get("internationalTrackingNumber")
    number = require_text("".join(number.split()) if isinstance(number, str) else None)
    parts: list[tuple[object, object]] = [("postage", metadata.get("postage")), *_read_prices(metadata, "fees")]
    parts += [*_read_prices(metadata, "extraServices"), *_read_duties(metadata.get("prepaidDutiesTaxesFees"))]
    cost = make_cost(add_amounts((amount for _, amount in parts), CURRENCY), parts)
    return Label(
        carrier_shipment_id=number,
        tracking_number=number,
        service=service,
        live=True,
        cost=cost.amount,
        currency=cost.currency,
        cost_parts=cost.parts,
        label_format=label_format,
        document=document,
        echo=_parse_echo(metadata),
    )


def _parse_echo(metadata: Json) -> EchoedDetails:
    routing = str(metadata.get("routingInformation") or "")
    zip_code = routing.removeprefix(ROUTING_PREFIX) if routing.startswith(ROUTING_PREFIX) else None
    foreign = dig(metadata, "labelAddress", "postalCode")
    return make_echo(zip_code or foreign, read_pounds(metadata.get("weight"), metadata.get("weightUOM")))


def _decode_document(content: object) -> bytes:
    """Return a document from raw bytes or Base64; empty if it is neither."""
    if isinstance(content, bytes) and format_of(content):
        return content
    try:
        return base64.b64decode(content, validate=True) if isinstance(content, str | bytes) else b""
    except ValueError:
        return b""


def _read_prices(metadata: Json, name: str) -> list[tuple[object, object]]:
    """Return the names and prices of fees or extra services; those without a price are included in the postage."""
    items = find_objects(metadata.get(name))
    return [(item.get("name") or name, item["price"]) for item in items if item.get("price") is not None]


def _read_duties(prepaid: object) -> list[tuple[object, object]]:
    """Return the duties and taxes of each item that the sender paid in advance, and USPS's fee."""
    found = [("duties fee", dig(prepaid, "packageFee"))]
    for item in find_objects(dig(prepaid, "itemCosts")):
        found += [("duties", item.get("dutyPrice")), ("taxes", item.get("taxPrice"))]
    return [(name, amount) for name, amount in found if amount is not None]


def _parse_event(scan: Json) -> TrackingEvent:
    code, words = scan.get("eventCode"), scan.get("eventType")
    status = EVENTS.get(str(code)) or _read_words(str(words or ""))
    place = [scan.get(name) for name in ("eventCity", "eventState", "eventZIP", "eventCountry")]
    return make_event(_parse_event_time(scan), status, code, words, *place)


def _parse_event_time(scan: Json) -> datetime | None:
    """Return the GMT time, else the local time with its offset from GMT."""
    return parse_time(scan.get("GMTTimestamp"), "+00:00") or parse_time(
        scan.get("eventTimestamp"), scan.get("GMTOffset")
    )


def _read_words(text: str) -> TrackingStatus:
    found = (status for pattern, status in WORDS if re.search(pattern, text, re.IGNORECASE))
    return next(found, TrackingStatus.UNKNOWN)
