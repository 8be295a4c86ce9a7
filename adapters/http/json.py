"""Reading a vendor's JSON: what is not there, or is of another shape, is told as such and never guessed."""

import json
from typing import Any

from domain.errors import Ambiguous
from domain.shipping import RawAnswer

Json = dict[str, Any]

SHAPE = "the answer is of another shape"


def parse_object(answer: RawAnswer) -> Json:
    """Read a body that must be an object.

    Raises:
        Ambiguous: it is none: HTML, cut off, empty, or another kind of JSON.
    """
    found = parse_object_or_none(answer)
    if found is None:
        raise Ambiguous("the answer can't be read")
    return found


def parse_object_or_none(answer: RawAnswer) -> Json | None:
    """Read a body that may be an object; None where it is none. For refusals, which gateways word as they like."""
    try:
        body = parse_json(answer.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def parse_json(body: bytes | str) -> Any:
    """Parse a vendor's JSON, its texts without what Postgres can't hold: null bytes, and halves of surrogate pairs.

    JSON can write both, and a message that can't be kept would leave its effect as if nobody had answered.

    Raises:
        ValueError: it is not JSON, or nested too deep.
    """
    try:
        return _storable(json.loads(body))
    except RecursionError:
        raise ValueError("nested too deep") from None


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _drop_surrogates(value.replace("\0", ""))
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def _drop_surrogates(text: str) -> str:
    return text.encode(errors="ignore").decode()


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
    found = [value] if isinstance(value, dict) else [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Ambiguous(SHAPE)
    return found


def require_objects(value: object, *names: str) -> list[Json]:
    """Read a list by which something may be proven absent: of objects that have what they are told apart by.

    An object of another kind, taken for somebody else's, would prove that ours is not there. A name may be null.

    Raises:
        Ambiguous: it is no list, nor one such object without its list; or what it holds lacks a name.
    """
    found = read_objects(value)
    if value is None or not all(name in one for one in found for name in names):
        raise Ambiguous(SHAPE)
    return found


def is_same_number(one: object, other: object) -> bool:
    """Whether two tracking numbers are one: a vendor or a person may write blanks and capitals otherwise."""
    return _normalize(one) == _normalize(other)


def _normalize(number: object) -> str:
    return "".join(str(number).split()).upper()
