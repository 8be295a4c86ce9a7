"""Maps BigCommerce's errors to the domain's."""

from typing import Any

import httpx

from adapters.http.errors import MAX_WAIT_SECONDS, ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, first_object, parse_json, parse_object, require_objects
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

RESET = "x-rate-limit-time-reset-ms"
"""The number of milliseconds until the store's quota is reset."""


def parse_answer(answer: RawAnswer) -> Json:
    """Parse an object; raises as `refuse_failures`, and Ambiguous if it can't be parsed."""
    refuse_failures(answer, error_details)
    return parse_object(answer)


def parse_list(answer: RawAnswer) -> list[Json]:
    """Parse a list of an order's parts; an empty list is a 204 without a body. Raises as `parse_answer`."""
    refuse_failures(answer, error_details)
    if answer.status == httpx.codes.NO_CONTENT:
        return []
    return require_objects(_parse_body(answer), "id", "order_id")


def check_empty(answer: RawAnswer) -> None:
    """Check the answer to a DELETE, which has status 204; raises as `parse_answer`."""
    refuse_failures(answer, error_details)
    if answer.status != httpx.codes.NO_CONTENT:
        raise Ambiguous("the answer has a body, but none is expected")


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code and message: v2 sends a list of errors, its gateway one object."""
    first = first_object(_parse_body(answer))
    code, message = first.get("code") or first.get("status"), first.get("message") or first.get("title")
    return describe_error("BigCommerce", code, message, wait_seconds=_reset_seconds(answer))


def _reset_seconds(answer: RawAnswer) -> float | None:
    value = answer.headers.get(RESET, "").strip()
    return min(float(value) / 1000, MAX_WAIT_SECONDS) if value.isascii() and value.isdigit() else None


def _parse_body(answer: RawAnswer) -> Any:
    try:
        return parse_json(answer.body)
    except ValueError:
        return None
