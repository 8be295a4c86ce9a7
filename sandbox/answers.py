"""Answers to calls, before a scripted fault changes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ValidationError

ModelT = TypeVar("ModelT", bound=BaseModel)
Path = tuple[str | int, ...]


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


class RefusedError(Exception):
    """A call that is refused with an error and has no effect.

    Attributes:
        answer: the error answer.
    """

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer

    @property
    def message(self) -> str:
        """The message of one of the sandbox's own errors."""
        return str(self.answer.body["error"]["message"])


def error(status: int, code: str, message: str, *, name: str | None = None) -> Answer:
    """Return one of the sandbox's own errors; `name` is the path of the bad field."""
    found = {"code": code, "message": message}
    return Answer(status, {"error": found if name is None else {**found, "field": name}})


def refuse(status: int, code: str, message: str, *, name: str | None = None) -> RefusedError:
    return RefusedError(error(status, code, message, name=name))


def _invalid_field(path: Path, message: str) -> Answer:
    name = to_dotted(path) or "body"
    return error(422, "FIELD.INVALID", f"{name}: {message}", name=name)


def parse(model: type[ModelT], payload: Any, refusal: Callable[[Path, str], Answer] = _invalid_field) -> ModelT:
    """Parse the payload as a `model`.

    Args:
        model: the expected model.
        payload: the received JSON.
        refusal: makes the answer from the path of the first bad field and its problem.

    Raises:
        RefusedError: the payload is not valid.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        raise RefusedError(refusal(first["loc"], first["msg"])) from None


def to_dotted(path: Path) -> str:
    return ".".join(map(str, path))
