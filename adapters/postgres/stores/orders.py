"""Orders."""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import as_json, assignments, columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import Params
from domain.errors import BridgeNotFound
from domain.ids import new_id
from domain.orders import Order

COLUMNS = columns(Order, total="total::text")
LISTING = Listing(
    row=Order,
    table="orders",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "updated_at": ("updated_at",), "status": ("status", "created_at")},
    filters={"status": "status = {}", "external_id": "external_id = {}"},
)

WRITABLE = (
    "order_number", "status", "currency", "total", "customer", "ship_to", "line_items", "bridge_id",
)  # fmt: skip
JSON = frozenset({"customer", "ship_to", "line_items"})


class PostgresOrders(PostgresRows[Order]):
    """See `domain.ports.stores.OrderStore`."""

    listing = LISTING

    async def upsert(self, order: Mapping[str, Any], given: Collection[str]) -> tuple[Order, bool]:
        names = [name for name in WRITABLE if name in order]
        changes = ", ".join([*(f"{name} = excluded.{name}" for name in names if name in given), "updated_at = now()"])
        sql = f"""
            insert into orders (id, organization_id, external_id, {", ".join(names)})
            values (%(id)s, %(org)s, %(external_id)s, {", ".join(f"%({name})s" for name in names)})
            on conflict (organization_id, external_id) do update set {changes}
            returning {columns(Order, total="orders.total::text")}
        """
        ident = new_id()
        with _raise_missing_bridge(order):
            stored = await self._transaction.fetch_one(
                Order, sql, id=ident, external_id=order["external_id"], **_values(order)
            )
        assert stored is not None  # noqa: S101 (an upsert returns its row)
        return stored, stored.id == ident

    async def update(self, order_id: UUID, changes: Mapping[str, Any]) -> Order | None:
        values = _values(changes)
        sql = f"""
            update orders set {assignments(values)}
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        with _raise_missing_bridge(changes):
            return await self._transaction.fetch_one(Order, sql, id=order_id, **values)


def _values(order: Mapping[str, Any]) -> Params:
    return {name: as_json(order[name]) if name in JSON else order[name] for name in WRITABLE if name in order}


@contextlib.contextmanager
def _raise_missing_bridge(order: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.ForeignKeyViolation as error:
        raise BridgeNotFound(order["bridge_id"]) from error
