"""The request model of merged labels."""

from typing import Annotated, Literal

from pydantic import Field

from api.http.types import InputId, RequestModel
from domain.label_parts import DocumentKind

MAX_LABELS = 500

LabelSort = Literal["ids", "order_number", "tracking_number", "created_at", "carrier"]


class MergeRequest(RequestModel):
    """The labels to merge, and their order in the file."""

    ids: Annotated[list[InputId], Field(min_length=1, max_length=MAX_LABELS)]
    """Ids of the shipments, each once."""
    include: list[DocumentKind] = Field([DocumentKind.LABEL], min_length=1, max_length=len(DocumentKind))
    """Kinds of documents in the file.

    The documents of a shipment follow each other, in the order of these kinds and of their parcels. A shipment may lack
    documents for customs, but not its labels.
    """
    sort: LabelSort = "ids"
    """Order of the labels: that of `ids`, or ascending by this field; `carrier` sorts by carrier and service.

    Numbers within an order number count as numbers. Equal labels keep the order of `ids`.
    """
