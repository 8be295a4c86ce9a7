"""Column types and constraints that the tables share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field


def text_column(*, key: bool = False, default: str | None = None, default_sql: str | None = None) -> Any:
    sql = default_sql if default is None else f"'{default}'"
    arguments = {} if sql is None else {"server_default": text(sql)}
    return Field(sa_type=Text, primary_key=key, sa_column_kwargs=arguments)


def request_id_column() -> Any:
    """The id of the request whose transaction inserts the row."""
    return text_column(default_sql="nullif(current_setting('orderly.request_id', true), '')")


def generated_column(kind: Any, sql: str) -> Any:
    """A column that Postgres computes, so that a filter can use an index.

    An index on the expression would not do: with row-level security, Postgres uses an index only for operators that are
    marked as leakproof, and those on JSON are not.
    """
    return Field(sa_type=kind, sa_column_args=(Computed(sql, persisted=True),))


def json_column(*, default: str | None = None) -> Any:
    arguments = {} if default is None else {"server_default": text(f"'{default}'")}
    return Field(sa_type=JSONB, sa_column_kwargs=arguments)


def metadata_column() -> Any:
    """The column `metadata`, which can't be the name of the field: SQLAlchemy uses it."""
    return Field(sa_type=JSONB, sa_column_kwargs={"name": "metadata", "server_default": text("'{}'")})


def settings_column() -> Any:
    return Field(sa_type=JSONB, sa_column_kwargs={"server_default": text("'{}'")})


def names_column() -> Any:
    return Field(sa_type=ARRAY(Text))


def ids_column() -> Any:
    return Field(sa_type=ARRAY(Uuid), sa_column_kwargs={"server_default": text("'{}'")})


def bytes_column() -> Any:
    return Field(sa_type=LargeBinary)


def money_column() -> Any:
    return Field(sa_type=Numeric(16, 4))


def time_column() -> Any:
    return Field(sa_type=DateTime(timezone=True))


def now_column() -> Any:
    return Field(sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()})


def in_an_hour_column() -> Any:
    default = text("now() + interval '1 hour'")
    return Field(sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": default})


def zero_column() -> Any:
    return Field(sa_column_kwargs={"server_default": text("0")})


def false_column() -> Any:
    return Field(sa_column_kwargs={"server_default": text("false")})


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """A check that the column has one of the values."""
    return CheckConstraint(f"{column} in ({', '.join(repr(str(word)) for word in words)})", name=column)


def index(
    *columns: Any,
    name: str | None = None,
    where: str | None = None,
    unique: bool = False,
    prefixes_of: str | None = None,
) -> Index:
    """An index; `where` makes it partial, `prefixes_of` names a column whose prefixes it finds in any collation."""
    operators: dict[str, Any] = {} if prefixes_of is None else {"postgresql_ops": {prefixes_of: "text_pattern_ops"}}
    condition = None if where is None else text(where)
    return Index(name, *columns, unique=unique, postgresql_where=condition, **operators)


def within(parent: str, column: str, *, cascade: bool = False) -> ForeignKeyConstraint:
    """A foreign key within the organization; with `cascade`, deleting the parent deletes the row."""
    columns, parents = ["organization_id", column], [f"{parent}.organization_id", f"{parent}.id"]
    return ForeignKeyConstraint(columns, parents, ondelete="CASCADE" if cascade else None)


def organization() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organization_id"], ["organizations.id"])
