"""One table from error to HTTP status, and one envelope for all of them.

ApiError                        what is wrong with the call itself
├── BadRequest                  400: the query, a header or the JSON can't be read
├── Unauthorized                401: no key, or one that is not valid (any more)
├── Forbidden                   403: the key lacks the scope
├── BodyTooLarge                413
├── UnsupportedMediaType        415: a body that is not JSON
├── TooManyRequests             429
├── IdempotencyKeyInUse         409: a call with this key is still running
├── IdempotencyKeyReused        422: the key was used for another call
├── UndoFailed                  422: the undo was tried and did not succeed
├── CarrierRefused              422: the carrier refused what it was asked for
├── CarrierUnavailable          502: the carrier did not answer
└── CarrierBusy                 503: the carrier wants to be asked later
"""

from collections.abc import Mapping
from typing import Any

import pydantic_core
from starlette.requests import Request
from starlette.responses import Response

from domain.errors import (
    Conflict,
    DomainError,
    EffectError,
    InvalidInput,
    NotFound,
    Unavailable,
    UndoNotAvailable,
    UnknownOperationType,
    WebhookRefused,
)


class ApiError(DomainError):
    """Base of what is wrong with the call itself; `headers` go with the answer."""

    def __init__(
        self, message: str, *, code: str | None = None, headers: Mapping[str, str] | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.code = code or type(self).code
        self.headers = dict(headers or {})


class BadRequest(ApiError):
    """The query, a header or the JSON can't be read."""

    code = "invalid_request"


class Unauthorized(ApiError):
    """No key, or one that is not valid."""

    code = "unauthorized"


class Forbidden(ApiError):
    """The key lacks the scope."""

    code = "insufficient_scope"


class BodyTooLarge(ApiError):
    """The body is larger than allowed."""

    code = "body_too_large"


class UnsupportedMediaType(ApiError):
    """The body is not JSON."""

    code = "unsupported_media_type"


class TooManyRequests(ApiError):
    """The key's bucket is empty."""

    code = "rate_limited"


class IdempotencyKeyInUse(ApiError):
    """A call with this key is still running."""

    code = "idempotency_key_in_use"


class IdempotencyKeyReused(ApiError):
    """The key was used for another call."""

    code = "idempotency_key_reused"


class UndoFailed(ApiError):
    """The undo was tried and did not succeed; calling it again goes on from there."""

    code = "undo_failed"


class CarrierRefused(ApiError):
    """The carrier refused what it was asked for, in its own words."""

    code = "carrier_refused"


class CarrierUnavailable(ApiError):
    """The carrier did not answer, or not in a way that can be read."""

    code = "carrier_unavailable"


class CarrierBusy(ApiError):
    """The carrier wants to be asked later."""

    code = "carrier_rate_limited"


STATUS: Mapping[type[DomainError], int] = {
    InvalidInput: 422,
    UnknownOperationType: 422,
    NotFound: 404,
    Conflict: 409,
    UndoNotAvailable: 422,
    WebhookRefused: 403,
    Unavailable: 503,
    # Effects happen in activities: one that comes up here is a mistake of ours, and may hold a vendor's words.
    EffectError: 500,
    BadRequest: 400,
    Unauthorized: 401,
    Forbidden: 403,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    TooManyRequests: 429,
    IdempotencyKeyInUse: 409,
    IdempotencyKeyReused: 422,
    UndoFailed: 422,
    CarrierRefused: 422,
    CarrierUnavailable: 502,
    CarrierBusy: 503,
}

INTERNAL_ERROR = 500

_HEADERS: Mapping[type[DomainError], Mapping[str, str]] = {
    Unavailable: {"Retry-After": "1"},
    IdempotencyKeyInUse: {"Retry-After": "1"},
    Unauthorized: {"WWW-Authenticate": 'Bearer realm="orderly"'},
    BodyTooLarge: {"Connection": "close"},
}


def status_of(error: type[DomainError]) -> int | None:
    """Return the status of an error's class, or of the nearest class above it."""
    return next((STATUS[base] for base in error.__mro__ if base in STATUS), None)


def error_body(code: str, message: str, details: Mapping[str, Any], request_id: str) -> bytes:
    """Write the envelope that every error has."""
    error = {"code": code, "message": message, "details": details, "request_id": request_id}
    return pydantic_core.to_json({"error": error})


def error_answer(error: DomainError, request_id: str) -> tuple[int, bytes, dict[str, str]]:
    """Turn an error into status, body and headers; what is our own mistake is not told to the client."""
    status = status_of(type(error)) or INTERNAL_ERROR
    if status == INTERNAL_ERROR:
        return status, internal_error_body(request_id), {}
    headers = dict(_HEADERS.get(type(error), {}))
    if isinstance(error, ApiError):
        headers.update(error.headers)
    return status, error_body(error.code, error.message, error.details, request_id), headers


def internal_error_body(request_id: str) -> bytes:
    """Write the answer to what should not have happened."""
    message = f"Something went wrong here. Tell us the request id {request_id}."
    return error_body("internal_error", message, {}, request_id)


def request_id_of(request: Request) -> str:
    """Return the id that the middleware gave to the request."""
    return str(request.scope.get("request_id", ""))


def json_response(status: int, body: bytes, headers: Mapping[str, str]) -> Response:
    """Make a response of JSON bytes."""
    return Response(body, status, headers=dict(headers), media_type="application/json")
