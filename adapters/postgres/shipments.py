"""Shipments and their labels."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from adapters.postgres.listing import Listing
from adapters.postgres.rows import columns
from adapters.postgres.scope import Scope
from domain.ports.stores import PageQuery
from domain.shipping import Shipment

COLUMNS = columns(Shipment, cost="cost::text")
LISTING = Listing(
    row=Shipment,
    table="shipments",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "updated_at": ("updated_at",), "status": ("status", "created_at")},
    filters={
        "status": "status = {}",
        "order_id": "order_id = {}",
        "operation_id": "operation_id = {}",
        "tracking_number": "tracking_number = {}",
    },
)


class PostgresShipments:
    """See `domain.ports.stores.ShipmentStore`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def get(self, shipment_id: UUID) -> Shipment | None:
        """Return a shipment."""
        sql = f"select {COLUMNS} from shipments where organization_id = %(org)s and id = %(id)s"
        return await self._scope.fetch_one(Shipment, sql, id=shipment_id)

    async def several(self, shipment_ids: Collection[UUID]) -> dict[UUID, Shipment]:
        """Return those that there are, by id."""
        sql = f"select {COLUMNS} from shipments where organization_id = %(org)s and id = any(%(ids)s)"
        return {one.id: one for one in await self._scope.fetch_all(Shipment, sql, ids=list(shipment_ids))}

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Shipment], int]:
        """Return a page and the exact total."""
        return await LISTING.page(self._scope, filters, page), await LISTING.total(self._scope, filters)

    async def label(self, shipment_id: UUID) -> tuple[bytes, str] | None:
        """Return the label document and its format."""
        sql = """
            select document, format from shipment_labels
            where organization_id = %(org)s and shipment_id = %(id)s
        """
        found = await self._scope.fetch_one(dict, sql, id=shipment_id)
        return None if found is None else (bytes(found["document"]), found["format"])
