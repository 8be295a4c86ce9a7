"""What USPS's errors mean."""

import re
from typing import Any

from adapters.http.json import Json, inside, object_of, object_or_none, objects
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
_OTHERWISE = re.compile(r"\b(not|account|payment|another)\b", re.IGNORECASE)
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


def read(answer: RawAnswer) -> Json:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with USPS's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    code, message = told(answer)
    refuse_failures(answer, code, message, _field(_parameter(answer)), gate_says_503=False)
    return object_of(answer)


def raise_known_key(answer: RawAnswer) -> None:
    """Raise where a purchase is refused for its key alone: that says that something was bought with it.

    Raises:
        Ambiguous: it is.
    """
    if answer.status in range(400, 500) and _is_about_the_key(answer):
        message = "USPS knows the idempotency key already, and does not replay"
        raise Ambiguous(message, vendor_code=told(answer)[0])


def told(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the error's code and message: the first of its list, else the high-level one."""
    error, first = _error(answer)
    code = first.get("code") or error.get("code")
    message = first.get("detail") or first.get("title") or error.get("message") or "USPS refused it"
    return (str(code)[:100] if code else None), str(message)[:1000]


def taken_back_before(answer: RawAnswer) -> UndoOutcome | None:
    """Say what a refused cancel tells of an earlier one, in USPS's words: it has no codes for that that are known."""
    error, first = _error(answer)
    words = " ".join(str(one) for one in (error.get("message"), first.get("title"), first.get("detail")) if one)
    if _OTHERWISE.search(words):
        return None
    if _CANCELLED.search(words):
        return UndoOutcome.ALREADY_VOIDED
    return UndoOutcome.REFUND_PENDING if _DISPUTED.search(words) else None


def _is_about_the_key(answer: RawAnswer) -> bool:
    error, first = _error(answer)
    words = (error.get("message"), first.get("title"), first.get("detail"), _parameter(answer))
    return answer.status == CONFLICT or any("idempotency" in str(one).lower() for one in words)


def _error(answer: RawAnswer) -> tuple[dict[str, Any], dict[str, Any]]:
    error = inside(object_or_none(answer) or {}, "error")
    if not isinstance(error, dict):
        return {}, {}
    try:
        listed = objects(error.get("errors"))
    except Ambiguous:
        listed = []
    return error, (listed[0] if listed else {})


def _parameter(answer: RawAnswer) -> str:
    return str(inside(_error(answer)[1], "source", "parameter") or "")


def _field(parameter: str) -> str | None:
    """Name the field of the input that a parameter is: `toAddress.ZIPCode`, say."""
    parts = [part.lower() for part in re.split(r"[^A-Za-z]+", parameter) if part]
    side = next((_SIDES[part] for part in parts if part in _SIDES), None)
    if side is not None:
        place = next((_PLACES[part] for part in parts if part in _PLACES), None)
        return f"{side}.{place}" if place else side
    return next((_OTHERS[part] for part in parts if part in _OTHERS), None)
