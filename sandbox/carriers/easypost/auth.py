"""EasyPost's authentication and error answers."""

from fastapi import Request

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, basic_pair

_REFUSALS = {
    "reject": (422, "SHIPMENT.POSTAGE.FAILURE", REJECTED),
    "auth_failed": (401, "APIKEY.INACTIVE", "This api key is no longer active."),
    "rate_limited": (429, "RATE_LIMITED", "too many requests"),
    "unavailable": (503, "SERVICE_UNAVAILABLE", "temporarily unavailable"),
    "server_error": (500, "INTERNAL_SERVER_ERROR", "internal error, caused by the fault script"),
    "insufficient_funds": (402, "PAYMENT_REQUIRED", "Insufficient funds: add money to your wallet."),
    "no_lookup": (422, "SHIPMENT.REFERENCE.UNSUPPORTED", "Shipments can't be retrieved by their reference."),
}


def _has_key(request: Request) -> bool:
    """Return True if the call has a key as the name of basic authorization, without a password."""
    key, password = basic_pair(request.headers.get("Authorization", "")) or ("", "")
    return key not in ("", "invalid") and not password


def easypost_error(
    status: int, code: str, message: str, *, name: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    errors = [{"field": name, "message": message}] if name is not None else []
    return Answer(status, {"error": {"code": code, "message": message, "errors": errors}}, headers or {})


def invalid_parameter(path: Path, message: str) -> Answer:
    name = to_dotted(path)
    return easypost_error(422, "PARAMETER.INVALID", f"{name}: {message}", name=name)


CALL = VendorAuth(_has_key, easypost_error, _REFUSALS)
FETCH_FILE = VendorAuth(lambda request: "Authorization" not in request.headers, easypost_error, _REFUSALS)
"""Documents are on another server, where calls must not send a key."""
