"""Errors of the call itself, and the HTTP status of every error.

To add a code, add one class here or in `domain/`: see `domain.errors.DomainError`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self

from domain.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    NotFound,
    Unavailable,
    UnknownOperationType,
    WebhookRefused,
)
from domain.operation_errors import UndoFailed, UndoNotAvailable

REQUEST_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
"""The request id of examples."""


class ApiError(DomainError):
    """Base of what is wrong with the call itself, with its status; `headers` go with the answer, like `template`."""

    http_status: ClassVar[int]
    headers: ClassVar[Mapping[str, str]] = {}


class RetryLater(ApiError):
    """The same call may succeed in a moment."""

    headers = {"Retry-After": "{_retry_after}"}
    _retry_after: int = 1


class InvalidRequest(ApiError):
    """A query parameter is unknown, repeated or out of range; or there is a body where the call takes none."""

    code = "invalid_request"
    http_status = 400
    remedy = "See `details.parameters`: nothing is clamped or ignored."


class InvalidParameters(InvalidRequest):
    template = "The query parameter {parameter} is not valid: {_problem}."
    example = {
        "parameter": "limit",
        "_problem": "Input should be less than or equal to 100",
        "parameters": [{"parameter": "limit", "message": "Input should be less than or equal to 100"}],
    }
    parameter: str
    _problem: str
    parameters: Sequence[Mapping[str, str]]

    @classmethod
    def of(cls, problems: Sequence[tuple[str, str]]) -> Self:
        """Name parameters, each with what is wrong with it."""
        found = [{"parameter": name[:100], "message": message} for name, message in problems[:20]]
        return cls(found[0]["parameter"], found[0]["message"], found)


class UnexpectedBody(InvalidRequest):
    template = "This call takes no body: send none."


class MalformedJson(ApiError):
    """The body is no JSON, not UTF-8, repeats a key, or holds NaN or an endless number."""

    code = "malformed_json"
    http_status = 400
    template = "The body is not valid JSON: {_problem}."
    remedy = "Mend the body."
    example = {"_problem": "Expecting value at line 1, column 1"}
    _problem: str


class InvalidIdempotencyKey(ApiError):
    """`Idempotency-Key` is given twice, empty, over 255 characters or not printable ASCII."""

    code = "invalid_idempotency_key"
    http_status = 400
    template = "Idempotency-Key must be given once, with 1 to 255 printable ASCII characters."
    remedy = "Mend the header."


class Unauthorized(ApiError):
    """No key, or one that is not known."""

    code = "unauthorized"
    http_status = 401
    template = "Send a key: Authorization: Bearer ord_sk_..."
    remedy = "Send `Authorization: Bearer ord_sk_...`."

    headers = {"WWW-Authenticate": 'Bearer realm="orderly"'}


class InvalidKey(Unauthorized):
    headers = {"WWW-Authenticate": 'Bearer realm="orderly", error="invalid_token"'}
    template = "Invalid API key: send one key as Authorization: Bearer ord_sk_..."


class KeyRevoked(InvalidKey):
    """The key was revoked."""

    code = "key_revoked"
    template = "This key was revoked."
    remedy = "Use another."


class KeyExpired(InvalidKey):
    """The key's time is over."""

    code = "key_expired"
    template = "This key has expired."
    remedy = "Use another."


class InsufficientScope(ApiError):
    """The key lacks the scope in `details.scope`; or it would give a new key a scope that it lacks itself."""

    code = "insufficient_scope"
    http_status = 403
    template = "This key lacks the scope {scope}."
    remedy = "Use a key that has it."
    example = {"scope": "operations:write"}
    scope: str


class ExpiryTooLate(ApiError):
    """A key that expires would create a key that lives longer, or for ever."""

    code = "expiry_too_late"
    http_status = 403
    template = "This key expires at {expires_at}: the new key must expire then, or earlier."
    remedy = "Send an `expires_at` that is not later than `details.expires_at`."
    example = {"expires_at": "2026-02-01T00:00:00Z"}
    expires_at: str


class PathNotFound(ApiError):
    """There is no such path."""

    code = "not_found"
    http_status = 404
    template = "There is no {_path} here."
    remedy = "See `/openapi.json`."
    example = {"_path": "/api/operation"}
    _path: str


class MethodNotAllowed(ApiError):
    """The path takes other methods."""

    code = "method_not_allowed"
    http_status = 405
    headers = {"Allow": "{_methods}"}
    template = "This path takes {_methods}."
    remedy = "See the header `Allow`."
    example = {"_methods": "GET, POST"}
    _methods: str


class IdempotencyKeyInUse(RetryLater):
    """A call with this key is still running."""

    code = "idempotency_key_in_use"
    http_status = 409
    template = "A call with this Idempotency-Key is still running: ask again in a moment."
    remedy = "Call again after `Retry-After`."


class BodyTooLarge(ApiError):
    """The body is over 1 MiB."""

    code = "body_too_large"
    http_status = 413
    headers = {"Connection": "close"}
    template = "The body is larger than {limit} bytes."
    remedy = "Send less."
    example = {"limit": 1048576}
    limit: int


class UnsupportedMediaType(ApiError):
    """The body is told to be something else than JSON."""

    code = "unsupported_media_type"
    http_status = 415
    template = "Send the body as application/json."
    remedy = "Send `Content-Type: application/json`; curl's `-d` alone says it is a form."


class IdempotencyKeyReused(ApiError):
    """The key was used for another call or body."""

    code = "idempotency_key_reused"
    http_status = 422
    template = "This Idempotency-Key was used for another call, or with another body."
    remedy = "Use a new key."


class CarrierRefused(ApiError):
    """The carrier refused to tell prices, in the words of `message`; or the account was paused just now."""

    code = "carrier_refused"
    http_status = 422
    template = "{_words}"
    remedy = "See `details.vendor_code` and `details.field`."
    example = {
        "_words": "The postal code does not match the state.",
        "vendor_code": "POSTALCODE.STATE.MISMATCH",
        "field": "ship_to.postal_code",
    }
    _words: str
    vendor_code: str | None
    field: str | None


class CarrierAuthFailed(CarrierRefused):
    """The carrier refused the account's credentials for prices."""

    code = "carrier_auth_failed"
    remedy = "Put them right."
    example = {"_words": "The credentials were refused.", "vendor_code": "NOT.AUTHORIZED.ERROR", "field": None}


class TooManyRequests(RetryLater):
    """The key calls more often than `ORDERLY_REQUESTS_PER_SECOND` lets it, after up to 50 at once."""

    code = "rate_limited"
    http_status = 429
    template = "This key calls too often."
    remedy = "Wait for `Retry-After`."


class InternalError(ApiError):
    """A mistake of ours."""

    code = "internal_error"
    http_status = 500
    template = "Something went wrong here. Tell us the request id {_request_id}."
    remedy = "Tell us the request id; what happened is in the log beside it."
    example = {"_request_id": REQUEST_ID}
    _request_id: str


class CarrierUnavailable(ApiError):
    """The carrier did not answer within 20 s, or not in a way that can be read."""

    code = "carrier_unavailable"
    http_status = 502
    template = "The carrier did not answer, or not in a way that can be read."
    remedy = "Ask again later; nothing was bought."


class CarrierBusy(RetryLater):
    """The carrier wants to be asked later."""

    code = "carrier_rate_limited"
    http_status = 503
    template = "The carrier is asked too often."
    remedy = "Wait for `Retry-After`."


STATUS: Mapping[type[DomainError], int] = {
    InvalidInput: 422,
    UnknownOperationType: 422,
    NotFound: 404,
    Conflict: 409,
    UndoNotAvailable: 422,
    UndoFailed: 422,
    WebhookRefused: 403,
    Unavailable: 503,
}
"""Of the domain's errors, by base class."""


def status_of(error: type[DomainError]) -> int:
    """Return the HTTP status of a class of errors."""
    if issubclass(error, ApiError):
        return error.http_status
    return next(STATUS[base] for base in error.__mro__ if base in STATUS)


def list_errors(base: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    """Return every class of errors that can be answered: those with a message."""
    if hasattr(base, "template"):
        yield base
    for error in base.__subclasses__():
        yield from list_errors(error)
