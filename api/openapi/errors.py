"""The errors of each route in the OpenAPI document."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import Field
from pydantic.json_schema import JsonSchemaValue

from api.http.errors import (
    BodyTooLarge,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InsufficientScope,
    InternalError,
    InvalidIdempotencyKey,
    InvalidParameters,
    KeyExpired,
    KeyRevoked,
    MalformedJson,
    TooManyRequests,
    Unauthorized,
    UnsupportedMediaType,
    UserDisabled,
    list_errors,
    status_of,
)
from api.http.types import ResponseModel
from domain.errors import DomainError, InvalidInput, Unavailable
from domain.json_values import Json

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Errors = Iterable[type[DomainError]]

SECURED = (
    InvalidParameters, Unauthorized, KeyRevoked, KeyExpired, UserDisabled, InsufficientScope, BodyTooLarge,
    TooManyRequests, Unavailable,
)  # fmt: skip
WITH_BODY = (MalformedJson, UnsupportedMediaType, InvalidInput)
WITH_KEY = (InvalidIdempotencyKey, IdempotencyKeyInUse, IdempotencyKeyReused)


def _list_codes(schema: JsonSchemaValue) -> None:
    schema["enum"] = sorted({error.code for error in list_errors()})


class ErrorContent(ResponseModel):
    """The error. `code` is stable; `message` is for people."""

    code: Annotated[str, Field(json_schema_extra=_list_codes)]
    """Stable code for programs."""
    message: str
    """Explanation for people; the words may change."""
    details: Json
    """Fields that depend on the code."""
    request_id: str
    """Id of the request, as in `X-Request-Id`."""


class ErrorEnvelope(ResponseModel):
    """The envelope of every error."""

    error: ErrorContent
    """The error."""


@dataclass(frozen=True, slots=True)
class Raises:
    """The errors that an endpoint itself raises, and the headers that it reads.

    `waits`: `Prefer: wait=N`. `keyed`: `Idempotency-Key`. `resumes`: `Last-Event-ID`. `only_reads`: it is no GET, but
    test keys may read live resources with it.
    """

    errors: tuple[type[DomainError], ...] = ()
    waits: bool = False
    keyed: bool = False
    resumes: bool = False
    only_reads: bool = False


RAISES: dict[Callable[..., Any], Raises] = {}
"""The declared errors, by endpoint."""


def raises(
    *errors: type[DomainError],
    waits: bool = False,
    keyed: bool = False,
    resumes: bool = False,
    only_reads: bool = False,
) -> Callable[[Endpoint], Endpoint]:
    """Declare an endpoint's own errors; its scope, body and key add the others."""

    def declare(endpoint: Endpoint) -> Endpoint:
        RAISES[endpoint] = Raises(errors, waits, keyed, resumes, only_reads)
        return endpoint

    return declare


def all_errors(declared: Raises, *, is_secured: bool, has_body: bool) -> dict[int, dict[str, type[DomainError]]]:
    """Return every error of an endpoint, by status and code."""
    errors: list[type[DomainError]] = [*declared.errors, InternalError]
    errors += SECURED if is_secured else ()
    errors += WITH_BODY if has_body else ()
    errors += WITH_KEY if declared.keyed else ()
    found: dict[int, dict[str, type[DomainError]]] = {}
    for error in errors:
        found.setdefault(status_of(error), {}).setdefault(error.code, error)
    return dict(sorted(found.items()))
