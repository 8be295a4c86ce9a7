"""Parse vendors' JSON: missing values and other shapes raise or return None; none is guessed."""

import json
import math
from typing import Any

from domain.errors import Ambiguous
from domain.shipping import RawAnswer, to_short_text

Json = dict[str, Any]

MAX_VALUES = 500_000
"""Each value takes tens of bytes of memory, and only two bytes of JSON."""
MAX_DIGITS = 30
SHAPE = "the answer has an unexpected shape"


def parse_object(answer: RawAnswer) -> Json:
    """Parse a body that must be a JSON object.

    Raises:
        Ambiguous: it is HTML, cut off, empty, or another JSON type.
    """
    body = parse_object_or_none(answer)
    if body is None:
        raise Ambiguous("the answer can't be read")
    return body


def parse_object_or_none(answer: RawAnswer) -> Json | None:
    """Parse a body that may be a JSON object; None if it is not. For refusals: gateways answer in any format."""
    try:
        body = parse_json(answer.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def parse_json(body: bytes | str) -> Any:
    """Parse JSON; strips the characters that Postgres can't store: null bytes and lone surrogates.

    JSON permits both, and a message that can't be stored would leave its effect without an answer. NaN, infinite
    numbers and numbers of more than `MAX_DIGITS` digits become None.

    Raises:
        ValueError: it is not JSON, nested too deep, or has more values than memory may hold.
    """
    raw = body if isinstance(body, bytes) else body.encode(errors="replace")
    if sum(raw.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise ValueError("the answer has too many values")
    try:
        value = json.loads(body, parse_int=_parse_whole, parse_float=_parse_decimal, parse_constant=_drop_number)
        return _storable(value)
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None


def _parse_whole(text: str) -> int | None:
    return int(text) if len(text) <= MAX_DIGITS else None


def _parse_decimal(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _drop_number(_: str) -> None:
    """Replace NaN and Infinity, which Python accepts although JSON has no such numbers, by None."""


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _drop_surrogates(value.replace("\0", ""))
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def _drop_surrogates(text: str) -> str:
    return text.encode(errors="ignore").decode()


def to_words(value: object) -> str:
    """Convert a message in a vendor's JSON to text: joins a list of texts, writes other values as JSON, null as ""."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return json.dumps(value, ensure_ascii=False)


def dig(value: object, *path: str) -> Any:
    """Follow a path of keys; None if it ends early."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def read_objects(value: object) -> list[Json]:
    """Return a list of objects. Vendors may send a single object without its list; None is an empty list.

    Raises:
        Ambiguous: it is something else.
    """
    items = [value] if isinstance(value, dict) else [] if value is None else value
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Ambiguous(SHAPE)
    return items


def find_objects(value: object) -> list[Json]:
    """Return the objects of a list and ignore everything else in it; a single object is a list of one."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def first_object(value: object) -> Json:
    """Return the first object of a list, or the single object; an empty one if there is none."""
    return next(iter(find_objects(value)), {})


def require_objects(value: object, *names: str) -> list[Json]:
    """Return a list that may prove an object absent: each item must have the keys that identify it.

    An item of another shape could be our object and would seem to be another's. A key's value may be null.

    Raises:
        Ambiguous: it is neither a list nor a single such object, or an item lacks a key.
    """
    items = read_objects(value)
    if value is None or not all(name in item for item in items for name in names):
        raise Ambiguous(SHAPE)
    return items


def require_text(value: object) -> str:
    """Return a vendor's identifier, a text or a number, as a text.

    Raises:
        Ambiguous: it is neither, or empty, or too long.
    """
    try:
        return to_short_text(value if isinstance(value, str | int) and not isinstance(value, bool) else "")
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def require_whole_number(value: object) -> int:
    """Return a whole number; raises Ambiguous if the value is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Ambiguous(SHAPE)
    return value


def is_same_number(number: object, other: object) -> bool:
    """Whether two tracking numbers are equal, apart from blanks and case."""
    return _normalize(number) == _normalize(other)


def _normalize(number: object) -> str:
    return "".join(str(number).split()).upper()
