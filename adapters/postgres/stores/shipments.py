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
from domain.label_parts import ShipmentDocument
from domain.operations import ShipmentUser
from domain.ports.stores import StoredLabel
from domain.shipping import Shipment
from domain.tracking import ENDED, MIN_CHECK_INTERVAL, TrackingEvent

LABEL = """
    select id from shipment_documents as label
    where label.organization_id = shipments.organization_id and shipment_id = shipments.id and kind = 'label'
    order by parcel nulls first, id limit 1
"""
PARCELS = """
    select coalesce(jsonb_agg(
        to_jsonb(piece) - array['organization_id', 'shipment_id']
        || jsonb_build_object('cost', trim_scale(piece.cost)::text, 'document_id', (
            select id from shipment_documents as label
            where label.organization_id = piece.organization_id and label.shipment_id = piece.shipment_id
              and kind = 'label' and coalesce(label.parcel, piece.number) = piece.number
            order by label.parcel nulls last, id limit 1
        ))
        order by piece.number
    ), '[]')
    from shipment_parcels as piece
    where piece.organization_id = shipments.organization_id and piece.shipment_id = shipments.id
"""
COLUMNS = columns(Shipment, cost="trim_scale(cost)::text", label_id=f"({LABEL})", parcels=f"({PARCELS})")
DOCUMENT_COLUMNS = columns(ShipmentDocument, size="octet_length(document)")
DOCUMENTS = """
    select coalesce(jsonb_agg(
        jsonb_build_object('id', id, 'kind', kind, 'parcel', parcel, 'format', format, 'size', octet_length(document))
        order by parcel nulls first, id
    ), '[]')
    from shipment_documents
    where shipment_documents.organization_id = %(org)s and shipment_id = shipments.id
"""
"""The size of a document is in its row, so that Postgres does not read the document."""
PARCEL_COUNT = """
    select count(*) from shipment_parcels
    where shipment_parcels.organization_id = %(org)s and shipment_id = shipments.id
"""
LABEL_COLUMNS = columns(
    StoredLabel,
    id="shipments.id",
    status="shipments.status",
    created_at="shipments.created_at",
    documents=f"({DOCUMENTS})",
    parcels=f"({PARCEL_COUNT})",
    paper="sent #>> '{shipping_options,label,size}'",
)
VOID_END = "coalesce(void_until, usual_void_until)"
BY_TRACKING_NUMBER = """
    select id from shipments where organization_id = %(org)s and tracking_number = any({})
    union
    select shipment_id from shipment_parcels where organization_id = %(org)s and tracking_number = any({})
"""
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
        "tracking_number": f"id = any(array({BY_TRACKING_NUMBER}))",
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
            "select shipment_id as id from shipment_parcels where organization_id = %(org)s and {text:tracking_number}",
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

HAS_NUMBER = """
    (tracking_number = any(%(numbers)s) or id = any(array(
        select shipment_id from shipment_parcels
        where organization_id = %(org)s and tracking_number = any(%(numbers)s)
    )))
"""

EVENTS = """
    select at, status, code, description, place from tracking_events
    where organization_id = %(org)s and shipment_id = %(id)s order by at nulls first, seen_at, digest
"""

LABELS = f"""
    select {LABEL_COLUMNS}
    from shipments
    left join orders on orders.id = shipments.order_id and orders.organization_id = %(org)s
    where shipments.organization_id = %(org)s and shipments.id = any(%(ids)s)
"""

CONTENTS = """
    select id, document from shipment_documents where organization_id = %(org)s and id = any(%(ids)s)
"""


class PostgresShipments(PostgresRows[Shipment]):
    """Implements `domain.ports.stores.ShipmentStore` in Postgres."""

    listing = LISTING

    async def label(self, shipment_id: UUID) -> tuple[bytes, str] | None:
        sql = """
            select document, format from shipment_documents
            where organization_id = %(org)s and shipment_id = %(id)s and kind = 'label'
            order by parcel nulls first, id limit 1
        """
        found = await self._transaction.fetch_one(dict, sql, id=shipment_id)
        return None if found is None else (bytes(found["document"]), found["format"])

    async def labels(self, ids: Collection[UUID]) -> list[StoredLabel]:
        return await self._transaction.fetch_all(StoredLabel, LABELS, ids=list(ids))

    async def contents(self, ids: Collection[UUID]) -> dict[UUID, bytes]:
        found = await self._transaction.fetch_all(dict, CONTENTS, ids=list(ids))
        return {row["id"]: bytes(row["document"]) for row in found}

    async def documents(self, shipment_id: UUID) -> list[ShipmentDocument]:
        sql = f"""
            select {DOCUMENT_COLUMNS} from shipment_documents
            where organization_id = %(org)s and shipment_id = %(id)s
            order by kind <> 'label', kind, parcel nulls first, id
        """
        return await self._transaction.fetch_all(ShipmentDocument, sql, id=shipment_id)

    async def document(self, shipment_id: UUID, document_id: UUID) -> tuple[bytes, ShipmentDocument] | None:
        of_document = "where organization_id = %(org)s and shipment_id = %(shipment_id)s and id = %(id)s"
        documents, contents = await self._transaction.fetch_each(
            (
                (ShipmentDocument, f"select {DOCUMENT_COLUMNS} from shipment_documents {of_document}"),
                (dict, f"select document from shipment_documents {of_document}"),
            ),
            shipment_id=shipment_id,
            id=document_id,
        )
        return (bytes(contents[0]["document"]), documents[0]) if documents and contents else None

    async def users(self, shipment: Shipment) -> list[ShipmentUser]:
        sql = shipment_uses.SHIPMENT_USERS
        return await self._transaction.fetch_all(ShipmentUser, sql, shipment_id=shipment.id, remover=None)

    async def tracking_events(self, shipment_id: UUID) -> list[TrackingEvent]:
        return await self._transaction.fetch_all(TrackingEvent, EVENTS, id=shipment_id)

    async def track_soon(self, shipment_id: UUID) -> bool:
        return await self._transaction.execute(f"{TRACK_SOON} and id = %(id)s", id=shipment_id, ended=list(ENDED)) == 1

    async def track_numbers_soon(self, account_id: UUID, tracking_numbers: Sequence[str]) -> int:
        sql = f"{TRACK_SOON} and carrier_account_id = %(account_id)s and {HAS_NUMBER}"
        return await self._transaction.execute(
            sql, account_id=account_id, numbers=list(tracking_numbers), ended=list(ENDED)
        )
