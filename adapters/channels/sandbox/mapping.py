"""Between our words and the sandbox's: pure."""

from typing import Any

from domain.channels import CancelResult, Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.json_values import to_json
from domain.shipping import to_short_text


def push(reference: str, request: FulfillmentRequest, answer_after_seconds: float | None) -> dict[str, Any]:
    """Build the body of a push."""
    body = {
        "reference": reference,
        "tracking_number": request.tracking_number,
        "carrier": request.carrier,
        "line_items": to_json(request.line_items),
        "notify_customer": request.notify_customer,
        "order": {"line_items": to_json(request.known_items)},
    }
    return {**body, "answer_after_seconds": answer_after_seconds} if answer_after_seconds else body


def fulfillment(body: dict[str, Any]) -> Fulfillment:
    """Read one fulfillment.

    Raises:
        Ambiguous: the body is of another shape.
    """
    try:
        return Fulfillment(
            fulfillment_id=to_short_text(body["fulfillment_id"]),
            status=FulfillmentStatus(body["status"]),
            tracking_number=to_short_text(body["tracking_number"]),
            notified=bool(body["notified"]),
            message=body.get("message"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Ambiguous("the answer is of another shape") from error


def fulfillments(body: dict[str, Any]) -> list[Fulfillment]:
    """Read a list of fulfillments."""
    found = body.get("fulfillments")
    if not isinstance(found, list):
        raise Ambiguous("the answer is of another shape")
    return [fulfillment(one) for one in found]


def cancel_result(body: dict[str, Any]) -> CancelResult:
    """Read what a cancel came to."""
    try:
        return CancelResult(UndoOutcome(body["outcome"]))
    except (KeyError, ValueError) as error:
        raise Ambiguous("the answer is of another shape") from error
