"""The parts of a label: its parcels and its documents."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from domain.tracking import TrackingStatus


class DocumentKind(StrEnum):
    """The kinds of documents of a shipment."""

    LABEL = "label"
    COMMERCIAL_INVOICE = "commercial_invoice"
    CUSTOMS_FORM = "customs_form"


@dataclass(frozen=True, slots=True)
class LabelDocument:
    """A document that a carrier returned with a label.

    `format` is a key of `domain.shipping.DOCUMENT_STARTS`. `parcel` is the parcel's number; None if the document is for
    the whole shipment.
    """

    kind: DocumentKind
    format: str
    data: bytes = field(repr=False)
    parcel: int | None = None


@dataclass(frozen=True, slots=True)
class LabelParcel:
    """One parcel of a label with several. `number` counts from 1 in the order of the request.

    Each parcel has its own label as its `document`; None if the carrier returned none, or one label for all parcels.
    `carrier_parcel_id` is the carrier's id of the parcel if it differs from the tracking number, `pounds` the weight
    that the carrier echoed.
    """

    number: int
    tracking_number: str
    carrier_parcel_id: str | None = None
    cost: str | None = None
    currency: str | None = None
    document: bytes | None = field(default=None, repr=False)
    pounds: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ShipmentParcel:
    """A parcel of a shipment as stored; `document_id` is its own label, or the label of all parcels."""

    number: int
    tracking_number: str
    carrier_parcel_id: str | None
    cost: str | None
    currency: str | None
    tracking_status: TrackingStatus
    tracked_at: datetime | None
    scanned_at: datetime | None
    document_id: UUID | None


@dataclass(frozen=True, slots=True)
class ShipmentDocument:
    """A document of a shipment as stored, without its content; `size` is the number of bytes."""

    id: UUID
    kind: DocumentKind
    parcel: int | None
    format: str
    size: int
