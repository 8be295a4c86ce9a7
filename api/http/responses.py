"""Response bodies: one envelope for a resource, one for a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from api.http.pagination import Pagination
from api.http.types import ResponseModel

T = TypeVar("T")


class Envelope(ResponseModel, Generic[T]):
    """One resource."""

    model_config = ConfigDict(json_schema_extra={"description": "One resource."})

    data: T
    """The resource."""


class Several(ResponseModel, Generic[T]):
    """Every resource of a list that has no pages."""

    model_config = ConfigDict(json_schema_extra={"description": "Every resource of a list that has no pages."})

    data: list[T]
    """The resources."""


class Page(ResponseModel, Generic[T]):
    """One page of resources."""

    model_config = ConfigDict(json_schema_extra={"description": "One page of resources."})

    data: list[T]
    """The resources of this page."""
    pagination: Pagination
    """Position of this page in the list."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that can be stored.

    `stored_body`: the body to store with the idempotency key, if it differs from `body`. `running_seconds`: how long
    the key counts as in use if the call goes on after this answer.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    stored_body: bytes | None = None
    running_seconds: float = 0.0

    def to_response(self) -> Response:
        typed = not self.body or "Content-Type" in self.headers
        media_type = None if typed else "application/json"
        return Response(self.body, self.status, headers=self.headers, media_type=media_type)


NO_CONTENT = Answer(204, b"")


def answer_one(resource: BaseModel, status: int = 200, location: str | None = None) -> Answer:
    headers = {"Location": location} if location else {}
    return Answer(status, b'{"data":' + to_json(resource) + b"}", headers)


def answer_many(resources: Sequence[BaseModel], status: int = 200) -> Answer:
    return Answer(status, b'{"data":[' + b",".join(to_json(resource) for resource in resources) + b"]}")


def answer_page(resources: Sequence[BaseModel], place: Pagination) -> Answer:
    """Answer with a page of resources; `nextCursor` is only present if the client asked with a cursor."""
    data = b",".join(to_json(resource) for resource in resources)
    pagination = place.__pydantic_serializer__.to_json(place, exclude_unset=True)
    return Answer(200, b'{"data":[' + data + b'],"pagination":' + pagination + b"}")


def to_json(resource: BaseModel) -> bytes:
    """Serialize a model by alias, which is its name in the API."""
    return resource.__pydantic_serializer__.to_json(resource, by_alias=True)
