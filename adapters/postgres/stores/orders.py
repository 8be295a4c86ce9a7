"""The store of orders."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg

from adapters.postgres.core.filters import BY_METADATA, TIMES, Link
from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import as_json, assignments, columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.search import Search
from adapters.postgres.core.transaction import Params
from adapters.postgres.stores.erasure import erase, find_open_operation
from adapters.postgres.stores.order_status import preview_undo, refresh_status, replace_own_status
from domain.errors import BridgeNotFound, OrderExists
from domain.operations import ShipmentUser
from domain.orders import Order, OrderStatus

BY_ORDER_NUMBER = "select id from orders where organization_id = %(org)s and order_number = any({})"
BY_TRACKING_NUMBER = """
    select order_id from shipments
    where organization_id = %(org)s and tracking_number = any({}) and order_id is not null
"""
COLUMNS = columns(Order, total="trim_scale(total)::text")
LISTING = Listing(
    row=Order,
    table="orders",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "updated_at": ("updated_at",), "status": ("status", "created_at")},
    filters={
        **TIMES,
        "status": "status = {}",
        "external_id": "external_id = any({})",
        "order_number": "order_number = any({})",
        "tracking_number": f"id = any(array({BY_TRACKING_NUMBER}))",
        "bridge_id": "bridge_id = {}",
        "ids": "id = any({})",
        "metadata": Link("order_metadata", "order_id", BY_METADATA, key="id"),
    },
    search=Search(
        (
            "select id from orders where organization_id = %(org)s and {id:id}",
            "select id from orders where organization_id = %(org)s and {text:external_id}",
            "select id from orders where organization_id = %(org)s and {text:order_number}",
            """
            select order_id from shipments
            where organization_id = %(org)s and {text:tracking_number} and order_id is not null
            """,
        )
    ),
)

WRITABLE = (
    "external_id", "order_number", "status", "currency", "total", "customer", "ship_to", "line_items", "bridge_id",
    "mode", "metadata",
)  # fmt: skip
JSON = frozenset({"customer", "ship_to", "line_items", "metadata"})

TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended(%(org)s::text || %(external_id)s, 3))"
"""If two upserts of one external id race, the second sees the order that the first inserted."""

CANDIDATE = """
    and external_id = %(external_id)s and (bridge_id is not distinct from %(bridge_id)s or bridge_id is null)
    order by bridge_id nulls last limit 1 for update
"""
"""The order with this identity, else the order without a bridge."""

HAS_OPERATIONS = "exists (select from operations where organization_id = %(org)s and order_id = %(id)s)"
"""Used in a separate statement after the row lock, so that it sees every operation on the order."""

ADOPT = f"""
    update orders set bridge_id = %(bridge_id)s, updated_at = now()
    where organization_id = %(org)s and id = %(id)s and not {HAS_OPERATIONS}
    returning {COLUMNS}
"""


class PostgresOrders(PostgresRows[Order]):
    """Implements `domain.ports.stores.OrderStore` in Postgres."""

    listing = LISTING

    async def lock(self, order_id: UUID) -> Order | None:
        return await self._transaction.fetch_one(Order, f"{self._select()} and id = %(id)s for update", id=order_id)

    async def lock_by_identity(self, external_id: str, bridge_id: UUID | None) -> Order | None:
        names = {"external_id": external_id, "bridge_id": bridge_id}
        await self._transaction.execute(TAKE_TURNS, external_id=external_id)
        order = await self._transaction.fetch_one(Order, f"{self._select()} {CANDIDATE}", **names)
        if order is None or order.bridge_id == bridge_id:
            return order
        return await self._transaction.fetch_one(Order, ADOPT, id=order.id, bridge_id=bridge_id)

    async def create(self, order: Mapping[str, Any]) -> Order:
        with _translate_errors(order):
            return await self._insert(_values(order))

    async def update(self, order_id: UUID, changes: Mapping[str, Any]) -> Order | None:
        values = _values(changes)
        sql = f"""
            update orders set {assignments(values)}
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        with _translate_errors(changes):
            order = await self._transaction.fetch_one(Order, sql, id=order_id, **values)
        if order is not None and "status" in changes:
            await replace_own_status(self._transaction, order_id, order.status)
        elif order is not None and "line_items" in changes and order.fulfilled:
            await refresh_status(self._transaction, order_id)
            return await self.get(order_id)
        return order

    async def has_operations(self, order_id: UUID) -> bool:
        return bool(await self._transaction.fetch_value(f"select {HAS_OPERATIONS}", id=order_id))

    async def find_open_operation(self, order_id: UUID) -> ShipmentUser | None:
        return await find_open_operation(self._transaction, order_id)

    async def erase(self, order_id: UUID, reason: str) -> Order | None:
        await erase(self._transaction, order_id, reason)
        return await self.get(order_id)

    async def preview_undo(self, order_id: UUID, operation_id: UUID) -> tuple[OrderStatus, OrderStatus] | None:
        return await preview_undo(self._transaction, order_id, operation_id)


def _values(order: Mapping[str, Any]) -> Params:
    return {name: as_json(order[name]) if name in JSON else order[name] for name in WRITABLE if name in order}


@contextlib.contextmanager
def _translate_errors(order: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.ForeignKeyViolation as error:
        raise BridgeNotFound(order["bridge_id"]) from error
    except psycopg.errors.UniqueViolation as error:
        raise OrderExists(order["bridge_id"]) from error
