"""Reading a vendor's JSON: what is not there, or is of another shape, is told as such and never guessed."""

import json
import math
from typing import Any

from domain.errors import Ambiguous
from domain.shipping import RawAnswer, to_short_text

Json = dict[str, Any]

MAX_VALUES = 500_000
"""Each value takes tens of bytes of memory, and two bytes of JSON."""
MAX_DIGITS = 30
SHAPE = "the answer is of another shape"


def parse_object(answer: RawAnswer) -> Json:
    """Read a body that must be an object.

    Raises:
        Ambiguous: it is none: HTML, cut off, empty, or another kind of JSON.
    """
    body = parse_object_or_none(answer)
    if body is None:
        raise Ambiguous("the answer can't be read")
    return body


def parse_object_or_none(answer: RawAnswer) -> Json | None:
    """Read a body that may be an object; None where it is none. For refusals, which gateways word as they like."""
    try:
        body = parse_json(answer.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def parse_json(body: bytes | str) -> Any:
    """Parse a vendor's JSON, its texts without what Postgres can't hold: null bytes, and halves of surrogate pairs.

    JSON can write both, and a message that can't be kept would leave its effect as if nobody had answered. A number
    that is none, infinite or of more than `MAX_DIGITS` digits is None.

    Raises:
        ValueError: it is not JSON, nested too deep, or of so many values that they would fill the memory.
    """
    raw = body if isinstance(body, bytes) else body.encode(errors="replace")
    if sum(raw.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise ValueError("too many values")
    try:
        value = json.loads(body, parse_int=_parse_whole, parse_float=_parse_decimal, parse_constant=_drop_number)
        return _storable(value)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _parse_whole(text: str) -> int | None:
    return int(text) if len(text) <= MAX_DIGITS else None


def _parse_decimal(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _drop_number(_: str) -> None:
    """Read NaN and Infinity, which are not JSON but which Python takes."""


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
    """Return what a vendor says as text: its own text, texts of a list joined, anything else as JSON; empty if null."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return json.dumps(value, ensure_ascii=False)


def dig(value: object, *path: str) -> Any:
    """Follow a path of keys; None where it ends early."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def read_objects(value: object) -> list[Json]:
    """Read a list of objects. Vendors send a single one without its list: that is a list of one; None is an empty one.

    Raises:
        Ambiguous: it is something else.
    """
    items = [value] if isinstance(value, dict) else [] if value is None else value
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Ambiguous(SHAPE)
    return items


def find_objects(value: object) -> list[Json]:
    """Read the objects of a list, without whatever else it holds; a single object is a list of one."""
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def first_object(value: object) -> Json:
    """Return the first object of a list, or a single one; empty if there is none."""
    return next(iter(find_objects(value)), {})


def require_objects(value: object, *names: str) -> list[Json]:
    """Read a list by which something may be proven absent: of objects that have what they are told apart by.

    An object of another kind, taken for somebody else's, would prove that ours is not there. A name may be null.

    Raises:
        Ambiguous: it is no list, nor one such object without its list; or what it holds lacks a name.
    """
    items = read_objects(value)
    if value is None or not all(name in item for item in items for name in names):
        raise Ambiguous(SHAPE)
    return items


def require_text(value: object) -> str:
    """Read what a vendor calls a thing: a text or a number.

    Raises:
        Ambiguous: it is neither, or empty, or too long.
    """
    try:
        return to_short_text(value if isinstance(value, str | int) and not isinstance(value, bool) else "")
    except ValueError as error:
        raise Ambiguous(SHAPE) from error


def require_whole_number(value: object) -> int:
    """Read a number; raises Ambiguous if it is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Ambiguous(SHAPE)
    return value


def is_same_number(number: object, other: object) -> bool:
    """Whether two tracking numbers are one: a vendor or a person may write blanks and capitals otherwise."""
    return _normalize(number) == _normalize(other)


def _normalize(number: object) -> str:
    return "".join(str(number).split()).upper()
