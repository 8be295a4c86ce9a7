"""Errors from vendors' answers: maps status, headers and the vendor's error code to the domain's errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from adapters.http.json import to_words
from domain.errors import Ambiguous, AuthFailed, Curable, RateLimited, Rejected
from domain.pauses import PauseCause
from domain.shipping import RawAnswer

MAX_WAIT_SECONDS = 3600.0
PAYMENT_REQUIRED = 402
NO_CAUSES: Mapping[str, PauseCause] = {}


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """The error in the body of a refusal.

    Attributes:
        code: the vendor's code.
        message: the vendor's message.
        field: the field of our input.
        wait_seconds: how long a 429 asks to wait, if the vendor has its own header for that.
    """

    code: str | None
    message: str
    field: str | None = None
    wait_seconds: float | None = None


def describe_error(
    vendor: str, code: object, message: object, field: str | None = None, wait_seconds: float | None = None
) -> ErrorDetails:
    """Return the details of a refusal, cut to the ledger's limits and never without a message."""
    text = (to_words(message) if message else f"{vendor} rejected the request")[:1000]
    return ErrorDetails(to_words(code)[:100] if code else None, text, field, wait_seconds)


def refuse_failures(
    answer: RawAnswer, describe: Callable[[RawAnswer], ErrorDetails], causes: Mapping[str, PauseCause] = NO_CAUSES
) -> None:
    """Raise the error that an answer's status stands for, unless it is a success.

    Args:
        answer: the answer.
        describe: parses the body of a refusal.
        causes: the vendor's codes of temporary refusals, such as for a lack of money.

    Raises:
        RateLimited: 429: the gateway refused the request before processing it. A 503 may come from behind the gateway.
        AuthFailed: 401, and a 403 with a vendor's code.
        Curable: 402, and any other 4xx with a code of `causes`.
        Rejected: any other 4xx, including a 403 without a code: firewalls answer so to single unusual addresses, and
            AuthFailed would disable the account for that.
        Ambiguous: any other status, including 408, which a gateway may send while the vendor processes the request.
    """
    if answer.is_success:
        return
    status, error = answer.status, describe(answer)
    wait = gateway_wait_seconds(answer) if error.wait_seconds is None else error.wait_seconds
    if status == httpx.codes.TOO_MANY_REQUESTS and wait is not None:
        raise RateLimited(error.message, after=wait)
    if status == httpx.codes.UNAUTHORIZED or (status == httpx.codes.FORBIDDEN and error.code is not None):
        raise AuthFailed(error.message, vendor_code=error.code)
    if status in range(400, 500) and status != httpx.codes.REQUEST_TIMEOUT:
        cause = causes.get(error.code or "", PauseCause.INSUFFICIENT_FUNDS if status == PAYMENT_REQUIRED else None)
        if cause is not None:
            raise Curable(error.message, cause=cause, vendor_code=error.code)
        raise Rejected(error.message, vendor_code=error.code, field=error.field)
    raise Ambiguous(f"status {status}", vendor_code=error.code)


def gateway_wait_seconds(answer: RawAnswer) -> float | None:
    """Return the seconds that a gateway asks to wait, if it did not process the request; None for other answers."""
    after = retry_after_seconds(answer)
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return after if after is not None else 1.0
    return after if answer.status == httpx.codes.SERVICE_UNAVAILABLE else None


def retry_after_seconds(answer: RawAnswer) -> float | None:
    """Return Retry-After in seconds, at most an hour; RFC 9110 permits a number or a date."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_WAIT_SECONDS)
    until = _parse_date(value)
    if until is None:
        return None
    # Relative to the vendor's Date header, if present: this process's clock may differ.
    now = _parse_date(answer.headers.get("date", "")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), MAX_WAIT_SECONDS)


def _parse_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a date outside the calendar or the platform's range
        return None
    return found if found.tzinfo is not None else None
