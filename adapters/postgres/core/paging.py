"""Pages of a table, with totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from adapters.postgres.core.filters import IMPLIED, Link, Part, Where, build_where
from adapters.postgres.core.search import Search
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from domain.ports.rows import MAX_COUNTED, After, PageQuery, Total

T = TypeVar("T")

LAST_OFFSET = 2**62
"""Postgres takes offsets up to a bigint; page numbers are unbounded."""

DEEP = 10_000
"""From this offset on, the page is read from the nearer end."""

VARIED = frozenset({"created_after", "created_before", "updated_after", "updated_before", "actor", "metadata"})
"""Filters that match few or most rows: the best plan depends on the value, so their statements are not prepared."""


@dataclass(frozen=True)
class Counters:
    """A table with row counts by filter; the sum of its `n` is the total."""

    table: str
    filters: frozenset[str]


@dataclass(frozen=True)
class Listing(Generic[T]):
    """How to list a table.

    Args:
        row: the type of a row.
        table: the table's name.
        columns: the select list.
        sorts: for each sort, the columns to order by; `id` is added, so that the order is total and pages are exact.
        filters: for each filter, its condition; see `build_where`.
        nullable: sorts with nulls last. Only they use a NULLS LAST clause, because no other index has that order.
        counters: the table with totals for the filters that it supports, if any.
        search: how to find the rows of the filter `q`; needs the filter `ids`.
    """

    row: type[T]
    table: str
    columns: str
    sorts: Mapping[str, tuple[str, ...]]
    filters: Mapping[str, str | Link]
    nullable: frozenset[str] = frozenset()
    counters: Counters | None = None
    search: Search | None = None

    async def list_(
        self, transaction: OrganizationTransaction, filters: Mapping[str, Any], query: PageQuery
    ) -> tuple[list[T], Total]:
        """Return one page and the total, in one round trip; in two if the page may be nearer to the end.

        Without counters for the filters, the total is capped, and a page beyond it is empty. A total that was capped
        on an earlier page is not counted again. The filter `q` takes one more round trip.
        """
        if self.search is not None and "q" in filters:
            found = await self.search.find(transaction, filters["q"])
            filters = {**{name: value for name, value in filters.items() if name != "q"}, "ids": found}
        where, prepare = build_where(self.filters, filters), False if filters.keys() & VARIED else None
        is_kept, counted = self._is_kept(filters), self._count(filters, where, limit=MAX_COUNTED + 1)
        if query.after is None and query.offset >= DEEP:
            n = await transaction.fetch_value(counted, **where.params)
            total = _limit_total(n, is_kept=is_kept)
            if total.is_capped:
                return [], total
            return await self.page(transaction, filters, query, backwards=query.offset > n // 2), total
        sql, params = self._page(filters, where, query, backwards=False)
        queries: list[tuple[type[Any], str]] = [(self.row, sql)]
        if query.after is None or not query.after.is_capped:
            queries.append((dict, counted))
        rows, *counts = await transaction.fetch_each(queries, prepare=prepare, **where.params, **params)
        return rows, _limit_total(counts[0][0]["n"] if counts else MAX_COUNTED + 1, is_kept=is_kept)

    async def page(
        self,
        transaction: OrganizationTransaction,
        filters: Mapping[str, Any],
        query: PageQuery,
        *,
        backwards: bool = False,
    ) -> list[T]:
        """Return one page; `backwards` reads the same page from the end, which is faster if the end is nearer."""
        where = build_where(self.filters, filters)
        sql, params = self._page(filters, where, query, backwards=backwards)
        return await transaction.fetch_all(self.row, sql, **where.params, **params)

    async def total(self, transaction: OrganizationTransaction, filters: Mapping[str, Any]) -> int:
        """Return the exact total, which takes the longer the more rows match if there are no counters."""
        where = build_where(self.filters, filters)
        total: int = await transaction.fetch_value(self._count(filters, where), **where.params)
        return total

    def _page(
        self, filters: Mapping[str, Any], where: Where, query: PageQuery, *, backwards: bool
    ) -> tuple[str, Params]:
        """Build the statement. It first selects ids in an index, so that no skipped row is read.

        Limits are literals: a generic plan estimates a parameter as a tenth of the table, so that Postgres would plan
        each call anew.
        """
        implied = IMPLIED.get(query.sort)
        if implied is not None and implied[0] in filters:
            where = where.add(implied[1], is_shared=query.sort == "created_at")
        if query.after is not None:
            ids, params = self._after(where, query, query.after)
        elif backwards:
            # Counted in the same statement: concurrent inserts would shift the page otherwise.
            counted, place = f"({self._count(filters, where)})", "%(offset)s"
            limit = f"greatest(0, least(%(limit)s, {counted} - {place}))"
            offset = f"greatest(0, {counted} - {place} - %(limit)s)"
            nearest = self._ids(where, query, self._order(query, backwards=True), f"limit {limit} offset {offset}")
            # The limit is repeated as a literal: the planner estimates a computed limit as a tenth of the table.
            ids = f"select id from ({nearest}) as nearest limit {query.limit:d}"
            params = {"offset": min(query.offset, LAST_OFFSET)}
        elif query.sort in self.nullable and query.offset < DEEP:
            ids = f"{self._select_nulls_last(where, query, f'{query.sort} is not null')} offset %(offset)s"
            params = {"offset": query.offset}
        else:
            reach = query.offset + query.limit if query.offset < DEEP else None
            offset = " offset %(offset)s" if query.offset else ""
            ids = self._ids(where, query, self._order(query), f"limit {query.limit:d}{offset}", reach=reach)
            params = {"offset": min(query.offset, LAST_OFFSET)}
        sql = f"""
            select {self.columns}
            from {self.table} join ({ids}) as ids using (id)
            where organization_id = %(org)s
            order by {self._order(query)}
        """
        return sql, {**params, "limit": query.limit}

    def _after(self, where: Where, query: PageQuery, after: After) -> tuple[str, Params]:
        """Select the ids after a row; an index finds them at any depth."""
        names = (*self.sorts[query.sort], "id")
        params = {f"after_{name}": after.created_at if name == "created_at" else after.value for name in names}
        params["after_id"] = after.id
        beyond = "<" if query.descending else ">"
        order = self._order(query)
        if query.sort in self.nullable and after.value is None:
            rest = f"{query.sort} is null and id {beyond} %(after_id)s"
            return self._ids(where, query, order, f"limit {query.limit:d}", also=rest, reach=query.limit), params
        columns, values = ", ".join(names), ", ".join(f"%(after_{name})s" for name in names)
        following = f"({columns}) {beyond} ({values})"
        if query.sort not in self.nullable:
            return self._ids(where, query, order, f"limit {query.limit:d}", also=following, reach=query.limit), params
        return self._select_nulls_last(where, query, following), params

    def _select_nulls_last(self, where: Where, query: PageQuery, first: str) -> str:
        """Select the ids for a sort with nulls last: first rows with a value, then rows without.

        A condition with OR would scan from the first row. Neither of the two parts has a NULLS clause, so Postgres can
        read both from one index in either direction, even if no row has a value.
        """
        columns = ", ".join((*self.sorts[query.sort], "id"))
        order = self._order(query, nulls=False)
        reach = query.limit if query.after is not None else query.offset + query.limit
        parts = [
            f"({self._ids(where, query, order, f'limit {reach:d}', also=condition, columns=columns, reach=reach)})"
            for condition in (first, f"{query.sort} is null")
        ]
        union = " union all ".join(parts)
        return f"select id from ({union}) as {self.table} order by {self._order(query)} limit {query.limit:d}"

    def _ids(
        self,
        where: Where,
        query: PageQuery,
        order: str,
        bounds: str,
        *,
        also: str = "true",
        columns: str = "id",
        reach: int | None = None,
    ) -> str:
        """Select ids in an order; with `reach`, read each part of the condition from an index, up to that many rows."""
        is_shared = query.sort == "created_at"
        if reach is None or len(where.parts) == 1:
            rows = self._rows(where.shared, where.whole, also, is_shared=is_shared)
            return f"select {columns} from {rows} order by {order} {bounds}"
        names = ", ".join((*self.sorts[query.sort], "id"))
        parts = [
            f"(select {names} from {self._rows(where.shared, part, also, is_shared=is_shared)} order by {order}"
            f" limit {reach:d})"
            for part in where.parts
        ]
        return f"select {columns} from ({' union all '.join(parts)}) as {self.table} order by {order} {bounds}"

    def _rows(self, shared: str, part: Part, also: str = "true", *, is_shared: bool = True) -> str:
        """Return the `from` and `where` clauses of the rows that match `part` and `also`.

        `is_shared`: `also` and the list's order need the columns of links only. If `part` does too, the rows come from
        its first link, in the order of the list, without the table.
        """
        links, rows = part.links, self.table
        if links and is_shared and part.condition == shared:
            links, rows = links[1:], f"({links[0].statement}) as {self.table}"
        return f"{rows} where {' and '.join([part.condition, *(link.condition for link in links), also])}"

    def _is_kept(self, filters: Mapping[str, Any]) -> bool:
        return self.counters is not None and filters.keys() <= self.counters.filters

    def _count(self, filters: Mapping[str, Any], where: Where, *, limit: int | None = None) -> str:
        """Count exactly if there are counters or no limit, otherwise at most to the limit."""
        if self.counters is not None and self._is_kept(filters):
            return f"select coalesce(sum(n), 0)::bigint as n from {self.counters.table} where {where.whole.condition}"
        if limit is None:
            return f"select count(*) as n from {self._rows(where.shared, where.whole)}"
        parts = [f"(select from {self._rows(where.shared, part)} limit {limit:d})" for part in where.parts]
        return (
            f"select count(*) as n from (select from ({' union all '.join(parts)}) as parts limit {limit:d}) as counted"
        )

    def _order(self, query: PageQuery, *, backwards: bool = False, nulls: bool = True) -> str:
        direction, place = ("desc" if query.descending is not backwards else "asc"), "first" if backwards else "last"
        nulls_clauses = dict.fromkeys(self.nullable, f" nulls {place}") if nulls else {}
        return ", ".join(
            f"{self.table}.{name} {direction}{nulls_clauses.get(name, '')}" for name in (*self.sorts[query.sort], "id")
        )


def _limit_total(n: int, *, is_kept: bool) -> Total:
    return Total(n) if is_kept or n <= MAX_COUNTED else Total(MAX_COUNTED, is_capped=True)
