"""Parse EasyPost's answers. Pure; all functions raise Ambiguous if the body has another shape."""

from adapters.carriers.common.answers import (
    Cost,
    Price,
    add_amounts,
    make_cost,
    make_echo,
    make_event,
    order_events,
    parse_price,
    parse_time,
    require_rates,
    to_rates,
)
from adapters.carriers.common.units import read_pounds
from adapters.carriers.easypost import codes
from adapters.carriers.easypost.codes import (
    DETAILS,
    FORMATS,
    REFUND_OUTCOMES,
    REFUND_REJECTED,
    REFUNDED,
    STATUSES,
    SUBMITTED,
)
from adapters.http.json import SHAPE, Json, dig, find_objects, read_objects, require_objects, require_text
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.label_parts import DocumentKind, LabelDocument
from domain.shipping import EchoedDetails, Label, Rate, RefundState, format_of
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

POSTAGE = "PostageFee"
REFUND_STATES = (None, REFUND_REJECTED, *REFUND_OUTCOMES)
UNTOUCHED = (TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN, TrackingStatus.CANCELLED)


def parse_label(body: Json) -> Label:
    """Parse a bought shipment; its documents are fetched separately."""
    rate, refund = body.get("selected_rate"), body.get("refund_status")
    if not is_bought(body) or not isinstance(rate, dict) or refund not in REFUND_STATES:
        raise Ambiguous(SHAPE)
    cost = _read_cost(rate, find_objects(body.get("fees")))
    return Label(
        carrier_shipment_id=parse_shipment_id(body),
        tracking_number=require_text(body.get("tracking_code")),
        service=_service_code(rate),
        live=refund not in (SUBMITTED, REFUNDED),
        cost=cost.amount,
        currency=cost.currency,
        cost_parts=cost.parts,
        label_format=FORMATS.get(str(dig(body, "postage_label", "label_file_type")), "PNG"),
        echo=parse_echo(body),
        carrier=require_text(rate.get("carrier")),
        has_more_documents=bool(find_forms(body)),
    )


def parse_echo(body: Json) -> EchoedDetails:
    """Return the details of the request that a shipment echoes; EasyPost weighs in ounces."""
    return make_echo(dig(body, "to_address", "zip"), read_pounds(dig(body, "parcel", "weight"), "oz"))


def is_bought(body: Json) -> bool:
    if "postage_label" not in body or "tracking_code" not in body:
        raise Ambiguous(SHAPE)
    return body["postage_label"] is not None or bool(body["tracking_code"])


def parse_shipment_id(body: Json) -> str:
    return require_text(body.get("id"))


def require_reference(body: Json, reference: str) -> Json:
    """Return the shipment if it has this reference; raises Ambiguous if it has another."""
    if body.get("reference") != reference:
        raise Ambiguous(SHAPE)
    return body


def parse_page(body: Json) -> tuple[list[Json], bool]:
    if not isinstance(body.get("has_more"), bool):
        raise Ambiguous(SHAPE)
    return require_objects(body.get("shipments"), "id", "reference"), body["has_more"]


def choose_rate(body: Json, service: str) -> str:
    """Return the id of the service's cheapest rate.

    Raises:
        Rejected: the account does not have the service for this shipment; the message lists those that it has.
    """
    rates = _read_rates(body)
    prices = [(_parse_price(rate), rate) for rate in rates if _service_code(rate) == service]
    offers = [(price[0], require_text(rate.get("id"))) for price, rate in prices if price is not None]
    if offers:
        return min(offers)[1]
    offered = ", ".join(sorted({_service_code(rate) for rate in rates})) or "none"
    message = f"EasyPost offers no service {service} for this shipment. Offered: {offered}"
    raise Rejected("; ".join([message, *_read_notes(body)])[:1000], vendor_code="service_not_offered", field="service")


def parse_rates(body: Json) -> list[Rate]:
    """Return the cheapest price of each service.

    Raises:
        Rejected: there is none; with the messages of the carriers behind EasyPost.
    """
    prices = [(_service_code(rate), _parse_price(rate)) for rate in _read_rates(body)]
    rates = to_rates((service, price) for service, price in prices if price is not None)
    return require_rates("EasyPost", rates, _read_notes(body))


def _read_notes(body: Json) -> list[str]:
    """Return the messages of the carriers behind EasyPost that offer no price for a shipment."""
    return [f"{note.get('carrier')}: {note.get('message')}" for note in find_objects(body.get("messages"))][:5]


def _read_cost(rate: Json, fees: list[Json]) -> Cost:
    """Return the sum of a shipment's fees; the rate counts as postage, unless a fee is the postage."""
    price = _parse_price(rate)
    if price is None:
        return make_cost(None)
    parts = [(fee.get("type"), fee.get("amount")) for fee in fees]
    if POSTAGE not in dict(parts):
        parts.insert(0, (POSTAGE, str(price[0])))
    return make_cost(add_amounts((amount for _, amount in parts), price[1]) or price, parts)


def find_label_url(body: Json) -> str | None:
    """Return the address of a label's document; None if it has none."""
    url = dig(body, "postage_label", "label_url")
    return url if isinstance(url, str) and url else None


def find_forms(body: Json) -> list[tuple[DocumentKind, str]]:
    """Return the kind and address of each customs document of a bought shipment."""
    forms = [
        (codes.FORMS.get(str(form.get("form_type"))), form.get("form_url")) for form in find_objects(body.get("forms"))
    ]
    return [(kind, url) for kind, url in forms if kind is not None and isinstance(url, str) and url]


def make_form(kind: DocumentKind, content: bytes) -> LabelDocument:
    """Return a document; raises as `check_document`."""
    return LabelDocument(kind, format_of(check_document(content)) or "PDF", content)


def check_document(content: bytes) -> bytes:
    """Return the document; raises Ambiguous unless it is PDF, ZPL or PNG."""
    if format_of(content) is None:
        raise Ambiguous("the answer is not a label")
    return content


def parse_refund_state(body: Json) -> RefundState | None:
    """Return the state of a refund; None if there is nothing to refund, or no refund was requested."""
    if "refund_status" not in body:
        raise Ambiguous(SHAPE)
    return codes.REFUND_STATES.get(body["refund_status"])


def parse_refund(body: Json) -> UndoOutcome | None:
    """Return the outcome of a void after its refund was requested; None if no refund was requested.

    Raises:
        Rejected: refused for a reason that a person should look at.
    """
    if "refund_status" not in body or body["refund_status"] not in REFUND_STATES:
        raise Ambiguous(SHAPE)
    if body["refund_status"] != REFUND_REJECTED:
        return REFUND_OUTCOMES.get(body["refund_status"])
    if _parse_status(dig(body, "tracker")) not in UNTOUCHED:
        return UndoOutcome.TOO_LATE
    raise Rejected("the carrier rejected the refund", vendor_code="refund_rejected")


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Return the progress of a parcel from the tracker with its number; raises Rejected if there is none."""
    if "trackers" not in body:
        raise Ambiguous(SHAPE)
    trackers = [
        tracker for tracker in read_objects(body["trackers"]) if tracker.get("tracking_code") == tracking_number
    ]
    if not trackers:
        raise Rejected("EasyPost has no tracker for the tracking number", vendor_code="not_found")
    events = [_parse_event(event) for event in read_objects(trackers[0].get("tracking_details"))]
    return Tracking(tracking_number, _parse_status(trackers[0]), order_events(events))


def _read_rates(body: Json) -> list[Json]:
    if "rates" not in body:
        raise Ambiguous(SHAPE)
    return read_objects(body["rates"])


def _service_code(rate: Json) -> str:
    return require_text(f"{require_text(rate.get('carrier'))}.{require_text(rate.get('service'))}")


def _parse_price(rate: Json) -> Price | None:
    return parse_price(rate.get("rate"), rate.get("currency"))


def _parse_status(tracked: object) -> TrackingStatus:
    """Return the status of a tracker or an event; if that is unknown, the status of its detail."""
    status = STATUSES.get(str(dig(tracked, "status")), TrackingStatus.UNKNOWN)
    if status is not TrackingStatus.UNKNOWN:
        return status
    return DETAILS.get(str(dig(tracked, "status_detail")), TrackingStatus.UNKNOWN)


def _parse_event(event: Json) -> TrackingEvent:
    code = event.get("status_detail") or event.get("status")
    place = [dig(event, "tracking_location", name) for name in ("city", "state", "zip", "country")]
    return make_event(parse_time(event.get("datetime")), _parse_status(event), code, event.get("message"), *place)
