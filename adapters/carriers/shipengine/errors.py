"""What ShipEngine's errors mean."""

import httpx

from adapters.carriers.common.fields import find_field
from adapters.carriers.shipengine.codes import CAUSES
from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, find_objects, first_object, parse_object, parse_object_or_none, to_words
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

MAY_BE_DONE = ("identifier_conflict", "timeout")
"""A shipment with this external_shipment_id is there already, which an earlier send may have made; the carrier behind
ShipEngine was given up on."""
REFERENCE = "external_shipment_id"
SYSTEM = "system"
"""The type of errors within ShipEngine, whatever the status says."""

SIDES = {"ship_to": "ship_to", "ship_from": "ship_from"}
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
    """Read the body of a success; raises as `refuse_failures`, and Ambiguous where the deed may be done."""
    if not answer.is_success:
        error = error_details(answer)
        if answer.status == httpx.codes.CONFLICT or any(map(_may_be_done, _read_errors(answer))):
            raise Ambiguous(f"status {answer.status}", vendor_code=error.code)
        refuse_failures(answer, error_details, CAUSES)
    return parse_object(answer)


def is_missing(answer: RawAnswer) -> bool:
    """Whether ShipEngine itself says that it has no such thing: a 404 of anything in between proves nothing."""
    return answer.status == httpx.codes.NOT_FOUND and "error_source" in first_object(_read_errors(answer))


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code, its message, and the field of the input that it is about, if it tells."""
    first = first_object(_read_errors(answer))
    field = field_of(str(first.get("field_name") or ""))
    return describe_error("ShipEngine", first.get("error_code"), first.get("message"), field)


def field_of(theirs: str) -> str | None:
    return find_field(theirs.replace("[", ".").replace("]", "").split("."), SIDES, PLACES, OTHERS)


def _read_errors(answer: RawAnswer) -> list[Json]:
    return find_objects(dig(parse_object_or_none(answer), "errors"))


def _may_be_done(error: Json) -> bool:
    """Whether an error may be due to a label that is there: by its code, or by the field or the words that name it."""
    words = " ".join(to_words(error.get(name) or "") for name in ("field_name", "field", "message"))
    return error.get("error_code") in MAY_BE_DONE or error.get("error_type") == SYSTEM or REFERENCE in words
