"""Conversion of dataclasses from and to JSON objects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

T = TypeVar("T")

Json: TypeAlias = dict[str, Any]
"""A JSON object whose shape an operation type or a client decides."""

Reader = Callable[[Any], Any]

EXTRA = "extra"
"""The field for keys without a field of their own; in JSON they are at the same level as the other fields."""


def from_json(kind: type[T], value: Mapping[str, Any]) -> T:
    """Make a dataclass from a JSON object that an earlier version may have written.

    Unknown keys are ignored, or collected in the field `extra` if there is one. A missing key becomes the field's
    default, or None if the type allows None.
    """
    known: Any = kind
    readers, absent, keeps_extra = _fields(known)
    arguments: Json = {**absent}
    for name, item in value.items():
        if name in readers:
            read = readers[name]
            arguments[name] = read(item) if read else item
        elif keeps_extra:
            arguments.setdefault(EXTRA, {})[name] = item
    return kind(**arguments)


def to_json(value: Any) -> Any:
    """Return a value and everything in it as JSON. Fields that are None are left out if None is their default."""
    if is_dataclass(value):
        found = ((field, getattr(value, field.name)) for field in fields(value))
        made = {field.name: to_json(item) for field, item in found if item is not None or field.default is not None}
        extra = made.pop(EXTRA, {})
        return {**made, **extra}
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [to_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, UUID | Decimal) else value


def reader_of(hint: Any) -> Reader | None:
    """Return the function that converts JSON to this type; None if no conversion is needed."""
    inner = [part for part in get_args(hint) if part not in (NoneType, ...)]
    if get_origin(hint) in (Union, UnionType):
        return _optional(reader_of(inner[0])) if len(inner) == 1 else None
    if get_origin(hint) is tuple:
        read = reader_of(inner[0])
        return (lambda value: tuple(map(read, value))) if read else tuple
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(from_json, hint)
    if hint is datetime:
        return datetime.fromisoformat
    if hint is date:
        return date.fromisoformat
    if hint is Decimal:
        return lambda value: Decimal(str(value))
    return hint if isinstance(hint, type) and issubclass(hint, UUID | Enum) else None


def _optional(read: Reader | None) -> Reader | None:
    return None if read is None else lambda value: None if value is None else read(value)


@cache
def _fields(kind: Any) -> tuple[dict[str, Reader | None], dict[str, None], bool]:
    """Return each field's reader, the nullable fields without a default, and whether unknown keys are kept."""
    hints = get_type_hints(kind)
    required = (field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING)
    readers = {field.name: reader_of(hints[field.name]) for field in fields(kind) if field.name != EXTRA}
    return readers, {name: None for name in required if NoneType in get_args(hints[name])}, EXTRA in hints
