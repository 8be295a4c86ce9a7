"""How FedEx knows its callers, and how it says no."""

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from sandbox.answers import Answer, RefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)

TRANSACTION = "624deea6-b709-470c-8c39-4b5511281492"
TOKEN = "sim-fedex-"  # noqa: S105 - the beginning of every token; what it is worth nothing
"""Tokens begin so: they are good for ever, and so outlive the simulator."""

_KINDS = {
    "reject": (400, "SHIPMENT.REJECTED.BYSCRIPT", "rejected, as the fault script has it"),
    "auth_failed": (401, "NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again."),
    "rate_limited": (429, "TOO.MANY.REQUESTS", "too many requests"),
    "unavailable": (503, "SERVICE.UNAVAILABLE.ERROR", "The service is currently unavailable."),
    "server_error": (500, "INTERNAL.SERVER.ERROR", "We encountered an unexpected error."),
}


class FedexDialect:
    """See `sandbox.calls.Dialect`."""

    def __init__(self, *, needs_token: bool = True) -> None:
        self._needs_token = needs_token

    def authorized(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "")
        return not self._needs_token or given.startswith(f"Bearer {TOKEN}")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, code, message = _KINDS[kind]
        return fedex_error(status, code, message, headers)


def fedex_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"transactionId": TRANSACTION, "errors": [{"code": code, "message": message}]}
    return Answer(status, body, headers or {})


def fedex_parsed(model: type[ModelT], payload: Any) -> ModelT:
    """The payload as a `model`.

    Raises:
        RefusedError: 400 with a code that names the first bad field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        path = [str(part).upper() for part in first["loc"] if isinstance(part, str)]
        code = ".".join([*path[-3:], "INVALID"]).replace("RECIPIENTS", "RECIPIENT")
        raise RefusedError(fedex_error(400, code, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")) from None
