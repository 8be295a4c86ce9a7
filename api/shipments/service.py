"""Finds shipments, their labels and their tracking."""

from api.http.auth import Caller
from api.http.errors import LabelVoided
from api.http.resources import find_row, list_rows
from api.http.responses import Answer, answer_many, answer_one
from api.http.types import parse_path_id
from api.operations.references import StoredReferences
from api.shipments.documents import FORMATS, document_headers
from api.shipments.schemas import (
    DocumentRead,
    LabelQuery,
    ParcelRead,
    ParcelTracking,
    RefundRead,
    ShipmentQuery,
    ShipmentRead,
    TrackingDetail,
    TrackingEventRead,
    TrackingRead,
)
from domain.currencies import format_amount
from domain.errors import DocumentNotFound, LabelNotFound, ShipmentNotFound
from domain.label_parts import ShipmentParcel
from domain.ports.stores import OrganizationData
from domain.shipping import Shipment, ShipmentStatus

VOIDED = "Orderly-Label-Voided"


async def list_shipments(caller: Caller, query: ShipmentQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.shipments, to_read_model)


async def get_shipment(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(to_read_model(await find_row(data.shipments, raw_id, ShipmentNotFound)))


async def get_tracking(caller: Caller, raw_id: str) -> Answer:
    """Return the progress of the parcel, with the carrier's events."""
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(await _read_tracking(data, await find_row(data.shipments, raw_id, ShipmentNotFound)))


async def refresh_tracking(caller: Caller, raw_id: str) -> Answer:
    """Schedule a request to the carrier; return the stored state."""
    shipment_id = parse_path_id(raw_id, ShipmentNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        if await StoredReferences(data, caller.context.carrier_queries, caller.key.mode).shipment(shipment_id) is None:
            raise ShipmentNotFound(shipment_id)
        await data.shipments.track_soon(shipment_id)
        return answer_one(await _read_tracking(data, await find_row(data.shipments, raw_id, ShipmentNotFound)), 202)


async def get_label(caller: Caller, raw_id: str, query: LabelQuery) -> Answer:
    """Return the label's document, unchanged from the carrier."""
    shipment_id = parse_path_id(raw_id, ShipmentNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        stored = next(iter(await data.shipments.labels([shipment_id])), None)
        if stored is None:
            raise ShipmentNotFound(shipment_id)
        is_voided = stored.status is not ShipmentStatus.LABEL_CREATED
        if is_voided and query.voided is None:
            raise LabelVoided(shipment_id, stored.status)
        found = await data.shipments.label(shipment_id)
    if found is None:
        raise LabelNotFound(shipment_id)
    return _answer_document(caller, found, f"label-{shipment_id}", is_voided=is_voided)


async def list_documents(caller: Caller, raw_id: str) -> Answer:
    """Return the documents of a shipment, without their content."""
    async with caller.context.database.autocommit(caller.organization_id) as data:
        shipment = await find_row(data.shipments, raw_id, ShipmentNotFound)
        found = await data.shipments.documents(shipment.id)
    return answer_many([DocumentRead.of(document, media_type=FORMATS[document.format]) for document in found])


async def get_document(caller: Caller, raw_id: str, raw_document_id: str, query: LabelQuery) -> Answer:
    """Return the content of a document, unchanged from the carrier."""
    document_id = parse_path_id(raw_document_id, DocumentNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        shipment = await find_row(data.shipments, raw_id, ShipmentNotFound)
        found = await data.shipments.document(shipment.id, document_id)
    if found is None:
        raise DocumentNotFound(document_id)
    is_voided = shipment.status is not ShipmentStatus.LABEL_CREATED
    if is_voided and query.voided is None:
        raise LabelVoided(shipment.id, shipment.status)
    content, document = found
    name = f"{document.kind.value}-{document_id}"
    return _answer_document(caller, (content, document.format), name, is_voided=is_voided)


def _answer_document(caller: Caller, found: tuple[bytes, str], name: str, *, is_voided: bool) -> Answer:
    document, document_format = found
    headers = document_headers(caller.request, document_format, name)
    return Answer(200, document, {**headers, VOIDED: "true"} if is_voided else headers)


async def _read_tracking(data: OrganizationData, shipment: Shipment) -> TrackingDetail:
    events = await data.shipments.tracking_events(shipment.id)
    return TrackingDetail(
        **dict(_to_tracking(shipment)),
        shipment_id=shipment.id,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        events=[TrackingEventRead.model_validate(event) for event in events],
    )


def to_read_model(shipment: Shipment) -> ShipmentRead:
    cost = None if shipment.cost is None else format_amount(shipment.cost, shipment.currency)
    return ShipmentRead.of(
        shipment,
        cost=cost,
        parcels=[_to_parcel(shipment, parcel) for parcel in shipment.all_parcels],
        tracking=_to_tracking(shipment),
        refund=_to_refund(shipment),
    )


def _to_parcel(shipment: Shipment, parcel: ShipmentParcel) -> ParcelRead:
    tracking = ParcelTracking(status=parcel.tracking_status, at=parcel.tracked_at, scanned_at=parcel.scanned_at)
    cost = None if parcel.cost is None else format_amount(parcel.cost, parcel.currency)
    return ParcelRead.of(parcel, cost=cost, status=shipment.status, tracking=tracking)


def _to_refund(shipment: Shipment) -> RefundRead | None:
    if shipment.refund is None:
        return None
    return RefundRead(
        status=shipment.refund,
        checked_at=shipment.refund_checked_at,
        problem=shipment.tracking_problem if shipment.status is ShipmentStatus.REFUND_PENDING else None,
        next_check_at=shipment.track_at,
    )


def _to_tracking(shipment: Shipment) -> TrackingRead:
    return TrackingRead(
        status=shipment.tracking_status,
        at=shipment.tracked_at,
        scanned_at=shipment.scanned_at,
        checked_at=shipment.tracking_checked_at,
        problem=shipment.tracking_problem if shipment.status is not ShipmentStatus.REFUND_PENDING else None,
        next_check_at=shipment.track_at if shipment.status is ShipmentStatus.LABEL_CREATED else None,
    )
