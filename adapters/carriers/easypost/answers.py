"""EasyPost's words in ours: pure."""

from datetime import datetime
from decimal import Decimal

from adapters.carriers.common.units import read_pounds
from adapters.carriers.easypost.codes import (
    DOCUMENT_STARTS,
    FORMATS,
    NOT_APPLICABLE,
    REFUND_REJECTED,
    REFUNDED,
    STATUSES,
    SUBMITTED,
)
from adapters.http.json import SHAPE, Json, dig, read_objects, require_objects
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import EchoedDetails, Label, Rate, to_short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

REFUND_STATES = (None, SUBMITTED, REFUNDED, REFUND_REJECTED, NOT_APPLICABLE)
UNTOUCHED = (TrackingStatus.PRE_TRANSIT, TrackingStatus.UNKNOWN, TrackingStatus.CANCELLED)


def parse_label(body: Json) -> Label:
    """Read a shipment that was bought; its document is fetched by a call of its own.

    Raises:
        Ambiguous: it was not, as far as it says, or the body is of another shape.
    """
    rate, refund = body.get("selected_rate"), body.get("refund_status")
    if not is_bought(body) or not isinstance(rate, dict) or refund not in REFUND_STATES:
        raise Ambiguous(SHAPE)
    amount, currency = _parse_amount(rate.get("rate")), rate.get("currency")
    known = amount is not None and isinstance(currency, str)
    file_type = str(dig(body, "postage_label", "label_file_type"))
    return Label(
        carrier_shipment_id=parse_shipment_id(body),
        tracking_number=_parse_name(body.get("tracking_code")),
        service=_service_code(rate),
        live=refund not in (SUBMITTED, REFUNDED),
        cost=str(amount) if known else None,
        currency=str(currency)[:3] if known else None,
        void_until=None,
        label_format=FORMATS.get(file_type, "PNG"),
        document=None,
        echo=parse_echo(body),
    )


def parse_echo(body: Json) -> EchoedDetails:
    """Read what a shipment repeats of the request that it was made of; EasyPost weighs in ounces."""
    postal_code = dig(body, "to_address", "zip")
    pounds = read_pounds(dig(body, "parcel", "weight"), "oz")
    return EchoedDetails(postal_code if isinstance(postal_code, str) else None, pounds)


def is_bought(body: Json) -> bool:
    """Whether a shipment has a label.

    Raises:
        Ambiguous: the body is none of a shipment.
    """
    if "postage_label" not in body or "tracking_code" not in body:
        raise Ambiguous(SHAPE)
    return body["postage_label"] is not None or bool(body["tracking_code"])


def parse_shipment_id(body: Json) -> str:
    """Read a shipment's id.

    Raises:
        Ambiguous: the body is of another shape.
    """
    return _parse_name(body.get("id"))


def require_reference(body: Json, reference: str) -> Json:
    """Return the shipment that was asked for by its reference.

    Raises:
        Ambiguous: the body is of another shape, or of another shipment.
    """
    if body.get("reference") != reference:
        raise Ambiguous(SHAPE)
    return body


def parse_page(body: Json) -> tuple[list[Json], bool]:
    """Read one page of shipments, and whether there are more.

    Raises:
        Ambiguous: the body is of another shape.
    """
    if not isinstance(body.get("has_more"), bool):
        raise Ambiguous(SHAPE)
    return require_objects(body.get("shipments"), "id", "reference"), body["has_more"]


def choose_rate(body: Json, service: str) -> str:
    """Choose the price to buy a shipment at: the service's cheapest.

    Raises:
        Rejected: the account has not got the service for this shipment; names those it has.
        Ambiguous: the body is of another shape.
    """
    if "rates" not in body:
        raise Ambiguous(SHAPE)
    priced = [(_parse_amount(one.get("rate")), one) for one in read_objects(body["rates"])]
    found = [
        (amount, _parse_name(one.get("id")))
        for amount, one in priced
        if amount is not None and _service_code(one) == service
    ]
    if found:
        return min(found)[1]
    valid = sorted({_service_code(one) for _, one in priced})
    there = f"for this shipment the account has {', '.join(valid) or 'none'}"
    why = "; ".join(_carrier_messages(body))
    message = f"EasyPost has no service {service}: {there}{'; ' + why if why else ''}"
    raise Rejected(message[:1000], vendor_code="service_not_offered", field="service")


def parse_rates(body: Json) -> list[Rate]:
    """Read prices: of each service the cheapest.

    Raises:
        Ambiguous: the body is of another shape.
    """
    if "rates" not in body:
        raise Ambiguous(SHAPE)
    found: dict[str, Rate] = {}
    for one in read_objects(body["rates"]):
        amount, currency, service = _parse_amount(one.get("rate")), one.get("currency"), _service_code(one)
        if amount is None or not isinstance(currency, str):
            continue
        if service not in found or amount < Decimal(found[service].amount):
            found[service] = Rate(service, str(amount), currency[:3])
    return list(found.values())


def find_label_url(body: Json) -> str | None:
    """Read where a label's document is; None where it has none."""
    url = dig(body, "postage_label", "label_url")
    return url if isinstance(url, str) and url else None


def check_document(content: bytes) -> bytes:
    """Read a document.

    Raises:
        Ambiguous: it is none of PDF, ZPL and PNG.
    """
    if not content.lstrip().startswith(DOCUMENT_STARTS):
        raise Ambiguous("the answer is no label")
    return content


def parse_refund(body: Json) -> UndoOutcome | None:
    """Read what became of a label after its refund was asked for; None where nobody has asked for it.

    Raises:
        Rejected: refused, for a reason that a person should look at.
        Ambiguous: the body is of another shape.
    """
    if "refund_status" not in body or body["refund_status"] not in REFUND_STATES:
        raise Ambiguous(SHAPE)
    match body["refund_status"]:
        case "submitted":
            return UndoOutcome.REFUND_PENDING
        case "refunded":
            return UndoOutcome.VOIDED
        case "not_applicable":
            return UndoOutcome.UNSUPPORTED
        case "rejected":
            status = STATUSES.get(str(dig(body, "tracker", "status")), TrackingStatus.UNKNOWN)
            if status not in UNTOUCHED:
                return UndoOutcome.TOO_LATE
            raise Rejected("the carrier rejected the refund", vendor_code="refund_rejected")
    return None


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Read where a parcel is, of the trackers with its number.

    Raises:
        Rejected: there is none.
        Ambiguous: the body is of another shape.
    """
    if "trackers" not in body:
        raise Ambiguous(SHAPE)
    found = [one for one in read_objects(body["trackers"]) if one.get("tracking_code") == tracking_number]
    if not found:
        raise Rejected("EasyPost has no tracker of the tracking number", vendor_code="not_found")
    events = [_parse_event(one) for one in read_objects(found[0].get("tracking_details"))]
    ordered = sorted(events, key=lambda one: one.at.timestamp() if one.at else 0.0)
    return Tracking(tracking_number, _tracking_status(found[0].get("status")), tuple(ordered))


def _service_code(rate: Json) -> str:
    return _parse_name(f"{_parse_name(rate.get('carrier'))}.{_parse_name(rate.get('service'))}")


def _parse_name(value: object) -> str:
    try:
        return to_short_text(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def _carrier_messages(body: Json) -> list[str]:
    """What the carriers said that gave no price, with the type of each message."""
    found = body.get("messages")
    if not isinstance(found, list):
        return []
    return [f"{one.get('carrier')}: {one.get('message')}" for one in found if isinstance(one, dict)][:5]


def _parse_amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return found.quantize(Decimal("0.01")) if found.is_finite() and abs(found) < 10**9 else None


def _tracking_status(status: object) -> TrackingStatus:
    return STATUSES.get(str(status), TrackingStatus.UNKNOWN)


def _parse_event(event: Json) -> TrackingEvent:
    code = str(event.get("status_detail") or event.get("status") or "")[:20]
    try:
        at = datetime.fromisoformat(str(event.get("datetime")))
    except ValueError:
        at = None
    known = at if at is not None and at.tzinfo is not None else None
    return TrackingEvent(known, _tracking_status(event.get("status")), code, str(event.get("message") or "")[:200])
