"""Operations as the API creates them."""

from typing import Any
from uuid import UUID

from adapters.postgres.database import Database
from domain.operations import NewOperation, Operation
from domain.ports.rows import PageQuery

NEWEST = PageQuery(page=1, limit=100, sort="created_at", descending=True)


async def record_operation(
    database: Database, organization: UUID, kind: str = "create_shipment", **columns: Any
) -> Operation:
    """Create a pending operation."""
    async with database.organization(organization) as data:
        fields = {"order_id": None, "input": {"service": "GROUND"}, "plan": {}, **columns}
        return await data.operations.create(NewOperation(kind, **fields))
