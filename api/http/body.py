"""Reads JSON bodies strictly, and refuses JSON that two parsers could read differently."""

import json
import math
from collections import Counter
from email.message import Message
from typing import Any, Generic, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.http.errors import MalformedJson, UnsupportedMediaType
from api.http.validation_messages import explain, locate
from domain.errors import FieldError, InvalidInput
from domain.json_values import Json

Model = TypeVar("Model", bound=BaseModel)

MAX_DEPTH = 32
MAX_STRING = 10_000
MAX_INTEGER = 2**63 - 1
MAX_ERRORS = 100


class Body(Generic[Model]):
    """Dependency: the request's JSON body as a model.

    `optional`: a call without a body counts as an empty object.
    """

    def __init__(self, model: type[Model], *, optional: bool = False) -> None:
        self.model = model
        self.optional = optional

    async def __call__(self, request: Request) -> Model:
        """Read, parse and validate the body.

        Raises:
            MalformedJson: it is not JSON, or ambiguous JSON.
            UnsupportedMediaType: its content type is not JSON.
            InvalidInput: it does not fit the model.
        """
        raw = await request.body()
        if not raw and self.optional:
            return self.model()
        _refuse_other_types(request)
        value = parse_json(raw)
        refuse_unsafe(value)
        return validate(self.model, value)


def validate(model: type[Model], value: object, *path: str | int) -> Model:
    """Validate a value; the errors hold the path of every bad field, which starts with `path`.

    Raises:
        InvalidInput: it does not fit the model.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:MAX_ERRORS]
        raise InvalidInput(
            [FieldError((*path, *locate(problem)), explain(problem, model)) for problem in found]
        ) from None


def parse_json(raw: bytes) -> Any:
    """Parse JSON.

    Raises:
        MalformedJson: malformed, not UTF-8, a repeated key, NaN or Infinity, or a number that is too large.
    """
    if not raw:
        raise MalformedJson("the body is empty")
    try:
        return _DECODER.decode(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise MalformedJson("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise MalformedJson("it is nested too deeply") from None
    except ValueError as error:
        raise MalformedJson(str(error)[:200]) from None


def _build_object(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        repeated = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the key {repeated[:100]!r} is repeated")
    return found


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_build_object, parse_float=_parse_float, parse_constant=_refuse_constant)


def refuse_unsafe(value: Any) -> None:
    """Refuse null characters, lone surrogates, and texts, numbers or nesting beyond the limits of databases.

    Raises:
        InvalidInput: with the path of the value.
    """
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while waiting:
        item, path = waiting.pop()
        if isinstance(item, str):
            _refuse_text(item, path)
        elif isinstance(item, dict):
            for name in item:
                _refuse_text(name, path)
            waiting.extend((child, (*path, name)) for name, child in item.items())
        elif isinstance(item, list):
            waiting.extend((child, (*path, index)) for index, child in enumerate(item))
        elif isinstance(item, int) and abs(item) > MAX_INTEGER:
            raise InvalidInput([FieldError(path, f"must be between -{MAX_INTEGER} and {MAX_INTEGER}")])
        if len(path) > MAX_DEPTH:
            raise InvalidInput([FieldError(path[:3], f"must have at most {MAX_DEPTH} nested levels")])


def _refuse_text(text: str, path: tuple[str | int, ...]) -> None:
    problem = None
    if len(text) > MAX_STRING:
        problem = f"must have at most {MAX_STRING} characters"
    elif "\x00" in text:
        problem = "contains a null character"
    elif not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        problem = "contains half of a surrogate pair, which is not a character"
    if problem is not None:
        raise InvalidInput([FieldError(path, problem)])


def _refuse_other_types(request: Request) -> None:
    content_type = request.headers.get("content-type")
    if content_type is None or content_type == "application/json":
        return
    message = Message()
    message["content-type"] = content_type
    if message.get_content_type() != "application/json":
        raise UnsupportedMediaType
