"""What BigCommerce's errors mean."""

from typing import Any

import httpx

from adapters.http.json import Json, parse_json, parse_object, require_objects
from adapters.http.transport import MAX_WAIT_SECONDS, refuse_failures, retry_after_seconds
from domain.errors import Ambiguous, RateLimited
from domain.shipping import RawAnswer

RESET = "x-rate-limit-time-reset-ms"
"""After so many milliseconds the store's quota is whole again."""


def parse_answer(answer: RawAnswer) -> Json:
    """Read an object.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with BigCommerce's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    refuse_failure(answer)
    return parse_object(answer)


def parse_list(answer: RawAnswer) -> list[Json]:
    """Read a list of an order's parts, which is 204 without a body if there are none; raises as `parse_answer` does."""
    refuse_failure(answer)
    if answer.status == httpx.codes.NO_CONTENT:
        return []
    found = _parse_body(answer)
    if not isinstance(found, list | dict):
        raise Ambiguous("the answer can't be read")
    return require_objects(found, "id", "order_id")


def check_empty(answer: RawAnswer) -> None:
    """Read the answer to a DELETE, which is 204; raises as `parse_answer` does."""
    refuse_failure(answer)
    if answer.status != httpx.codes.NO_CONTENT:
        raise Ambiguous("an answer where none is expected")


def refuse_failure(answer: RawAnswer) -> None:
    """Raise what a failure says; see `parse_answer`."""
    if answer.status in range(200, 300):
        return
    code, message = error_details(answer)
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(message, after=_reset_seconds(answer))
    refuse_failures(answer, code, message, gate_says_503=False)


def error_details(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the first error's code and message: v2 has a list of them, its gateway one object."""
    body = _parse_body(answer)
    first: Any = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, dict):
        return None, "BigCommerce refused it"
    code = first.get("code") or first.get("status")
    message = first.get("message") or first.get("title")
    return (str(code)[:100] if code else None), str(message or "BigCommerce refused it")[:1000]


def _reset_seconds(answer: RawAnswer) -> float:
    value = answer.headers.get(RESET, "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value) / 1000, MAX_WAIT_SECONDS)
    after = retry_after_seconds(answer)
    return after if after is not None else 1.0


def _parse_body(answer: RawAnswer) -> Any:
    try:
        return parse_json(answer.body)
    except ValueError:
        return None
