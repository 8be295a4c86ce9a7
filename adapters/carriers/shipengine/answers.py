"""ShipEngine's words in ours: pure."""

import base64
import binascii
from datetime import datetime
from decimal import Decimal

from adapters.carriers.common.units import read_pounds
from adapters.carriers.shipengine.codes import (
    DOCUMENT_STARTS,
    FAILED,
    GONE,
    LIVE,
    REFUND_AWAITED,
    STATUSES,
    VOID_REASONS,
)
from adapters.http.json import SHAPE, Json, dig, read_objects
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, Rejected
from domain.shipping import EchoedDetails, Label, Rate, to_short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus

CHARGES = ("shipping_amount", "insurance_amount", "confirmation_amount", "other_amount")


def parse_purchase(body: Json) -> Label:
    """Read what a purchase came to. One whose document can't be read was bought all the same.

    Raises:
        Rejected: ShipEngine made no label of it.
        Ambiguous: the body is of another shape.
    """
    if body.get("status") == FAILED and body.get("label_id"):
        raise Rejected("the carrier made no label of it", vendor_code="label_error")
    return parse_label(body)


def parse_label(body: Json) -> Label:
    """Read one label, live or not.

    Raises:
        Ambiguous: the body is of another shape, or the carrier has not given its tracking number yet.
    """
    status, voided, label_format = body.get("status"), body.get("voided"), str(body.get("label_format")).upper()
    if status not in (*LIVE, *GONE) or not isinstance(voided, bool) or label_format not in DOCUMENT_STARTS:
        raise Ambiguous(SHAPE)
    amount, currency = _parse_money(body.get("shipment_cost"))
    return Label(
        carrier_shipment_id=_parse_name(body.get("label_id")),
        tracking_number="none" if status == FAILED else _parse_name(body.get("tracking_number")),
        service=_parse_name(body.get("service_code")),
        live=status in LIVE and not voided,
        cost=None if amount is None else str(amount.quantize(Decimal("0.01"))),
        currency=currency,
        void_until=None,
        label_format=label_format,
        document=find_document(body, label_format),
        echo=_parse_echo(body),
    )


def _parse_echo(body: Json) -> EchoedDetails:
    postal_code, packages = dig(body, "ship_to", "postal_code"), body.get("packages")
    known = [one for one in packages if isinstance(one, dict)] if isinstance(packages, list) else []
    pounds = [read_pounds(dig(one, "weight", "value"), dig(one, "weight", "unit")) for one in known]
    whole = sum((one for one in pounds if one is not None), Decimal(0))
    return EchoedDetails(
        postal_code if isinstance(postal_code, str) else None, None if None in pounds or not pounds else whole
    )


def parse_referenced_label(body: Json, reference: str) -> Label:
    """Read the label that was asked for by its external_shipment_id.

    Raises:
        Ambiguous: the body is of another shape, or of another shipment.
    """
    if body.get("external_shipment_id") != reference:
        raise Ambiguous(SHAPE)
    return parse_label(body)


def find_document(body: Json, label_format: str | None = None) -> bytes | None:
    """Read a label's document, which is a data URL where it was asked for inline; None where there is none."""
    form = label_format or str(body.get("label_format")).upper()
    links = dig(body, "label_download")
    found = links.values() if isinstance(links, dict) else ()
    for link in found:
        if not isinstance(link, str) or not link.startswith("data:"):
            continue
        try:
            content = base64.b64decode(link.partition("base64,")[2], validate=True)
        except (ValueError, binascii.Error):
            continue
        if content.lstrip().startswith(DOCUMENT_STARTS.get(form, b"%PDF")):
            return content
    return None


def parse_void(body: Json) -> UndoOutcome:
    """Read what a void came to.

    Raises:
        Rejected: it was not approved, for a reason that a person should look at.
        Ambiguous: the body is of another shape.
    """
    approved, reason = body.get("approved"), str(body.get("reason_code") or "unspecified")[:100]
    if not isinstance(approved, bool):
        raise Ambiguous(SHAPE)
    if approved:
        return UndoOutcome.VOIDED
    if reason in VOID_REASONS:
        return VOID_REASONS[reason]
    raise Rejected(str(body.get("message") or "the void was not approved")[:1000], vendor_code=reason)


def is_refund_pending(body: Json) -> bool:
    """Whether a voided label's money is not back yet."""
    return dig(body, "refund_details", "refund_status") in REFUND_AWAITED


def first_label_id(body: Json) -> str | None:
    """Read the first label of a list; None where it is empty.

    Raises:
        Ambiguous: the body is of another shape.
    """
    if "labels" not in body:
        raise Ambiguous(SHAPE)
    found = read_objects(body["labels"])
    return _parse_name(found[0].get("label_id")) if found else None


def parse_tracking(body: Json, tracking_number: str) -> Tracking:
    """Read where a parcel is; a body of another shape says `unknown`."""
    events = [_parse_event(one) for one in read_objects(body.get("events"))]
    ordered = sorted(events, key=lambda one: one.at.timestamp() if one.at else 0.0)
    return Tracking(tracking_number, _tracking_status(body.get("status_code")), tuple(ordered))


def parse_rates(body: Json) -> list[Rate]:
    """Read prices: of each service the cheapest, with everything that is charged for it.

    Raises:
        Ambiguous: the body is of another shape.
    """
    if not isinstance(dig(body, "rate_response"), dict):
        raise Ambiguous(SHAPE)
    found: dict[str, tuple[Decimal, str]] = {}
    for one in read_objects(body["rate_response"].get("rates")):
        service, (amount, currency) = one.get("service_code"), _parse_money(one.get("shipping_amount"))
        if not isinstance(service, str) or amount is None or currency is None:
            continue
        total = sum((_parse_money(one.get(name))[0] or Decimal(0) for name in CHARGES), Decimal(0))
        if service not in found or total < found[service][0]:
            found[service] = (total, currency)
    return [Rate(code, str(total.quantize(Decimal("0.01"))), currency) for code, (total, currency) in found.items()]


def parse_services(body: Json) -> list[str]:
    """Read the codes of the services that a connected carrier has.

    Raises:
        Ambiguous: the body is of another shape.
    """
    found = [one.get("service_code") for one in read_objects(body.get("services"))]
    if not found:
        raise Ambiguous(SHAPE)
    return [str(code)[:100] for code in found if code]


def _parse_name(value: object) -> str:
    try:
        return to_short_text(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def _parse_money(value: object) -> tuple[Decimal | None, str | None]:
    amount, currency = dig(value, "amount"), dig(value, "currency")
    if isinstance(amount, bool) or not isinstance(amount, int | float | str) or not isinstance(currency, str):
        return None, None
    try:
        found = Decimal(str(amount))
    except ArithmeticError:
        return None, None
    return (found, currency[:3].upper()) if found.is_finite() and abs(found) < 10**9 else (None, None)


def _tracking_status(code: object) -> TrackingStatus:
    return STATUSES.get(str(code), TrackingStatus.UNKNOWN)


def _parse_event(event: Json) -> TrackingEvent:
    code = str(event.get("status_code") or event.get("event_code") or "")[:20]
    try:
        at = datetime.fromisoformat(str(event.get("occurred_at")))
    except ValueError:
        at = None
    known = at if at is not None and at.tzinfo is not None else None
    return TrackingEvent(known, _tracking_status(code), code, str(event.get("description") or "")[:200])
