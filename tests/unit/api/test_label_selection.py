"""The order of merged labels."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from api.labels.schemas import LabelSort, MergeRequest
from api.labels.selection import choose_documents
from domain.label_parts import DocumentKind, ShipmentDocument
from domain.ports.stores import StoredLabel
from domain.shipping import ShipmentStatus

FIELDS = [
    # order number, tracking number, day, carrier, service
    ("#1001", "3", 2, "ups", "GROUND"),
    (None, "1", 1, "fedex", "HOME"),
    ("#999", "2", 4, "ups", "AIR"),
    ("#1001", "4", 3, "fedex", "GROUND"),
]


def build_label(place: int, fields: tuple[Any, ...]) -> StoredLabel:
    order_number, tracking_number, day, carrier, service = fields
    return StoredLabel(
        id=UUID(int=place),
        status=ShipmentStatus.LABEL_CREATED,
        order_number=order_number,
        tracking_number=tracking_number,
        carrier=carrier,
        service=service,
        created_at=datetime(2026, 1, day, tzinfo=UTC),
        documents=(ShipmentDocument(UUID(int=place), DocumentKind.LABEL, None, "PDF", 10),),
        parcels=0,
        paper=None,
    )


@pytest.mark.parametrize(
    ("sort", "places"),
    [
        ("ids", [0, 1, 2, 3]),
        ("order_number", [2, 0, 3, 1]),
        ("tracking_number", [1, 2, 0, 3]),
        ("created_at", [1, 0, 3, 2]),
        ("carrier", [3, 1, 2, 0]),
    ],
)
def test_labels_are_sorted_as_asked(sort: LabelSort, places: list[int]) -> None:
    """Numbers in order numbers count as numbers, equal labels keep the client's order, and missing numbers are last."""
    labels = {UUID(int=place): build_label(place, fields) for place, fields in enumerate(FIELDS)}

    chosen = choose_documents(MergeRequest(ids=list(labels), sort=sort), labels)

    assert [document.id.int for document in chosen] == places
