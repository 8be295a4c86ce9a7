"""What ShipEngine's errors mean."""

from adapters.http.json import Json, parse_object, parse_object_or_none, read_objects
from adapters.http.transport import refuse_failures
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NOT_FOUND = 404
CONFLICTING = 409
MAY_BE_DONE = ("identifier_conflict", "timeout")
"""A shipment with this external_shipment_id is there already, which an earlier send may have made; the carrier behind
ShipEngine was given up on."""
REFERENCE = "external_shipment_id"
SYSTEM = "system"
"""The type of errors within ShipEngine, whatever the status says."""

SIDES = ("ship_to", "ship_from")
PLACES = {
    "name": "name",
    "phone": "phone",
    "company_name": "company",
    "address_line1": "street1",
    "address_line2": "street2",
    "city_locality": "city",
    "state_province": "state",
    "postal_code": "postal_code",
    "country_code": "country",
}
OTHERS = {"service_code": "service", "weight": "parcels.0.weight", "dimensions": "parcels.0.length"}


def parse_answer(answer: RawAnswer) -> Json:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with ShipEngine's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    if answer.status not in range(200, 300):
        first = first_error(answer)
        code = str(first.get("error_code") or "")[:100] or None
        field = str(first.get("field_name") or "")
        if answer.status == CONFLICTING or any(_may_be_done(one) for one in read_errors(answer)):
            raise Ambiguous(f"status {answer.status}", vendor_code=code)
        message = str(first.get("message") or "ShipEngine refused it")[:1000]
        refuse_failures(answer, code, message, find_field(field), gate_says_503=False)
    return parse_object(answer)


def is_missing(answer: RawAnswer) -> bool:
    """Whether ShipEngine itself says that it has no such thing: a 404 of anything in between proves nothing."""
    return answer.status == NOT_FOUND and "error_source" in first_error(answer)


def first_error(answer: RawAnswer) -> Json:
    """Return the first error of a refusal; empty where it names none."""
    return next(iter(read_errors(answer)), {})


def read_errors(answer: RawAnswer) -> list[Json]:
    """Return the errors of a refusal."""
    try:
        return read_objects((parse_object_or_none(answer) or {}).get("errors"))
    except Ambiguous:
        return []


def _may_be_done(error: Json) -> bool:
    """Whether an error may be due to a label that is there: by its code, or by the field or the words that name it."""
    words = " ".join(str(error.get(name) or "") for name in ("field_name", "field", "message"))
    return error.get("error_code") in MAY_BE_DONE or error.get("error_type") == SYSTEM or REFERENCE in words


def find_field(theirs: str) -> str | None:
    """Name the field of the input that ShipEngine's field is, where it is one."""
    names = theirs.replace("[", ".").replace("]", "").split(".")
    side = next((one for one in SIDES if one in names), None)
    if side is not None:
        place = PLACES.get(names[-1])
        return f"{side}.{place}" if place else side
    return next((ours for name, ours in OTHERS.items() if name in names), None)
