"""How UPS knows its callers, and how it says no."""

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from sandbox.answers import Answer, RefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)

TOKEN = "sim-ups-"  # noqa: S105 - the beginning of every token; what it is worth nothing
"""Tokens begin so: they are good for ever, and so outlive the simulator."""

_KINDS = {
    "reject": (400, "120000", "rejected, as the fault script has it"),
    "auth_failed": (401, "250002", "Invalid Authentication Information."),
    "rate_limited": (429, "10429", "Too Many Requests"),
    "unavailable": (503, "10503", "The service is unavailable."),
    "server_error": (500, "10500", "Internal Server Error"),
}


class UpsDialect:
    """See `sandbox.calls.Dialect`."""

    def __init__(self, *, needs_token: bool = True) -> None:
        self._needs_token = needs_token

    def authorized(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "")
        return not self._needs_token or given.startswith(f"Bearer {TOKEN}")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, code, message = _KINDS[kind]
        return ups_error(status, code, message, headers)


def ups_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"response": {"errors": [{"code": code, "message": message}]}}
    return Answer(status, body, headers or {})


def ups_parsed(model: type[ModelT], payload: Any) -> ModelT:
    """The payload as a `model`.

    Raises:
        RefusedError: 400 with a message that names the first bad field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RefusedError(ups_error(400, "10002", f"{where}: {first['msg']}")) from None
