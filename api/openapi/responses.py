"""How responses are written in the OpenAPI document: successes, refusals, headers, and the parameters behind them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode
from pydantic_core import to_jsonable_python

from api.http.contract import Success
from api.http.errors import REQUEST_ID, declared_errors
from api.http.exception_handlers import error_content


class ErrorShown(BaseModel):
    """What went wrong; `code` is stable, `message` is for people."""

    code: str
    message: str
    details: dict[str, Any]
    request_id: str


class ErrorEnvelope(BaseModel):
    """The envelope of every error."""

    error: ErrorShown


HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "The request's id: the one that was sent, or a new one.",
        "schema": {"type": "string"},
    },
    "Location": {"description": "Where the new resource is.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
}

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Makes the call safe to repeat, for at least 24 hours within the organization. "
        "A refused call (4xx) does not use the key up."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]{1,255}$"},
}

PREFER: dict[str, Any] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=N`: wait up to N seconds (at most 60) for the end; told in `Preference-Applied`.",
    "schema": {"type": "string"},
    "example": "wait=10",
}

Ref = Callable[[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def success(promised: Success, ref: Ref) -> dict[str, Any]:
    """Write one success."""
    response: dict[str, Any] = {"description": promised.description, "headers": _headers(*promised.headers)}
    if promised.model is not None:
        content: dict[str, Any] = {"schema": ref(promised.model, "serialization")}
        if promised.example is not None:
            content["example"] = promised.example
        response["content"] = {"application/json": content}
    if promised.media_types:
        response["content"] = {name: {} for name in promised.media_types}
    if promised.links:
        response["links"] = {
            endpoint: {"operationId": endpoint, "parameters": {parameter: "$response.body#/data/id"}}
            for parameter, endpoints in promised.links.items()
            for endpoint in endpoints
        }
    return response


def refusals(
    own: Mapping[int, tuple[str, ...]], *, body: bool, keyed: bool, secured: bool
) -> dict[int, tuple[str, ...]]:
    """Add to a route's own refusals those that follow from what it takes."""
    found: dict[int, list[str]] = {status: list(codes) for status, codes in own.items()}

    def add(status: int, *codes: str) -> None:
        known = found.setdefault(status, [])
        known.extend(code for code in codes if code not in known)

    if secured:
        add(400, "invalid_request")
        add(401, "unauthorized", "key_revoked", "key_expired")
        add(403, "insufficient_scope")
        add(413, "body_too_large")
        add(429, "rate_limited")
        add(503, "service_unavailable")
    if body:
        add(400, "malformed_json")
        add(415, "unsupported_media_type")
        add(422, "invalid_input")
    if keyed:
        add(400, "invalid_idempotency_key")
        add(409, "idempotency_key_in_use")
        add(422, "idempotency_key_reused")
    add(500, "internal_error")
    return {status: tuple(codes) for status, codes in found.items()}


def refusal(status: int, codes: tuple[str, ...], error: dict[str, Any]) -> dict[str, Any]:
    """Write one refusal with an example of each of its codes."""
    extra = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}.get(status, ())
    return {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}.",
        "headers": _headers(*extra),
        "content": {
            "application/json": {
                "schema": error,
                "examples": {code: {"value": _example(code)} for code in codes},
            }
        },
    }


def _example(code: str) -> dict[str, Any]:
    error = next(error for error in declared_errors() if error.code == code)
    example: dict[str, Any] = to_jsonable_python(error_content(error(**error.example), REQUEST_ID))
    return example


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}
