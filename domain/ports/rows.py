"""The port for the rows of a table: reads by id, and pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class After:
    """The row that a page follows, in the list's order: its value of the sort column, creation time and id."""

    value: Any
    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page: `page` from 1, `limit` from 1 to 101, `sort` a column of the resource, `descending` newest first.

    If `after` is given, the page begins after that row, and `page` is ignored.
    """

    page: int
    limit: int
    sort: str
    descending: bool
    after: After | None = None

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


class RowStore(Protocol[Row]):
    """The rows of one kind, found by id or by the filters that each store names."""

    async def get(self, ident: UUID) -> Row | None:
        """Return a row."""

    async def get_many(self, idents: Collection[UUID]) -> dict[UUID, Row]:
        """Return the rows that exist, by id."""

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Row], int]:
        """Return a page and the exact total."""
