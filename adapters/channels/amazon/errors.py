"""What Amazon's errors mean."""

import httpx

from adapters.http.json import Json, object_of, object_or_none, objects
from adapters.http.transport import LONGEST_WAIT_SECONDS, refuse_failures, retry_after
from domain.errors import Ambiguous, RateLimited
from domain.shipping import RawAnswer

RATE = "x-amzn-ratelimit-limit"
"""How many requests in a second the operation takes; a token of its bucket is back after one divided by that."""


def read(answer: RawAnswer) -> Json:
    """Read an object.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with Amazon's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    raise_failure(answer)
    return object_of(answer)


def read_nothing(answer: RawAnswer) -> None:
    """Read an answer that has no body, which is 204; raises as `read` does."""
    raise_failure(answer)
    if answer.status != httpx.codes.NO_CONTENT:
        raise Ambiguous("an answer where none is expected")


def raise_failure(answer: RawAnswer) -> None:
    """Raise what a failure says; see `read`."""
    if answer.status in range(200, 300):
        return
    code, message = told(answer)
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        raise RateLimited(message, after=_wait_seconds(answer))
    refuse_failures(answer, code, message, field_of(message), gate_says_503=False)


def told(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the first error's code and message."""
    try:
        errors = objects((object_or_none(answer) or {}).get("errors"))
    except Ambiguous:
        errors = []
    first = errors[0] if errors else {}
    code = first.get("code")
    return (str(code)[:100] if code else None), str(first.get("message") or "Amazon refused it")[:1000]


def field_of(message: str) -> str | None:
    """Name the field of the input that a message is about, where it tells."""
    lower = message.lower()
    known = {"trackingnumber": "tracking_number", "carriercode": "carrier", "carriername": "carrier"}
    return next((ours for theirs, ours in known.items() if theirs in lower), None)


def _wait_seconds(answer: RawAnswer) -> float:
    after = retry_after(answer)
    if after is not None:
        return after
    try:
        rate = float(answer.headers.get(RATE, ""))
    except ValueError:
        return 1.0
    return min(1.0 / rate, LONGEST_WAIT_SECONDS) if rate > 0 else 1.0
