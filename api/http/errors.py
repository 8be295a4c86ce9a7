"""Errors of the call itself, and the HTTP status of every error.

To add a code, add one class here or in `domain/`: see `domain.errors.DomainError`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Self
from uuid import UUID

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
    """Base of errors of the call itself; `headers` are templates of response headers, like `template`."""

    http_status: ClassVar[int]
    headers: ClassVar[Mapping[str, str]] = {}


class RetryLater(ApiError):
    """The same call may succeed in a moment."""

    headers = {"Retry-After": "{_retry_after}"}
    _retry_after: int = 1


class InvalidRequest(ApiError):
    """A query parameter is unknown, repeated or out of range, or the endpoint takes no body and got one."""

    code = "invalid_request"
    http_status = 400
    remedy = "See `details.parameters`. The service never clamps or ignores a parameter."


class InvalidParameters(InvalidRequest):
    template = "The query parameter {parameter} is not valid: {_problem}."
    example = {
        "parameter": "limit",
        "_problem": "must be at most 100",
        "parameters": [{"parameter": "limit", "message": "must be at most 100"}],
    }
    parameter: str
    _problem: str
    parameters: Sequence[Mapping[str, str]]

    @classmethod
    def of(cls, problems: Sequence[tuple[str, str]]) -> Self:
        """Return the error of several parameters, given pairs of name and problem."""
        found = [{"parameter": name[:100], "message": message} for name, message in problems[:20]]
        return cls(found[0]["parameter"], found[0]["message"], found)


class UnexpectedBody(InvalidRequest):
    template = "This endpoint takes no body."


class MalformedJson(ApiError):
    """The body is not valid JSON or not UTF-8, repeats a key, or contains NaN or an infinite number."""

    code = "malformed_json"
    http_status = 400
    template = "The body is not valid JSON: {_problem}."
    remedy = "Correct the body."
    example = {"_problem": "Expecting value at line 1, column 1"}
    _problem: str


class InvalidIdempotencyKey(ApiError):
    """`Idempotency-Key` is repeated, empty, longer than 255 characters or not printable ASCII."""

    code = "invalid_idempotency_key"
    http_status = 400
    template = "Send one Idempotency-Key header with 1 to 255 printable ASCII characters."
    remedy = "Correct the header."


class Unauthorized(ApiError):
    """The API key is missing or unknown."""

    code = "unauthorized"
    http_status = 401
    template = "API key missing: send the header Authorization: Bearer ord_sk_..."
    remedy = "Send `Authorization: Bearer ord_sk_...`."

    headers = {"WWW-Authenticate": 'Bearer realm="orderly"'}


class InvalidKey(Unauthorized):
    headers = {"WWW-Authenticate": 'Bearer realm="orderly", error="invalid_token"'}
    template = "Invalid API key: send one key in the header Authorization: Bearer ord_sk_..."


class KeyRevoked(InvalidKey):
    """The API key was revoked, or the user who owns it was removed."""

    code = "key_revoked"
    template = "This API key was revoked."
    remedy = "Use another key."


class KeyExpired(InvalidKey):
    """The API key has expired."""

    code = "key_expired"
    template = "This API key has expired."
    remedy = "Use another key."


class UserDisabled(InvalidKey):
    """The user who owns the API key is disabled."""

    code = "user_disabled"
    template = "The user who owns this API key is disabled."
    remedy = "Ask an admin to enable the user, or use another key."


class InsufficientScope(ApiError):
    """The API key lacks the scope in `details.scope`: for this call, or to grant it to a key or a user."""

    code = "insufficient_scope"
    http_status = 403
    template = "This API key lacks the scope {scope}."
    remedy = "Use a key that has this scope."
    example = {"scope": "operations:write"}
    scope: str


class ExpiryTooLate(ApiError):
    """An API key that expires can't create a key that expires later or never."""

    code = "expiry_too_late"
    http_status = 403
    template = "This API key expires at {expires_at}, and a key that it creates can't expire later."
    remedy = "Send an `expires_at` that is not later than `details.expires_at`."
    example = {"expires_at": "2026-02-01T00:00:00Z"}
    expires_at: str


class LiveModeRefused(ApiError):
    """A test key would use or change something with mode `live`, or something that live and test work share."""

    code = "live_mode_refused"
    http_status = 403
    template = "A test key can't use {_what}."
    remedy = "Use an account, bridge or order with mode `test`, or a key with mode `live`."
    example = {"_what": "the account or bridge 660e8400-e29b-41d4-a716-446655440000, whose mode is live"}
    _what: str


class PathNotFound(ApiError):
    """The path does not exist."""

    code = "not_found"
    http_status = 404
    template = "Unknown path: {_path}."
    remedy = "See `/openapi.json`."
    example = {"_path": "/api/operation"}
    _path: str


class MethodNotAllowed(ApiError):
    """The path does not accept this method."""

    code = "method_not_allowed"
    http_status = 405
    headers = {"Allow": "{_methods}"}
    template = "This path accepts only {_methods}."
    remedy = "See the header `Allow`."
    example = {"_methods": "GET, POST"}
    _methods: str


class IdempotencyKeyInUse(RetryLater):
    """Another call with this `Idempotency-Key` is still running."""

    code = "idempotency_key_in_use"
    http_status = 409
    template = "A call with this Idempotency-Key is still running. Call again in a moment."
    remedy = "Call again after `Retry-After`."


class EventsPruned(ApiError):
    """Retention deleted events after the cursor's position, so the reader may have missed some.

    Events older than `ORDERLY_RETAIN_OPERATIONS_DAYS` are deleted with their operation.
    """

    code = "events_pruned"
    http_status = 410
    template = "Events after this position were deleted. Go on from the cursor in details.cursor."
    remedy = "Read the resources that you follow again, then go on from `details.cursor`."
    example = {"cursor": "bMVkF3tPq1v0c2y1AAAAAAAAJxAAAAAAAAAnEA"}
    cursor: str


class EventsRestored(EventsPruned):
    """The database was restored from a backup that lacks the event at the cursor, so the reader may miss others."""

    code = "events_restored"
    template = "The database was restored from an older backup. Go on from the cursor in details.cursor."


class LabelVoided(ApiError):
    """The label is voided, or its void waits for the carrier's refund or got none."""

    code = "label_voided"
    http_status = 410
    template = "The status of shipment {id} is {status}: its label must not be printed."
    remedy = "Do not ship with this label. To see it nevertheless, add `voided=true`."
    example = {"id": "550e8400-e29b-41d4-a716-446655440000", "status": "voided"}
    id: UUID
    status: str


class BodyTooLarge(ApiError):
    """The body is larger than 1 MiB."""

    code = "body_too_large"
    http_status = 413
    headers = {"Connection": "close"}
    template = "The body is larger than {limit} bytes."
    remedy = "Send a smaller body."
    example = {"limit": 1048576}
    limit: int


class UnsupportedMediaType(ApiError):
    """The `Content-Type` is not JSON."""

    code = "unsupported_media_type"
    http_status = 415
    template = "The Content-Type must be application/json."
    remedy = "Send `Content-Type: application/json`; curl's `-d` alone sends a form's type."


class IdempotencyKeyReused(ApiError):
    """The `Idempotency-Key` was already used for another call or another body."""

    code = "idempotency_key_reused"
    http_status = 422
    template = "This Idempotency-Key was already used for another call or another body."
    remedy = "Use a new key."


class CarrierRefused(ApiError):
    """The carrier refused to quote prices or to test the account, with the reason in `message`; or it was paused."""

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
    """The carrier rejected the account's credentials."""

    code = "carrier_auth_failed"
    remedy = "Correct the account's credentials."
    example = {"_words": "The credentials were rejected.", "vendor_code": "NOT.AUTHORIZED.ERROR", "field": None}


class TooManyRequests(RetryLater):
    """The API key exceeds `ORDERLY_REQUESTS_PER_SECOND`, after a burst of up to 50 calls."""

    code = "rate_limited"
    http_status = 429
    template = "This API key has exceeded its rate limit."
    remedy = "Wait as many seconds as `Retry-After` states."


class TooManyOrganizationStreams(RetryLater):
    """The organization has `ORDERLY_MAX_EVENT_STREAMS_PER_ORGANIZATION` open streams of events in this process."""

    code = "too_many_organization_streams"
    http_status = 429
    template = "Your organization already has {limit} open streams of events in this process."
    remedy = "Close a stream, or serve several readers from one. `GET /api/events` has the same events."
    example = {"limit": 50}
    _retry_after: int = 5
    limit: int = 0


class InternalError(ApiError):
    """The service has a bug."""

    code = "internal_error"
    http_status = 500
    template = "Internal error. Report it with the request id {_request_id}."
    remedy = "Report the request id; the service's log has the cause next to it."
    example = {"_request_id": REQUEST_ID}
    _request_id: str


class CarrierUnavailable(ApiError):
    """The carrier did not answer within 20 s, or its answer can't be read."""

    code = "carrier_unavailable"
    http_status = 502
    template = "The carrier did not answer, or its answer can't be read."
    remedy = "Call again later. Nothing was bought."


class TooManyStreams(RetryLater):
    """The process has as many open streams of events as `ORDERLY_MAX_EVENT_STREAMS` allows, or is shutting down."""

    code = "too_many_streams"
    http_status = 503
    template = "This process has no place for another stream of events."
    remedy = "Connect again after `Retry-After`, or follow the events with `GET /api/events`."
    _retry_after: int = 5


class TooManyMerges(RetryLater):
    """Other calls merge labels in this process, and did not finish within 20 s."""

    code = "too_many_merges"
    http_status = 503
    template = "Other calls merge labels at the moment. Call again after Retry-After."
    remedy = "Call again after `Retry-After`."
    _retry_after: int = 5


class CarrierBusy(RetryLater):
    """The carrier's rate limit is exceeded."""

    code = "carrier_rate_limited"
    http_status = 503
    template = "The carrier's rate limit is exceeded."
    remedy = "Wait as many seconds as `Retry-After` states."


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
"""The status of the domain's errors, by base class."""


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
