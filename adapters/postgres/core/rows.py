"""The base of the stores of resources: reads by id, pages, inserts."""

from collections.abc import Collection, Mapping
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.transaction import OrganizationTransaction
from domain.ids import new_id
from domain.ports.rows import PageQuery, Total


class Identified(Protocol):
    """A row with an id."""

    @property
    def id(self) -> UUID: ...


Row = TypeVar("Row", bound=Identified)


class PostgresRows(Generic[Row]):
    """Implements `domain.ports.stores.RowStore` for the table of `listing`."""

    listing: Listing[Row]

    def __init__(self, transaction: OrganizationTransaction) -> None:
        self._transaction = transaction

    async def get(self, ident: UUID) -> Row | None:
        return await self._transaction.fetch_one(*self.select_by("id"), id=ident)

    async def get_many(self, idents: Collection[UUID]) -> dict[UUID, Row]:
        sql = f"{self._select()} and id = any(%(ids)s)"
        return {row.id: row for row in await self._transaction.fetch_all(self.listing.row, sql, ids=list(idents))}

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Row], Total]:
        return await self.listing.list_(self._transaction, filters, page)

    async def _insert(self, values: Mapping[str, Any]) -> Row:
        sql = f"""
            insert into {self.listing.table} (id, organization_id, {", ".join(values)})
            values (%(id)s, %(org)s, {", ".join(f"%({name})s" for name in values)})
            returning {self.listing.columns}
        """
        created = await self._transaction.fetch_one(self.listing.row, sql, id=new_id(), **values)
        assert created is not None  # noqa: S101 (an insert returns its row)
        return created

    def select_by(self, parameter: str) -> tuple[type[Row], str]:
        """Return the query for the row whose id is the parameter of that name, for a pipeline of several queries."""
        return self.listing.row, f"{self._select()} and id = %({parameter})s"

    def _select(self) -> str:
        return f"select {self.listing.columns} from {self.listing.table} where organization_id = %(org)s"
