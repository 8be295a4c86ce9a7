"""What is answered: one envelope for one resource, one for a page of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel
from starlette.responses import Response

from api.http.pagination import Pagination

T = TypeVar("T")


class Envelope(BaseModel, Generic[T]):
    """One resource."""

    data: T


class Several(BaseModel, Generic[T]):
    """Several resources that are no page of more."""

    data: list[T]


class Page(BaseModel, Generic[T]):
    """One page of resources."""

    data: list[T]
    pagination: Pagination


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is one.

    `kept` is what an idempotency key remembers where that must be less than `body`; `running_seconds` for how long it
    remembers the call as still running, where the call goes on after this answer was made.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    kept: bytes | None = None
    running_seconds: float = 0.0

    def response(self) -> Response:
        typed = not self.body or "Content-Type" in self.headers
        media_type = None if typed else "application/json"
        return Response(self.body, self.status, headers=self.headers, media_type=media_type)


NOTHING = Answer(204, b"")


def one(resource: BaseModel, status: int = 200, location: str | None = None) -> Answer:
    headers = {"Location": location} if location else {}
    return Answer(status, b'{"data":' + json_of(resource) + b"}", headers)


def many(resources: Sequence[BaseModel], status: int = 200) -> Answer:
    return Answer(status, b'{"data":[' + b",".join(json_of(resource) for resource in resources) + b"]}")


def page(resources: Sequence[BaseModel], place: Pagination) -> Answer:
    """Answer with a page of resources; `nextCursor` is told only to whom asked with a cursor."""
    data = b",".join(json_of(resource) for resource in resources)
    shown = place.__pydantic_serializer__.to_json(place, exclude_unset=True)
    return Answer(200, b'{"data":[' + data + b'],"pagination":' + shown + b"}")


def json_of(resource: BaseModel) -> bytes:
    """Serialize a model; aliases are its names outside."""
    return resource.__pydantic_serializer__.to_json(resource, by_alias=True)
