"""How responses are written in the OpenAPI document: successes, refusals, headers, and the parameters behind them."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from api.http.contract import Success

REQUEST_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


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

MESSAGES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "invalid_request": (
        "The query parameter limit is not valid: Input should be less than or equal to 100.",
        {"parameter": "limit", "parameters": [{"parameter": "limit", "message": "must be at most 100"}]},
    ),
    "malformed_json": ("The body is not valid JSON: Expecting value at line 1, column 1.", {}),
    "invalid_idempotency_key": (
        "Idempotency-Key must be given once, with 1 to 255 printable ASCII characters.",
        {},
    ),
    "unauthorized": ("Send a key: Authorization: Bearer ord_sk_...", {}),
    "key_revoked": ("This key was revoked.", {}),
    "key_expired": ("This key has expired.", {}),
    "insufficient_scope": ("This key lacks the scope operations:write.", {"scope": "operations:write"}),
    "body_too_large": ("The body is larger than 1048576 bytes.", {"limit": 1048576}),
    "unsupported_media_type": ("Send the body as application/json.", {}),
    "rate_limited": ("This key calls too often.", {}),
    "internal_error": (f"Something went wrong here. Tell us the request id {REQUEST_ID}.", {}),
    "service_unavailable": ("The database can't be reached.", {}),
    "idempotency_key_in_use": (
        "A call with this Idempotency-Key is still running: ask again in a moment.",
        {},
    ),
    "idempotency_key_reused": ("This Idempotency-Key was used for another call, or with another body.", {}),
    "invalid_input": (
        "The input is not valid: see details.fields.",
        {"fields": [{"path": ["input", "parcels", 0, "weight"], "message": "Input should be greater than 0"}]},
    ),
    "unknown_operation_type": ("There is no operation type 'buy'.", {"known": ["create_shipment"]}),
    "operation_not_pending": ("The operation is completed, not pending.", {"status": "completed"}),
    "operation_not_failed": ("The operation is pending, not failed.", {"status": "pending"}),
    "operation_changed": ("The operation changed while it was looked at.", {"status": "completed"}),
    "compensation_unsettled": (
        "Some of what the last run did could not be taken back: resolve that first.",
        {"status": "failed"},
    ),
    "nothing_to_resolve": ("Nothing about the operation needs a person.", {"status": "completed"}),
    "undo_not_available": (
        "The time in which this could be taken back is over.",
        {"reason": "window_closed", "status": "completed", "undo_status": "none"},
    ),
    "carrier_refused": (
        "The postal code does not match the state.",
        {"vendor_code": "POSTALCODE.STATE.MISMATCH", "field": "ship_to.postal_code"},
    ),
    "carrier_auth_failed": ("The credentials were refused.", {"vendor_code": "NOT.AUTHORIZED.ERROR", "field": None}),
    "carrier_unavailable": ("The carrier did not answer, or not in a way that can be read.", {}),
    "carrier_rate_limited": ("The carrier is asked too often.", {}),
    "webhook_refused": ("There is no such account, or this is not signed with its webhook_secret.", {}),
    "undo_failed": (
        "Not everything could be taken back; undo again goes on from there.",
        {"status": "completed", "undo": {"status": "failed", "steps": []}},
    ),
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
    missing = (f"There is no {code.removesuffix('_not_found').replace('_', ' ')} 550e8400-...", {"id": "550e8400-..."})
    in_use: tuple[str, dict[str, Any]] = ("Something still needs it.", {})
    message, details = MESSAGES.get(code, missing if code.endswith("_not_found") else in_use)
    return {"error": {"code": code, "message": message, "details": details, "request_id": REQUEST_ID}}


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}
