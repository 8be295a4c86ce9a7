"""How USPS knows its callers, and how it says no. The codes of errors are the simulator's own: USPS lists none."""

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from sandbox.answers import Answer, RefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)

TOKEN = "sim-usps-"  # noqa: S105 - the beginning of every token; what it is worth nothing
"""Tokens begin so: they are good for ever, and so outlive the simulator."""
PAYMENT = "sim-usps-payment-"

_KINDS = {
    "reject": (400, "160000", "rejected, as the fault script has it"),
    "auth_failed": (401, "401", "The access token or the payment authorization token is not valid."),
    "rate_limited": (429, "429", "Too Many Requests"),
    "unavailable": (503, "503", "Service is unavailable."),
    "server_error": (500, "500", "An unexpected error has occurred."),
}


class UspsDialect:
    """See `sandbox.calls.Dialect`."""

    def __init__(self, *, needs_token: bool = True, needs_payment: bool = False) -> None:
        self._needs_token = needs_token
        self._needs_payment = needs_payment

    def authorized(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "")
        paying = request.headers.get("X-Payment-Authorization-Token", "")
        return (not self._needs_token or given.startswith(f"Bearer {TOKEN}")) and (
            not self._needs_payment or paying.startswith(PAYMENT)
        )

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, code, message = _KINDS[kind]
        return usps_error(status, code, message, headers=headers)


def usps_error(
    status: int, code: str, message: str, *, parameter: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    one: dict[str, Any] = {"status": str(status), "code": code, "title": message, "detail": message}
    if parameter is not None:
        one["source"] = {"parameter": parameter}
    body = {"apiVersion": "/labels/v3", "error": {"code": str(status), "message": message, "errors": [one]}}
    return Answer(status, body, headers or {})


def usps_parsed(model: type[ModelT], payload: Any) -> ModelT:
    """The payload as a `model`.

    Raises:
        RefusedError: 400 that names the first bad field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        path = ".".join(map(str, first["loc"]))
        raise RefusedError(usps_error(400, "160001", f"{path}: {first['msg']}", parameter=path)) from None
