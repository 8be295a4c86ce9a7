"""How ShipEngine knows its callers, and how it says no."""

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from sandbox.answers import Answer, RefusedError

ModelT = TypeVar("ModelT", bound=BaseModel)

REQUEST_ID = "aa3d8e8e-462b-4476-9618-72db7f7b7009"

_KINDS = {
    "reject": (400, "business_rules", "unspecified", "rejected, as the fault script has it"),
    "auth_failed": (401, "security", "unauthorized", "The API key is invalid."),
    "rate_limited": (429, "business_rules", "rate_limit_exceeded", "You have exceeded the limit for API calls."),
    "unavailable": (503, "system", "unspecified", "temporarily unavailable"),
    "server_error": (500, "system", "unspecified", "something broke, as the fault script has it"),
}


class ShipEngineDialect:
    """See `sandbox.calls.Dialect`."""

    def authorized(self, request: Request) -> bool:
        return request.headers.get("API-Key", "invalid") not in ("", "invalid")

    def refusal(self, kind: str, target: str, headers: dict[str, str]) -> Answer:  # noqa: ARG002 - the protocol's
        status, of_type, code, message = _KINDS[kind]
        return shipengine_error(status, of_type, code, message, headers=headers)


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


def shipengine_parsed(model: type[ModelT], payload: Any) -> ModelT:
    """The payload as a `model`.

    Raises:
        RefusedError: 400 with the name of the first bad field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        answer = shipengine_error(400, "validation", "invalid_field_value", f"{name}: {first['msg']}", name=name)
        raise RefusedError(answer) from None
