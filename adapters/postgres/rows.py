"""Rows become the domain's dataclasses, JSON becomes jsonb."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_type_hints

from psycopg import AsyncCursor
from psycopg.rows import RowMaker
from psycopg.types.json import Jsonb

T = TypeVar("T")


def as_json(value: Mapping[str, Any] | Sequence[Any] | None) -> Jsonb | None:
    """Wrap a value for a jsonb column; None stays null."""
    return None if value is None else Jsonb(value)


def columns(row: type[Any], **expressions: str) -> str:
    """Return the select list that fills `row`: its fields, where named as the given expression."""
    names = [field.name for field in dataclasses.fields(row)]
    return ", ".join(f"{expressions[name]} as {name}" if name in expressions else name for name in names)


def assignments(names: Iterable[str]) -> str:
    """Return the SET list that writes the named columns."""
    return ", ".join([*(f"{name} = %({name})s" for name in names), "updated_at = now()"])


def rows_of(row: type[T]) -> Callable[[AsyncCursor[Any]], RowMaker[T]]:
    """Return a row factory that makes `row`, a dataclass or dict, from columns named like its fields."""
    kind: Any = row
    enums = _enums(kind)

    def factory(cursor: AsyncCursor[Any]) -> RowMaker[T]:
        # Not from the cursor's description: it makes an object of each column, with its type looked up.
        result = cursor.pgresult
        names = [(result.fname(i) or b"").decode() for i in range(result.nfields)] if result is not None else []
        converted = [(i, enums[name]) for i, name in enumerate(names) if name in enums]

        def make(values: Sequence[Any]) -> T:
            fields = dict(zip(names, values, strict=True))
            for i, enum in converted:
                fields[names[i]] = enum(values[i])
            return row(**fields)

        return make

    return factory


@cache
def _enums(row: Any) -> Mapping[str, type[StrEnum]]:
    if not dataclasses.is_dataclass(row):
        return {}
    return {
        name: hint for name, hint in get_type_hints(row).items() if isinstance(hint, type) and issubclass(hint, StrEnum)
    }
