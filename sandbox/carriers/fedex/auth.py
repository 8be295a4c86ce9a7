"""FedEx's authentication and error answers."""

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, allow_all, has_bearer

TRANSACTION = "624deea6-b709-470c-8c39-4b5511281492"
TOKEN = "sim-fedex-"  # noqa: S105 - the prefix of every token, not a secret

_REFUSALS = {
    "reject": (400, "SHIPMENT.REJECTED.BYSCRIPT", REJECTED),
    "auth_failed": (401, "NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again."),
    "rate_limited": (429, "TOO.MANY.REQUESTS", "too many requests"),
    "unavailable": (503, "SERVICE.UNAVAILABLE.ERROR", "The service is currently unavailable."),
    "server_error": (500, "INTERNAL.SERVER.ERROR", "We encountered an unexpected error."),
    "no_lookup": (403, "FORBIDDEN.ERROR", "We could not authorize your credentials: the project has no Track API."),
}


def fedex_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"transactionId": TRANSACTION, "errors": [{"code": code, "message": message}]}
    return Answer(status, body, headers or {})


def invalid_field(path: Path, message: str) -> Answer:
    names = [part.upper() for part in path if isinstance(part, str)]
    code = ".".join([*names[-3:], "INVALID"]).replace("RECIPIENTS", "RECIPIENT")
    return fedex_error(400, code, f"{to_dotted(path)}: {message}")


SIGN_IN = VendorAuth(allow_all, fedex_error, _REFUSALS)
CALL = VendorAuth(has_bearer(TOKEN), fedex_error, _REFUSALS)
