"""What EasyPost's errors mean."""

from adapters.carriers.easypost.codes import MAY_BE_BOUGHT
from adapters.http.json import Json, dig, parse_object, parse_object_or_none
from adapters.http.transport import refuse_failures
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NOT_FOUND = 404

SIDES = {"to_address": "ship_to", "from_address": "ship_from"}
PLACES = {
    "name": "name",
    "company": "company",
    "phone": "phone",
    "street1": "street1",
    "street2": "street2",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "country": "country",
}


def parse_answer(answer: RawAnswer) -> Json:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with EasyPost's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    if answer.status not in range(200, 300):
        code, message, field = error_details(answer)
        if code in MAY_BE_BOUGHT:
            raise Ambiguous(f"status {answer.status}", vendor_code=code)
        refuse_failures(answer, code, message, field, gate_says_503=False)
    return parse_object(answer)


def is_missing(answer: RawAnswer) -> bool:
    """Whether EasyPost itself says that it has no such thing: a 404 of anything in between proves nothing."""
    code = error_details(answer)[0]
    return answer.status == NOT_FOUND and code is not None and not code.isdigit()


def error_details(answer: RawAnswer) -> tuple[str | None, str, str | None]:
    """Return an error's code, its message, and the field of the input that it is about, where it tells."""
    error = dig(parse_object_or_none(answer) or {}, "error")
    code, message = dig(error, "code"), dig(error, "message")
    details = dig(error, "errors")
    first = details[0] if isinstance(details, list) and details else details
    field = str(dig(first, "field") or "")
    more = dig(first, "message")
    words = [str(one) for one in (message, more if more != message else None) if one]
    return (str(code)[:100] if code else None), ": ".join(words)[:1000] or "EasyPost refused it", find_field(field)


def find_field(theirs: str) -> str | None:
    """Name the field of the input that EasyPost's field is, where it is one."""
    names = theirs.replace("[", ".").replace("]", "").split(".")
    side = next((ours for name, ours in SIDES.items() if name in names), None)
    if side is not None:
        place = PLACES.get(names[-1])
        return f"{side}.{place}" if place else side
    return "parcels.0.weight" if names[-1] == "weight" else None
