"""What FedEx's errors mean."""

from typing import Any

from adapters.http.json import Json, parse_object, parse_object_or_none, read_objects
from adapters.http.transport import refuse_failures
from domain.errors import Ambiguous, AuthFailed
from domain.shipping import RawAnswer

SYSTEM = (
    "SYSTEM.UNEXPECTED.ERROR",
    "SYSTEM.UNAVAILABLE.EXCEPTION",
    "INTERNAL.SERVER.ERROR",
    "SERVICE.UNAVAILABLE.ERROR",
)
"""Something broke at FedEx, whatever the status says: the shipment may have been made."""
SERVER_ERROR = 500
NO_ACCOUNT = ("ACCOUNTNUMBER.REGISTRATION.REQUIRED",)
"""The account number is refused."""
UNKNOWN_NUMBER = (
    "TRACKING.TRACKINGNUMBER.NOTFOUND",
    "TRACKING.REFERENCENUMBER.NOTFOUND",
    "TRACKING.DATA.NOTFOUND",
)
"""Track has nothing of that tracking number or reference."""

SIDES = {"RECIPIENT": "ship_to", "DESTINATION": "ship_to", "SHIPPER": "ship_from", "ORIGIN": "ship_from"}
PLACES = {
    "POSTALCODE": "postal_code",
    "STATEORPROVINCECODE": "state",
    "COUNTRYCODE": "country",
    "CITY": "city",
    "STREETLINE": "street1",
    "PHONENUMBER": "phone",
}
OTHERS = {"SERVICETYPE": "service", "WEIGHT": "parcels.0.weight", "DIMENSION": "parcels.0.length"}


def parse_answer(answer: RawAnswer) -> Json:
    """Read the body of a success.

    Raises:
        RateLimited, AuthFailed, Rejected: refused, with FedEx's own code and message.
        Ambiguous: a failure that may have come after the deed, or an answer that can't be read.
    """
    if answer.status not in range(200, 300):
        raise_failure(answer)
    return parse_object(answer)


def raise_failure(answer: RawAnswer) -> None:
    """Raise what a failure says; see `parse_answer`."""
    code, message = error_details(answer)
    if any(str(one.get("code")) in SYSTEM for one in _read_errors(answer)) or answer.status >= SERVER_ERROR:
        raise Ambiguous(f"status {answer.status}", vendor_code=code)
    if code in NO_ACCOUNT:
        raise AuthFailed(message, vendor_code=code)
    refuse_failures(answer, code, message, find_field(code or ""), gate_says_503=False)


def error_details(answer: RawAnswer) -> tuple[str | None, str]:
    """Return the first error's code and message."""
    first = next(iter(_read_errors(answer)), {})
    code = first.get("code")
    return (str(code)[:100] if code else None), str(first.get("message") or "FedEx refused it")[:1000]


def _read_errors(answer: RawAnswer) -> list[dict[str, Any]]:
    try:
        return read_objects((parse_object_or_none(answer) or {}).get("errors"))
    except Ambiguous:
        return []


def find_field(code: str) -> str | None:
    """Name the field of the input that an error code is about, where it tells."""
    side = next((ours for theirs, ours in SIDES.items() if theirs in code), None)
    place = next((ours for theirs, ours in PLACES.items() if theirs in code), None)
    if side is not None:
        return f"{side}.{place}" if place else side
    return next((ours for theirs, ours in OTHERS.items() if theirs in code), None)
