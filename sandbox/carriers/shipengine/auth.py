"""ShipEngine's authentication and error answers."""

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, has_secret

REQUEST_ID = "aa3d8e8e-462b-4476-9618-72db7f7b7009"

_REFUSALS = {
    "reject": (400, "business_rules", "unspecified", REJECTED),
    "auth_failed": (401, "security", "unauthorized", "The API key is invalid."),
    "rate_limited": (429, "business_rules", "rate_limit_exceeded", "You have exceeded the limit for API calls."),
    "unavailable": (503, "system", "unspecified", "temporarily unavailable"),
    "server_error": (500, "system", "unspecified", "internal error, caused by the fault script"),
    "insufficient_funds": (400, "account_status", "insufficient_funds", "The account has not enough money."),
    "try_later": (
        400,
        "account_status",
        "funding_source_registration_in_progress",
        "The funding source is being registered.",
    ),
    "no_lookup": (400, "account_status", "subscription_inactive", "The plan does not include looking labels up."),
}


def shipengine_error(
    status: int,
    of_type: str,
    code: str,
    message: str,
    *,
    name: str | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    found = {"error_source": "shipengine", "error_type": of_type, "error_code": code, "message": message}
    if name is not None:
        found["field_name"] = name
    return Answer(status, {"request_id": REQUEST_ID, "errors": [found]}, headers or {})


def invalid_field(path: Path, message: str) -> Answer:
    name = to_dotted(path)
    return shipengine_error(400, "validation", "invalid_field_value", f"{name}: {message}", name=name)


CALL = VendorAuth(has_secret("API-Key"), shipengine_error, _REFUSALS)
