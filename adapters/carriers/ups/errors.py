"""Maps UPS's errors to the domain's."""

import httpx

from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, first_object, parse_object, parse_object_or_none
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

TRANSIENT = "20001"
"""A general process failure, with any status: the request may have been carried out before it."""
NOISE = "&#xD;"
"""UPS's test system puts escaped carriage returns before values."""


def parse_answer(answer: RawAnswer) -> Json:
    """Parse the body of a success; raises as `refuse_failures`, and Ambiguous if the request may have succeeded."""
    error = error_details(answer)
    if error.code == TRANSIENT:
        raise Ambiguous(f"status {answer.status}", vendor_code=error.code)
    refuse_failures(answer, error_details)
    return parse_object(answer)


def is_unknown(answer: RawAnswer) -> bool:
    """Whether Tracking itself reports with an error code that it found nothing; other 404s have no code."""
    return answer.status == httpx.codes.NOT_FOUND and error_details(answer).code is not None


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code and message."""
    first = first_object(dig(parse_object_or_none(answer), "response", "errors"))
    return describe_error("UPS", to_text(first.get("code")), to_text(first.get("message")))


def to_text(value: object) -> str:
    """Return a text or number as a text without noise and blanks; empty for other values."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace(NOISE, "").strip()
