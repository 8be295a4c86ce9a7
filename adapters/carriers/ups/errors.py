"""What UPS's errors mean."""

import httpx

from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, first_object, parse_object, parse_object_or_none
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

TRANSIENT = "20001"
"""A general process failure, whatever the status says: it may have come after the deed."""
NOISE = "&#xD;"
"""UPS's test system puts carriage returns before values, written out."""


def parse_answer(answer: RawAnswer) -> Json:
    """Read the body of a success; raises as `refuse_failures`, and Ambiguous where the deed may be done."""
    error = error_details(answer)
    if error.code == TRANSIENT:
        raise Ambiguous(f"status {answer.status}", vendor_code=error.code)
    refuse_failures(answer, error_details)
    return parse_object(answer)


def is_unknown(answer: RawAnswer) -> bool:
    """Whether Tracking says with an error of its own that it has nothing; a server without a Tracking says no code."""
    return answer.status == httpx.codes.NOT_FOUND and error_details(answer).code is not None


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code and message."""
    first = first_object(dig(parse_object_or_none(answer), "response", "errors"))
    return describe_error("UPS", to_text(first.get("code")), to_text(first.get("message")))


def to_text(value: object) -> str:
    """Read a value as a text without the noise around it; empty if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace(NOISE, "").strip()
