"""What the columns and constraints of every table are made with."""

from typing import Any

from sqlalchemy import (
    DateTime,
    ForeignKeyConstraint,
    LargeBinary,
    Numeric,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field


def text_column(*, key: bool = False, default: str | None = None) -> Any:
    given = {} if default is None else {"server_default": text(f"'{default}'")}
    return Field(sa_type=Text, primary_key=key, sa_column_kwargs=given)


def json_column() -> Any:
    return Field(sa_type=JSONB)


def names_column() -> Any:
    return Field(sa_type=ARRAY(Text))


def ids_column() -> Any:
    return Field(sa_type=ARRAY(Uuid), sa_column_kwargs={"server_default": text("'{}'")})


def bytes_column() -> Any:
    return Field(sa_type=LargeBinary)


def money_column() -> Any:
    return Field(sa_type=Numeric(14, 2))


def time_column() -> Any:
    return Field(sa_type=DateTime(timezone=True))


def now_column() -> Any:
    return Field(sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()})


def in_an_hour_column() -> Any:
    return Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": text("now() + interval '1 hour'")}
    )


def zero_column() -> Any:
    return Field(sa_column_kwargs={"server_default": text("0")})


def false_column() -> Any:
    return Field(sa_column_kwargs={"server_default": text("false")})


def within(parent: str, column: str, *, goes_with_it: bool = False) -> ForeignKeyConstraint:
    """A reference that can't leave the organization; the row goes with the one that it refers to, or keeps it."""
    rule = "CASCADE" if goes_with_it else None
    here, there = ["organization_id", column], [f"{parent}.organization_id", f"{parent}.id"]
    return ForeignKeyConstraint(here, there, ondelete=rule)


def organization() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organization_id"], ["organizations.id"])
