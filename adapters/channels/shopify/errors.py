"""Maps Shopify's errors to the domain's; answers with status 200 may contain any of them."""

import math

import httpx

from adapters.channels.shopify.documents import Document
from adapters.http.errors import MAX_WAIT_SECONDS, ErrorDetails, refuse_failures
from adapters.http.json import (
    SHAPE,
    Json,
    dig,
    first_object,
    parse_object,
    parse_object_or_none,
    read_objects,
    to_words,
)
from domain.errors import Ambiguous, AuthFailed, RateLimited, Rejected
from domain.shipping import RawAnswer

THROTTLED = "THROTTLED"
MIN_WAIT_SECONDS, UNKNOWN_WAIT_SECONDS = 0.1, 1.0
NO_ACCESS = ("ACCESS_DENIED", "UNAUTHORIZED", "FORBIDDEN")
"""The app lacks a scope, or the token is invalid."""
NOT_DONE = ("MAX_COST_EXCEEDED", "SHOP_INACTIVE", "BAD_REQUEST", "INVALID_VARIABLE", "undefinedField")
"""Refusals before any change."""
FORBIDDEN = "FORBIDDEN"
"""The code for a 403 with Shopify's own error, which has no code; a firewall's 403 has no such error."""
FIELDS = {"lineItemsByFulfillmentOrder": "line_items", "trackingInfo": "tracking_number"}
"""Our fields, by the parts of Shopify's input."""


def parse_root(answer: RawAnswer, document: Document) -> Json | None:
    """Return the document's root field; None if the object does not exist.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with Shopify's message.
        Ambiguous: the failure may have come after the change, or the answer can't be parsed.
    """
    refuse_failures(answer, _error_details)
    body = parse_object(answer)
    root = dig(body, "data", document.root)
    # A mutation's payload counts despite errors, because the change was made. A query with errors may lack parts.
    if isinstance(root, dict) and (document.changes or not body.get("errors")):
        return root
    if body.get("errors"):
        _raise_errors(body)
    if root is not None or document.root not in first_object(body.get("data")):
        raise Ambiguous(SHAPE)
    return None


def parse_payload(answer: RawAnswer, document: Document) -> Json:
    """Return the fulfillment in a mutation's payload.

    Raises:
        Rejected: `userErrors`, which have no code.
        RateLimited, AuthFailed, Ambiguous: as `parse_root`; also if there is neither a fulfillment nor an error.
    """
    payload = parse_root(answer, document) or {}
    fulfillment = payload.get("fulfillment")
    if isinstance(fulfillment, dict):
        return fulfillment
    errors = read_objects(payload.get("userErrors"))
    if not errors:
        raise Ambiguous(SHAPE)
    messages = "; ".join(to_words(error.get("message") or "refused") for error in errors)
    raise Rejected(messages[:1000], vendor_code="userErrors", field=_field_of(errors[0].get("field")))


def _error_details(answer: RawAnswer) -> ErrorDetails:
    body = parse_object_or_none(answer) or {}
    code = FORBIDDEN if answer.status == httpx.codes.FORBIDDEN and body.get("errors") else None
    return ErrorDetails(code, _error_message(body))


def _field_of(path: object) -> str | None:
    parts = path if isinstance(path, list) else []
    return next((FIELDS[part] for part in parts if isinstance(part, str) and part in FIELDS), None)


def _raise_errors(body: Json) -> None:
    code, message = dig(_first_error(body), "extensions", "code"), _error_message(body)
    code = code[:100] if isinstance(code, str) else None
    if code == THROTTLED or message == "Throttled":
        raise _throttle_error(body, message)
    if code in NO_ACCESS:
        raise AuthFailed(message, vendor_code=code)
    if code in NOT_DONE:
        raise Rejected(message, vendor_code=code)
    raise Ambiguous("Shopify reported an internal error", vendor_code=code)


def _throttle_error(body: Json, message: str) -> RateLimited | Rejected:
    """Return the error with the time until the shop's bucket contains the cost of the call."""
    cost = dig(body, "extensions", "cost")
    price = _finite_number(dig(cost, "requestedQueryCost"))
    available, rate, maximum = (
        _finite_number(dig(cost, "throttleStatus", name))
        for name in ("currentlyAvailable", "restoreRate", "maximumAvailable")
    )
    if price is not None and maximum is not None and price > maximum:
        return Rejected("the call costs more than the shop's limit allows", vendor_code=THROTTLED)
    if price is None or available is None or rate is None or rate <= 0:
        return RateLimited(message, after=UNKNOWN_WAIT_SECONDS)
    return RateLimited(message, after=min(max((price - available) / rate, MIN_WAIT_SECONDS), MAX_WAIT_SECONDS))


def _finite_number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _error_message(body: Json) -> str:
    first = _first_error(body)
    message = first.get("message") if isinstance(first, dict) else first
    return (message if isinstance(message, str) and message else "Shopify rejected the request")[:1000]


def _first_error(body: Json) -> object:
    """Return the first of `errors`, which may be a list of objects, a list of texts, or a text."""
    errors = body.get("errors")
    return errors[0] if isinstance(errors, list) and errors else errors
