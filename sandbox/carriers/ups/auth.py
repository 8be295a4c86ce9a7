"""UPS's authentication and error answers."""

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, allow_all, has_bearer

TOKEN = "sim-ups-"  # noqa: S105 - the prefix of every token, not a secret

_REFUSALS = {
    "reject": (400, "120000", REJECTED),
    "auth_failed": (401, "250002", "Invalid Authentication Information."),
    "rate_limited": (429, "10429", "Too Many Requests"),
    "unavailable": (503, "10503", "The service is unavailable."),
    "server_error": (500, "10500", "Internal Server Error"),
    "no_lookup": (403, "250003", "The app is not subscribed to Tracking."),
}


def ups_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"response": {"errors": [{"code": code, "message": message}]}}
    return Answer(status, body, headers or {})


def invalid_field(path: Path, message: str) -> Answer:
    return ups_error(400, "10002", f"{to_dotted(path)}: {message}")


SIGN_IN = VendorAuth(allow_all, ups_error, _REFUSALS)
CALL = VendorAuth(has_bearer(TOKEN), ups_error, _REFUSALS)
