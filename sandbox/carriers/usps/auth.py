"""USPS's authentication and error answers, with the codes and statuses of its consolidated error list."""

from typing import Any

from fastapi import Request

from sandbox.answers import Answer, Path, to_dotted
from sandbox.auth import REJECTED, VendorAuth, allow_all, has_bearer

TOKEN = "sim-usps-"  # noqa: S105 - the prefix of every token, not a secret
PAYMENT = "sim-usps-payment-"

_REFUSALS = {
    "reject": (400, "160255", REJECTED),
    "auth_failed": (401, "401", "The access token or the payment authorization token is not valid."),
    "rate_limited": (429, "429", "Too Many Requests"),
    "unavailable": (503, "503", "Service is unavailable."),
    "server_error": (500, "500", "An unexpected error has occurred."),
    "no_lookup": (400, "160383", "The trackingNumber is not associated with your mailer profile"),
    "insufficient_funds": (400, "100007", "Your Trust balance has insufficient funds."),
    "try_later": (400, "100005", "We are having trouble validating your credit card, please try again later."),
}


def usps_error(
    status: int, code: str, message: str, *, parameter: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    first: dict[str, Any] = {"status": str(status), "code": code, "title": message, "detail": message}
    if parameter is not None:
        first["source"] = {"parameter": parameter}
    body = {"apiVersion": "/labels/v3", "error": {"code": str(status), "message": message, "errors": [first]}}
    return Answer(status, body, headers or {})


def invalid_field(path: Path, message: str) -> Answer:
    """Refuse a request that the API description does not allow, with the field or with the rule's own code."""
    code, _, words = message.removeprefix("Value error, ").partition(": ")
    if code.isdigit():
        return usps_error(400, code, words, parameter=to_dotted(path))
    return usps_error(400, "400", f"{to_dotted(path)}: {message}", parameter=to_dotted(path))


def _may_pay(request: Request) -> bool:
    token = request.headers.get("X-Payment-Authorization-Token", "")
    return CALL.is_authorized(request) and token.startswith(PAYMENT)


SIGN_IN = VendorAuth(allow_all, usps_error, _REFUSALS)
CALL = VendorAuth(has_bearer(TOKEN), usps_error, _REFUSALS)
PAY = VendorAuth(_may_pay, usps_error, _REFUSALS)
