"""The store of shipments and their labels."""

from collections.abc import Collection, Sequence
from uuid import UUID

from adapters.postgres.core.filters import TIMES
from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.search import Search
from adapters.postgres.stores import shipment_uses
from adapters.postgres.stores.orders import BY_ORDER_NUMBER
from domain.operations import ShipmentUser
from domain.ports.stores import StoredLabel
from domain.shipping import Shipment
from domain.tracking import ENDED, MIN_CHECK_INTERVAL, TrackingEvent

COLUMNS = columns(Shipment, cost="trim_scale(cost)::text")
LABEL_COLUMNS = columns(
    StoredLabel,
    id="shipments.id",
    status="shipments.status",
    created_at="shipments.created_at",
    size="octet_length(document)",
    paper="sent #>> '{shipping_options,label,size}'",
)
VOID_END = "coalesce(void_until, usual_void_until)"
OF_ORDER = """
    select shipments.id from orders join shipments on order_id = orders.id
    where orders.organization_id = %(org)s and shipments.organization_id = %(org)s and {{text:orders.{}}}
"""
LISTING = Listing(
    row=Shipment,
    table="shipments",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "updated_at": ("updated_at",), "status": ("status", "created_at")},
    filters={
        **TIMES,
        "status": "status = {}",
        "order_id": "order_id = {}",
        "order_number": f"order_id = any(array({BY_ORDER_NUMBER}))",
        "operation_id": "operation_id = any({})",
        "carrier_account_id": "carrier_account_id = {}",
        "tracking_number": "tracking_number = any({})",
        "ids": "id = any({})",
        "unused": "scanned_at is null and status = 'label_created' and {}::boolean",
        "void_before": f"{VOID_END} > now() and {VOID_END} < {{}}",
    },
    search=Search(
        (
            "select id from shipments where organization_id = %(org)s and {id:id}",
            "select id from shipments where organization_id = %(org)s and {id:order_id}",
            "select id from shipments where organization_id = %(org)s and {id:operation_id}",
            "select id from shipments where organization_id = %(org)s and {text:tracking_number}",
            OF_ORDER.format("external_id"),
            OF_ORDER.format("order_number"),
        )
    ),
)


TRACK_SOON = f"""
    update shipments
    set track_at = least(
        coalesce(track_at, 'infinity'),
        greatest(
            now(),
            coalesce(tracking_checked_at, '-infinity') + {MIN_CHECK_INTERVAL.total_seconds()} * interval '1 second'
        )
    )
    where organization_id = %(org)s
      and (status = 'label_created' and tracking_status <> all(%(ended)s) or status = 'refund_pending')
"""
"""The interval since the last answer stays: a webhook that is replayed many times does not flood the carrier."""

EVENTS = """
    select at, status, code, description, place from tracking_events
    where organization_id = %(org)s and shipment_id = %(id)s order by at nulls first, seen_at, digest
"""

LABELS = f"""
    select {LABEL_COLUMNS}
    from shipments
    left join shipment_labels on shipment_labels.shipment_id = shipments.id
                             and shipment_labels.organization_id = %(org)s
    left join orders on orders.id = shipments.order_id and orders.organization_id = %(org)s
    where shipments.organization_id = %(org)s and shipments.id = any(%(ids)s)
"""
"""The size of a document is in its row, so that Postgres does not read the document."""

DOCUMENTS = """
    select shipment_id, document from shipment_labels
    where organization_id = %(org)s and shipment_id = any(%(ids)s)
"""


class PostgresShipments(PostgresRows[Shipment]):
    """Implements `domain.ports.stores.ShipmentStore` in Postgres."""

    listing = LISTING

    async def label(self, shipment_id: UUID) -> tuple[bytes, str] | None:
        sql = """
            select document, format from shipment_labels
            where organization_id = %(org)s and shipment_id = %(id)s
        """
        found = await self._transaction.fetch_one(dict, sql, id=shipment_id)
        return None if found is None else (bytes(found["document"]), found["format"])

    async def labels(self, ids: Collection[UUID]) -> list[StoredLabel]:
        return await self._transaction.fetch_all(StoredLabel, LABELS, ids=list(ids))

    async def documents(self, ids: Collection[UUID]) -> dict[UUID, bytes]:
        found = await self._transaction.fetch_all(dict, DOCUMENTS, ids=list(ids))
        return {row["shipment_id"]: bytes(row["document"]) for row in found}

    async def users(self, shipment: Shipment) -> list[ShipmentUser]:
        sql = shipment_uses.SHIPMENT_USERS
        return await self._transaction.fetch_all(ShipmentUser, sql, shipment_id=shipment.id, remover=None)

    async def tracking_events(self, shipment_id: UUID) -> list[TrackingEvent]:
        return await self._transaction.fetch_all(TrackingEvent, EVENTS, id=shipment_id)

    async def track_soon(self, shipment_id: UUID) -> bool:
        return await self._transaction.execute(f"{TRACK_SOON} and id = %(id)s", id=shipment_id, ended=list(ENDED)) == 1

    async def track_numbers_soon(self, account_id: UUID, tracking_numbers: Sequence[str]) -> int:
        sql = f"{TRACK_SOON} and carrier_account_id = %(account_id)s and tracking_number = any(%(numbers)s)"
        return await self._transaction.execute(
            sql, account_id=account_id, numbers=list(tracking_numbers), ended=list(ENDED)
        )
