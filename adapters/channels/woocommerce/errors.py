"""What WooCommerce's errors mean."""

import httpx

from adapters.http.json import Json, dig, parse_json, parse_object, parse_object_or_none, require_objects
from adapters.http.transport import refuse_failures
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NO_ORDER = "woocommerce_rest_shop_order_invalid_id"


def parse_answer(answer: RawAnswer) -> Json:
    """Read an object.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with WooCommerce's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    _refuse_failure(answer)
    return parse_object(answer)


def parse_list(answer: RawAnswer) -> list[Json]:
    """Read a list of objects; raises as `parse_answer` does."""
    _refuse_failure(answer)
    try:
        found = parse_json(answer.body)
    except ValueError:
        found = None
    if not isinstance(found, list | dict):
        raise Ambiguous("the answer can't be read")
    return require_objects(found, "tracking_id", "tracking_number")


def _refuse_failure(answer: RawAnswer) -> None:
    if answer.status not in range(200, 300):
        code, message = error_details(answer)
        refuse_failures(answer, code, message, gate_says_503=False)


def is_missing(answer: RawAnswer) -> bool:
    """Whether the shop says that it has no such order; a 404 that does not name one may be another server's."""
    refused = answer.status in (httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST)
    return refused and error_details(answer)[0] == NO_ORDER


def error_details(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the error's code and message; WordPress names what is wrong with a field below `data`."""
    body = parse_object_or_none(answer) or {}
    code = body.get("code")
    params = dig(body, "data", "params")
    what = "; ".join(str(one) for one in params.values()) if isinstance(params, dict) else ""
    message = " ".join(str(one) for one in (body.get("message"), what) if one)
    return (str(code)[:100] if code else None), (message or "WooCommerce refused it")[:1000]
