"""What UPS's errors mean."""

from adapters.http.json import Json, dig, parse_object, parse_object_or_none, read_objects
from adapters.http.transport import refuse_failures
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NOT_FOUND = 404
TRANSIENT = "20001"
"""A general process failure, whatever the status says: it may have come after the deed."""
NOISE = "&#xD;"
"""UPS's test system puts carriage returns before values, written out."""


def parse_answer(answer: RawAnswer) -> Json:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with UPS's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    code, message = error_details(answer)
    if code == TRANSIENT:
        raise Ambiguous(f"status {answer.status}", vendor_code=code)
    refuse_failures(answer, code, message, gate_says_503=False)
    return parse_object(answer)


def is_unknown(answer: RawAnswer) -> bool:
    """Whether Tracking says with an error of its own that it has nothing; a server without a Tracking says no code."""
    return answer.status == NOT_FOUND and error_details(answer)[0] is not None


def error_details(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the first error's code and message."""
    try:
        errors = read_objects(dig(parse_object_or_none(answer), "response", "errors"))
    except Ambiguous:
        errors = []
    first = errors[0] if errors else {}
    code = to_text(first.get("code"))
    return code[:100] or None, to_text(first.get("message"))[:1000] or "UPS refused it"


def to_text(value: object) -> str:
    """Read a value as a text without the noise around it; empty where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace(NOISE, "").strip()
