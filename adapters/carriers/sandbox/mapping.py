"""Between our words and the sandbox's: pure."""

import base64
import binascii
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.json_values import to_json
from domain.shipping import Label, Rate, ShipmentRequest, VoidResult, to_short_text
from domain.tracking import Tracking, TrackingEvent, TrackingStatus


def purchase(reference: str, request: ShipmentRequest) -> dict[str, Any]:
    """Build the body of a purchase."""
    return {
        "reference": reference,
        "service": request.service,
        "label_format": request.label_format,
        **question(request),
    }


def label(body: dict[str, Any], label_format: str) -> Label:
    """Read one label.

    Raises:
        Ambiguous: the body is of another shape.
    """
    try:
        content = (body.get("label") or {}).get("content_base64")
        until = body.get("void_until")
        cost = body.get("cost") or {}
        return Label(
            carrier_shipment_id=to_short_text(body["label_id"]),
            tracking_number=to_short_text(body["tracking_number"]),
            service=to_short_text(body["service"]),
            live=body["status"] == "live",
            cost=to_short_text(cost["amount"]) if cost else None,
            currency=to_short_text(cost["currency"]) if cost else None,
            void_until=datetime.fromisoformat(until) if until else None,
            label_format=to_short_text((body.get("label") or {}).get("format") or label_format),
            document=base64.b64decode(content) if content else None,
        )
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as error:
        raise Ambiguous("the answer is of another shape") from error


def labels(body: dict[str, Any]) -> list[Label]:
    """Read a list of labels."""
    found = body.get("labels")
    if not isinstance(found, list):
        raise Ambiguous("the answer is of another shape")
    return [label(one, str(one.get("label_format") or "PDF")) for one in found]


def document(body: bytes) -> bytes:
    """Read a document: PDF or ZPL."""
    if not body.lstrip().startswith((b"%PDF", b"^XA")):
        raise Ambiguous("the answer is neither PDF nor ZPL")
    return body


def question(request: ShipmentRequest) -> dict[str, Any]:
    """Build the body of a question for prices."""
    found = {"ship_from": request.ship_from, "ship_to": request.ship_to, "parcels": request.parcels}
    return {name: to_json(value) for name, value in found.items()}


def rates(body: dict[str, Any]) -> list[Rate]:
    """Read prices."""
    try:
        return [
            Rate(to_short_text(one["service"]), _price(one), to_short_text(one["currency"])) for one in body["rates"]
        ]
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise Ambiguous("the answer is of another shape") from error


def tracking(body: dict[str, Any], tracking_number: str) -> Tracking:
    """Read where a parcel is."""
    try:
        events = [
            TrackingEvent(_with_zone(one["at"]), _status(one["status"]), str(one["status"]), str(one["description"]))
            for one in body["events"]
        ]
        ordered = sorted(events, key=lambda one: one.at or datetime.min.replace(tzinfo=UTC))
        return Tracking(tracking_number, _status(body["status"]), tuple(ordered))
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous("the answer is of another shape") from error


def _price(rate: dict[str, Any]) -> str:
    amount = Decimal(rate["amount"])
    if not amount.is_finite():
        raise ValueError("a price is a number")
    return str(amount)


def _with_zone(written: str) -> datetime | None:
    at = datetime.fromisoformat(written)
    return at if at.tzinfo is not None else None


def _status(text: object) -> TrackingStatus:
    return next((one for one in TrackingStatus if one == text), TrackingStatus.UNKNOWN)


def void_result(body: dict[str, Any]) -> VoidResult:
    """Read what a void came to."""
    try:
        return VoidResult(UndoOutcome(body["outcome"]), body.get("ticket"))
    except (KeyError, ValueError) as error:
        raise Ambiguous("the answer is of another shape") from error
