"""The origin of a change: its actor, and the id of the request that caused it."""

import re
from collections.abc import Awaitable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
ACTOR = re.compile(r"(?:key|user|service):[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Origin:
    """The actor of a change, and the request that caused it.

    `actor` is `key:<uuid>`, `user:<uuid>` or `service:<part>`. Both values are part of SQL text, so they contain
    neither quotes nor backslashes.
    """

    actor: str
    request_id: str | None = None

    def __post_init__(self) -> None:
        if not ACTOR.fullmatch(self.actor):
            raise ValueError("not an actor")
        if self.request_id is not None and not REQUEST_ID.fullmatch(self.request_id):
            raise ValueError("not a request id")


UNNAMED = Origin("service:system")
"""The origin outside requests, activities and the loops of the service, for example in migrations."""

_current: ContextVar[Origin] = ContextVar("origin", default=UNNAMED)


def current_origin() -> Origin:
    """Return the origin of the changes that this task makes."""
    return _current.get()


@contextmanager
def acting_as(origin: Origin) -> Iterator[None]:
    """Make the changes of the block those of an origin."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def for_request(request_id: str | None) -> AbstractContextManager[None]:
    """Make the changes of the block those of an earlier request; the actor stays."""
    return acting_as(Origin(_current.get().actor, request_id))


def name_actor(actor: str) -> None:
    """Name the actor of the current request; the request id stays. Its effect ends with the block of `acting_as`."""
    _current.set(Origin(actor, _current.get().request_id))


async def run_as_service(part: str, work: Awaitable[T]) -> T:
    """Await the work of a part of the service, which is the actor of its changes."""
    with acting_as(service(part)):
        return await work


def service(part: str, request_id: str | None = None) -> Origin:
    """Return the origin of a part of the service."""
    return Origin(f"service:{part}", request_id)
