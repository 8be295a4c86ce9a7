"""One page of a table, and how many rows there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.postgres.scope import Scope
from domain.ports.stores import PageQuery

T = TypeVar("T")

LAST_OFFSET = 2**62
"""A page number has no bound, a bigint has."""


@dataclass(frozen=True)
class Listing(Generic[T]):
    """How a table is listed.

    Args:
        row: what a row becomes.
        table: its name.
        columns: the select list.
        sorts: by sort, the columns to order by; `id` is added, so that the order is total and pages are exact.
        filters: by filter, its condition; `{}` stands for the value.
        nullable: the sorts whose nulls come last; said only there, because no other index is kept in that order.
    """

    row: type[T]
    table: str
    columns: str
    sorts: Mapping[str, tuple[str, ...]]
    filters: Mapping[str, str]
    nullable: frozenset[str] = frozenset()

    async def page(self, scope: Scope, filters: Mapping[str, Any], query: PageQuery) -> list[T]:
        """Return one page. The ids come first, by index alone, so that a deep page reads no row that it skips."""
        order = self._order(query)
        sql = f"""
            select {self.columns}
            from {self.table} join (
                select id from {self.table} where {self._where(filters)} order by {order}
                limit %(limit)s offset %(offset)s
            ) as chosen using (id)
            where organization_id = %(org)s
            order by {order}
        """
        offset = min(query.offset, LAST_OFFSET)
        return await scope.fetch_all(self.row, sql, **filters, limit=query.limit, offset=offset)

    async def total(self, scope: Scope, filters: Mapping[str, Any]) -> int:
        """Count the rows."""
        sql = f"select count(*) from {self.table} where {self._where(filters)}"
        total: int = await scope.fetch_value(sql, **filters)
        return total

    def _where(self, filters: Mapping[str, Any]) -> str:
        conditions = [self.filters[name].format(f"%({name})s") for name in filters]
        return " and ".join(["organization_id = %(org)s", *conditions])

    def _order(self, query: PageQuery) -> str:
        direction = "desc" if query.descending else "asc"
        nulls = dict.fromkeys(self.nullable, " nulls last")
        return ", ".join(
            f"{self.table}.{name} {direction}{nulls.get(name, '')}" for name in (*self.sorts[query.sort], "id")
        )
