"""What a route promises, beside what its dependencies say: read by `api/openapi/document.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Success:
    """One way to succeed; `media_types` where it is no JSON; `example` is the whole body.

    `links` names, by path parameter, the endpoints that take the new resource's id.
    """

    description: str
    model: type[BaseModel] | None = None
    example: Any = None
    media_types: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """A route's summary, its successes by status, its refusals by status and code.

    `raw` marks a route whose body is judged by its bytes, before anybody parses it.
    `waits` marks a route that takes `Prefer: wait=N`; `keyed` one that takes `Idempotency-Key`. `given` is an
    example of the body.
    """

    summary: str
    success: Mapping[int, Success]
    description: str = ""
    refused: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    waits: bool = False
    keyed: bool = False
    given: Any = None
    raw: bool = False


def promises(contract: Contract) -> Callable[[Endpoint], Endpoint]:
    """Decorator: write a route's contract beside it."""

    def keep(endpoint: Endpoint) -> Endpoint:
        endpoint.__contract__ = contract  # type: ignore[attr-defined]
        return endpoint

    return keep


def contract_of(endpoint: Callable[..., Any]) -> Contract:
    """Return a route's contract."""
    found: Contract = endpoint.__contract__  # type: ignore[attr-defined]
    return found
