"""What Amazon's errors mean."""

import httpx

from adapters.http.json import Json, parse_object, parse_object_or_none, read_objects
from adapters.http.transport import MAX_WAIT_SECONDS, refuse_failures, retry_after_seconds
from domain.errors import Ambiguous, RateLimited
from domain.shipping import RawAnswer

RATE = "x-amzn-ratelimit-limit"
"""How many requests in a second the operation takes; a token of its bucket is back after one divided by that."""


def parse_answer(answer: RawAnswer) -> Json:
    """Read an object.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with Amazon's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    refuse_failure(answer)
    return parse_object(answer)


def check_empty(answer: RawAnswer) -> None:
    """Read an answer that has no body, which is 204; raises as `parse_answer` does."""
    refuse_failure(answer)
    if answer.status != httpx.codes.NO_CONTENT:
        raise Ambiguous("an answer where none is expected")


def refuse_failure(answer: RawAnswer) -> None:
    """Raise what a failure says; see `parse_answer`."""
    if answer.status in range(200, 300):
        return
    code, message = error_details(answer)
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(message, after=_wait_seconds(answer))
    refuse_failures(answer, code, message, find_field(message), gate_says_503=False)


def error_details(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the first error's code and message."""
    try:
        errors = read_objects((parse_object_or_none(answer) or {}).get("errors"))
    except Ambiguous:
        errors = []
    first = errors[0] if errors else {}
    code = first.get("code")
    return (str(code)[:100] if code else None), str(first.get("message") or "Amazon refused it")[:1000]


def find_field(message: str) -> str | None:
    """Name the field of the input that a message is about, where it tells."""
    lower = message.lower()
    known = {"trackingnumber": "tracking_number", "carriercode": "carrier", "carriername": "carrier"}
    return next((ours for theirs, ours in known.items() if theirs in lower), None)


def _wait_seconds(answer: RawAnswer) -> float:
    after = retry_after_seconds(answer)
    if after is not None:
        return after
    try:
        rate = float(answer.headers.get(RATE, ""))
    except ValueError:
        return 1.0
    return min(1.0 / rate, MAX_WAIT_SECONDS) if rate > 0 else 1.0
