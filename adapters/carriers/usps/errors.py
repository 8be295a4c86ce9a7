"""What USPS's errors mean."""

import re
from typing import Any

from adapters.http.json import Json, dig, parse_object, parse_object_or_none, read_objects
from adapters.http.transport import refuse_failures
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NOT_FOUND = 404
CONFLICT = 409
_CANCELLED = re.compile(r"already (been )?cancell?ed", re.IGNORECASE)
_DISPUTED = re.compile(
    r"(refund|dispute)( request)? (has |was )?already (been )?(submitted|requested)"
    r"|already (been )?disputed|duplicate (refund|dispute)",
    re.IGNORECASE,
)
_CONTRARY = re.compile(r"\b(not|account|payment|another)\b", re.IGNORECASE)
"""Words by which a message is not about the label, or says the contrary."""

_SIDES = {"toaddress": "ship_to", "fromaddress": "ship_from"}
_PLACES = {
    "streetaddress": "street1",
    "secondaryaddress": "street2",
    "city": "city",
    "state": "state",
    "zipcode": "postal_code",
    "firstname": "name",
    "lastname": "name",
    "firm": "company",
}
_OTHERS = {
    "mailclass": "service",
    "weight": "parcels.0.weight",
    "length": "parcels.0.length",
    "width": "parcels.0.width",
    "height": "parcels.0.height",
}


def parse_answer(answer: RawAnswer) -> Json:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with USPS's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    code, message = error_details(answer)
    refuse_failures(answer, code, message, _find_field(_parameter(answer)), gate_says_503=False)
    return parse_object(answer)


def refuse_known_key(answer: RawAnswer) -> None:
    """Raise where a purchase is refused for its key alone: that says that something was bought with it.

    Raises:
        Ambiguous: it is.
    """
    if answer.status in range(400, 500) and _is_about_key(answer):
        message = "USPS knows the idempotency key already, and does not replay"
        raise Ambiguous(message, vendor_code=error_details(answer)[0])


def error_details(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the error's code and message: the first of its list, else the high-level one."""
    error, first = _read_error(answer)
    code = first.get("code") or error.get("code")
    message = first.get("detail") or first.get("title") or error.get("message") or "USPS refused it"
    return (str(code)[:100] if code else None), str(message)[:1000]


def earlier_void_outcome(answer: RawAnswer) -> UndoOutcome | None:
    """Say what a refused cancel tells of an earlier one, in USPS's words: it has no codes for that that are known."""
    error, first = _read_error(answer)
    words = " ".join(str(one) for one in (error.get("message"), first.get("title"), first.get("detail")) if one)
    if _CONTRARY.search(words):
        return None
    if _CANCELLED.search(words):
        return UndoOutcome.ALREADY_VOIDED
    return UndoOutcome.REFUND_PENDING if _DISPUTED.search(words) else None


def _is_about_key(answer: RawAnswer) -> bool:
    error, first = _read_error(answer)
    words = (error.get("message"), first.get("title"), first.get("detail"), _parameter(answer))
    return answer.status == CONFLICT or any("idempotency" in str(one).lower() for one in words)


def _read_error(answer: RawAnswer) -> tuple[dict[str, Any], dict[str, Any]]:
    error = dig(parse_object_or_none(answer) or {}, "error")
    if not isinstance(error, dict):
        return {}, {}
    try:
        listed = read_objects(error.get("errors"))
    except Ambiguous:
        listed = []
    return error, (listed[0] if listed else {})


def _parameter(answer: RawAnswer) -> str:
    return str(dig(_read_error(answer)[1], "source", "parameter") or "")


def _find_field(parameter: str) -> str | None:
    """Name the field of the input that a parameter is: `toAddress.ZIPCode`, say."""
    parts = [part.lower() for part in re.split(r"[^A-Za-z]+", parameter) if part]
    side = next((_SIDES[part] for part in parts if part in _SIDES), None)
    if side is not None:
        place = next((_PLACES[part] for part in parts if part in _PLACES), None)
        return f"{side}.{place}" if place else side
    return next((_OTHERS[part] for part in parts if part in _OTHERS), None)
