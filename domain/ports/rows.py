"""The port for the rows of a table: reads by id, and pages."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID

Row = TypeVar("Row")

MAX_COUNTED = 10_000
"""Maximum of rows that a list counts if no count is kept for its filters."""


MAX_FOUND = 1_000
"""Maximum of rows that a search finds."""


class SearchTooBroad(Exception):
    """The searched text is the start of too many ids or numbers."""


class Total(int):
    """The number of rows of a list; `is_capped`: there are more than were counted."""

    is_capped: bool

    def __new__(cls, n: int, *, is_capped: bool = False) -> Self:
        total = int.__new__(cls, n)
        total.is_capped = is_capped
        return total


@dataclass(frozen=True, slots=True)
class After:
    """The row that a page follows, in the list's order: its value of the sort column, creation time and id.

    `is_capped`: the total of the page before was capped, so that this page is not counted again.
    """

    value: Any
    created_at: datetime
    id: UUID
    is_capped: bool = False


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

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Row], Total]:
        """Return a page and the total, which is exact up to `MAX_COUNTED`, or if a count is kept."""
