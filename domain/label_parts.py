"""The parts of a label: its parcels and its documents."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


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
