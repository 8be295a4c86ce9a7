"""Rows that the tests need."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from adapters.postgres.database import Database
from domain.operations import NewOperation, Operation, OperationStatus
from domain.plan import Plan
from domain.ports.stores import PageQuery

NEWEST = PageQuery(page=1, limit=100, sort="created_at", descending=True)


class Admin:
    """The superuser's connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def run(self, sql: str, *params: Any) -> None:
        self.connection.execute(sql.encode(), params or None)

    def value(self, sql: str, *params: Any) -> Any:
        row = self.connection.execute(sql.encode(), params or None).fetchone()
        return None if row is None else row[0]

    def operation(self, organization: UUID, status: OperationStatus, **columns: Any) -> UUID:
        """Insert an operation in any status."""
        values = {
            "id": uuid4(), "organization_id": organization, "type": "create_shipment", "status": status.value,
            "input": Jsonb({}), "plan": Jsonb({}), "undo_status": "none", "current_run": 0, **columns,
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.run(f"insert into operations ({names}) values ({places})", *values.values())
        return UUID(str(values["id"]))

    def effect(self, organization: UUID, operation: UUID, **columns: Any) -> UUID:
        """Insert an effect."""
        values = {
            "id": uuid4(), "organization_id": organization, "operation_id": operation, "run": 1, "round": 1,
            "position": 1, "step": "buy_label", "direction": "do", "state": "unknown", "reference": uuid4().hex,
            "attempts": 1, **columns,
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.run(f"insert into effects ({names}) values ({places})", *values.values())
        return UUID(str(values["id"]))

    def shipment(self, organization: UUID, operation: UUID, account: UUID, **columns: Any) -> UUID:
        """Insert a shipment."""
        values = {
            "id": uuid4(), "organization_id": organization, "operation_id": operation, "carrier_account_id": account,
            "carrier": "ups", "service": "GROUND", "status": "label_created", "reference": uuid4().hex,
            "carrier_shipment_id": "s1", "tracking_number": "1Z", "label_format": "PDF", **columns,
        }  # fmt: skip
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.run(f"insert into shipments ({names}) values ({places})", *values.values())
        return UUID(str(values["id"]))


async def recorded(database: Database, organization: UUID, kind: str = "create_shipment", **columns: Any) -> Operation:
    """Record a pending operation."""
    async with database.organization(organization) as data:
        given = {"order_id": None, "input": {"service": "GROUND"}, "plan": Plan(), **columns}
        return await data.operations.create(NewOperation(kind, **given), "key-1")


def an_order(**columns: Any) -> dict[str, Any]:
    """What the API upserts."""
    return {
        "external_id": "1001", "order_number": "#1001", "status": "pending", "currency": "USD", "total": "12.5",
        "customer": {"name": "Ada"}, "ship_to": None, "line_items": [{"sku": "A", "quantity": 2}], "bridge_id": None,
        **columns,
    }  # fmt: skip


def an_account(**columns: Any) -> dict[str, Any]:
    """What the API creates a carrier account from."""
    return {"carrier": "ups", "name": "Main", "mode": "test", "is_default": False, "settings": {"a": 1}, **columns}


def a_bridge(**columns: Any) -> dict[str, Any]:
    """What the API creates a bridge from."""
    return {"channel": "sandbox", "name": "Shop", "mode": "test", "settings": {}, **columns}


def secret_hash(secret: str) -> bytes:
    """The hash that is stored of a key's secret."""
    return hashlib.sha256(secret.encode()).digest()
