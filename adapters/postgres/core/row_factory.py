"""Rows become the domain's dataclasses, JSON becomes jsonb."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_type_hints

import pydantic_core
from psycopg import AsyncCursor
from psycopg.rows import RowMaker
from psycopg.types.json import Jsonb

T = TypeVar("T")


def as_json(value: Mapping[str, Any] | Sequence[Any] | None) -> Jsonb | None:
    """Wrap a value for a jsonb column; None stays null."""
    return None if value is None else Jsonb(value)


def to_json(value: Any) -> bytes:
    """Serialize for a json column, four times as fast as `json.dumps`.

    What that one escapes and this one refuses, half characters, is left to Postgres to refuse.
    """
    try:
        return pydantic_core.to_json(value)
    except pydantic_core.PydanticSerializationError:
        return json.dumps(value).encode()


def columns(row: Any, **expressions: str) -> str:
    """Return the select list that fills `row`: its fields, where named as the given expression."""
    return ", ".join(f"{expressions[name]} as {name}" if name in expressions else name for name in _fields(row))


def assignments(names: Iterable[str]) -> str:
    """Return the SET list that writes the named columns."""
    return ", ".join([*(f"{name} = %({name})s" for name in names), "updated_at = now()"])


def rows_of(row: type[T]) -> Callable[[AsyncCursor[Any]], RowMaker[T]]:
    """Return a row factory that makes `row`, a dataclass or dict, from columns named like its fields."""
    kind: Any = row
    enums, fields = _enums(kind), _fields(kind)

    def factory(cursor: AsyncCursor[Any]) -> RowMaker[T]:
        # Not from the cursor's description: it makes an object of each column, with its type looked up.
        result = cursor.pgresult
        names = [(result.fname(i) or b"").decode() for i in range(result.nfields)] if result is not None else []
        converted = [(i, enums[name]) for i, name in enumerate(names) if name in enums]

        if names == fields:  # as `columns` lists them: in less than half the time

            def make(values: Sequence[Any]) -> T:
                ordered = list(values)
                for i, enum in converted:
                    ordered[i] = enum(ordered[i])
                return row(*ordered)
        else:

            def make(values: Sequence[Any]) -> T:
                named = dict(zip(names, values, strict=True))
                for i, enum in converted:
                    named[names[i]] = enum(values[i])
                return row(**named)

        return make

    return factory


@cache
def _enums(row: Any) -> Mapping[str, type[StrEnum]]:
    if not dataclasses.is_dataclass(row):
        return {}
    return {
        name: hint for name, hint in get_type_hints(row).items() if isinstance(hint, type) and issubclass(hint, StrEnum)
    }


@cache
def _fields(row: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(row)] if dataclasses.is_dataclass(row) else []
