"""What a call is answered with, before any fault has its way with it."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: a status with a JSON body, or with `content` bytes of `media_type`."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    media_type: str = "application/json"

    def response(self) -> Response:
        if self.content is not None:
            return Response(self.content, self.status, self.headers, self.media_type)
        return JSONResponse(self.body, self.status, self.headers)


def error(
    status: int, code: str, message: str, *, name: str | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """An answer of the one error shape; `name` is the path of the field at fault."""
    body = {"code": code, "message": message}
    if name is not None:
        body["field"] = name
    return Answer(status, {"error": body}, headers or {})


class RefusedError(Exception):
    """A call that is answered with an error; nothing of it was done.

    Attributes:
        answer: the error answer to give.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refused(status: int, code: str, message: str, *, name: str | None = None) -> RefusedError:
    return RefusedError(error(status, code, message, name=name))


def parsed(model: type[ModelT], payload: Any) -> ModelT:
    """The payload as a `model`.

    Raises:
        RefusedError: 422 `FIELD.INVALID` naming the first bad field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "body"
        raise refused(422, "FIELD.INVALID", f"{name}: {first['msg']}", name=name) from None
