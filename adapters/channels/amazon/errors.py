"""Maps Amazon's errors to the domain's."""

import httpx

from adapters.http.errors import MAX_WAIT_SECONDS, ErrorDetails, describe_error, refuse_failures, retry_after_seconds
from adapters.http.json import Json, dig, first_object, parse_object, parse_object_or_none, to_words
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

RATE = "x-amzn-ratelimit-limit"
"""The operation's rate per second: a token is added to its bucket every 1/rate seconds."""
FIELDS = {"trackingnumber": "tracking_number", "carriercode": "carrier", "carriername": "carrier"}
"""Our fields, by Amazon's names."""


def parse_answer(answer: RawAnswer) -> Json:
    """Parse an object; raises as `refuse_failures`, and Ambiguous if it can't be parsed."""
    refuse_failures(answer, error_details)
    return parse_object(answer)


def check_empty(answer: RawAnswer) -> None:
    """Check an answer without a body, which has status 204; raises as `parse_answer`."""
    refuse_failures(answer, error_details)
    if answer.status != httpx.codes.NO_CONTENT:
        raise Ambiguous("the answer has a body, but none is expected")


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code, its message and, if the message names one, the field of our input."""
    first = first_object(dig(parse_object_or_none(answer), "errors"))
    words = to_words(first.get("message") or "").lower()
    field = next((ours for theirs, ours in FIELDS.items() if theirs in words), None)
    return describe_error("Amazon", first.get("code"), first.get("message"), field, _wait_seconds(answer))


def _wait_seconds(answer: RawAnswer) -> float:
    after = retry_after_seconds(answer)
    if after is not None:
        return after
    try:
        rate = float(answer.headers.get(RATE, ""))
    except ValueError:
        return 1.0
    return min(1.0 / rate, MAX_WAIT_SECONDS) if rate > 0 else 1.0
