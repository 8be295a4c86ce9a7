"""How EasyPost knows its callers, and how it says no."""

import base64
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from sandbox.answers import Answer, RefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)

_KINDS = {
    "reject": (422, "SHIPMENT.POSTAGE.FAILURE", "rejected, as the fault script has it"),
    "auth_failed": (401, "APIKEY.INACTIVE", "This api key is no longer active."),
    "rate_limited": (429, "RATE_LIMITED", "too many requests"),
    "unavailable": (503, "SERVICE_UNAVAILABLE", "temporarily unavailable"),
    "server_error": (500, "INTERNAL_SERVER_ERROR", "something broke, as the fault script has it"),
}


class EasyPostDialect:
    """See `sandbox.calls.Dialect`. The key is the name of a sign-in without a password."""

    def __init__(self, *, needs_key: bool = True) -> None:
        self._needs_key = needs_key

    def authorized(self, request: Request) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not self._needs_key:
            return not given  # where documents lie, a key is no one's business
        try:
            key, colon, password = base64.b64decode(given).decode().partition(":")
        except ValueError:
            return False
        return scheme == "Basic" and colon == ":" and not password and key not in ("", "invalid")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, code, message = _KINDS[kind]
        return easypost_error(status, code, message, headers=headers)


def easypost_error(
    status: int, code: str, message: str, *, name: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    errors = [{"field": name, "message": message}] if name is not None else []
    return Answer(status, {"error": {"code": code, "message": message, "errors": errors}}, headers or {})


def easypost_parsed(model: type[ModelT], payload: Any) -> ModelT:
    """The payload as a `model`.

    Raises:
        RefusedError: 422 with the name of the first bad field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise RefusedError(easypost_error(422, "PARAMETER.INVALID", f"{name}: {first['msg']}", name=name)) from None
