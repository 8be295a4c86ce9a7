"""Maps WooCommerce's errors to the domain's."""

import httpx

from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, parse_json, parse_object, parse_object_or_none, require_objects, to_words
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NO_ORDER = "woocommerce_rest_shop_order_invalid_id"


def parse_answer(answer: RawAnswer) -> Json:
    """Parse an object; raises as `refuse_failures`, and Ambiguous if it can't be parsed."""
    refuse_failures(answer, error_details)
    return parse_object(answer)


def parse_list(answer: RawAnswer, *names: str) -> list[Json]:
    """Parse a list of objects with these keys; raises as `parse_answer`."""
    refuse_failures(answer, error_details)
    try:
        return require_objects(parse_json(answer.body), *names)
    except ValueError:
        raise Ambiguous("the answer can't be read") from None


def is_missing(answer: RawAnswer) -> bool:
    """Whether the shop itself reports that the order is missing; a 404 without this code may be another server's."""
    refused = answer.status in (httpx.codes.NOT_FOUND, httpx.codes.BAD_REQUEST)
    return refused and error_details(answer).code == NO_ORDER


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the error's code and message; WordPress lists invalid parameters in `data`."""
    body = parse_object_or_none(answer) or {}
    params = dig(body, "data", "params")
    problems = "; ".join(to_words(problem) for problem in params.values()) if isinstance(params, dict) else ""
    message = " ".join(to_words(text) for text in (body.get("message"), problems) if text)
    return describe_error("WooCommerce", body.get("code"), message)
