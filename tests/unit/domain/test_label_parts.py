"""Labels with several parcels and documents."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.adoption import find_difference, is_part
from domain.errors import Ambiguous
from domain.label_parts import DocumentKind, LabelDocument, LabelParcel
from domain.shipping import Label
from domain.tracking import Progress, TrackingStatus, combine
from domain.vendors.parcels import ParcelSale, ParcelSupport, find_parcel_support
from tests.fixtures.builders import PARCEL, build_shipment_request

EARLY = datetime(2026, 1, 2, tzinfo=UTC)
LABEL = Label("S1", "1Z1", "GROUND", live=True, label_format="PDF", cost="30.00", currency="USD")
PARCELS = (LabelParcel(1, "1Z1", cost="10.00", currency="USD"), LabelParcel(2, "1Z2", document=b"%PDF-1"))


def test_a_label_without_parcels_has_one() -> None:
    assert LABEL.all_parcels == (LabelParcel(1, "1Z1", cost="30.00", currency="USD"),)
    assert replace(LABEL, parcels=PARCELS).all_parcels == PARCELS


@pytest.mark.parametrize(
    "parcels",
    [
        (LabelParcel(2, "1Z1"),),
        (LabelParcel(1, "1Z1"), LabelParcel(1, "1Z2")),
        (LabelParcel(1, "\n"),),
        (LabelParcel(1, "1Z1", carrier_parcel_id="x" * 256),),
    ],
)
def test_an_answer_with_malformed_parcels_names_no_label(parcels: tuple[LabelParcel, ...]) -> None:
    with pytest.raises(Ambiguous):
        replace(LABEL, parcels=parcels)


def test_an_invalid_price_or_document_of_a_parcel_is_dropped() -> None:
    label = replace(LABEL, parcels=(LabelParcel(1, "1Z1", cost="a lot", currency="USD", document=b"<html>"),))

    assert label.parcels == (LabelParcel(1, "1Z1"),)


def test_a_document_has_the_format_of_its_content() -> None:
    documents = (
        LabelDocument(DocumentKind.COMMERCIAL_INVOICE, "PNG", b"%PDF-1.7"),
        LabelDocument(DocumentKind.CUSTOMS_FORM, "PDF", b"no document"),
    )

    assert replace(LABEL, documents=documents).documents == (replace(documents[0], format="PDF"),)


def test_the_first_declaration_of_a_service_counts() -> None:
    multi = ParcelSupport(sale=ParcelSale.MULTI_PIECE, max_parcels=20, services=("ups_*",))
    each = ParcelSupport(sale=ParcelSale.ONE_LABEL_EACH, max_parcels=50, services=("usps_*",))

    assert find_parcel_support((multi, each), "ups_ground") is multi
    assert find_parcel_support((multi, each), "dhl_express") is None
    assert find_parcel_support((multi, each), "") is each


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        (("delivered", "in_transit"), "in_transit"),
        (("out_for_delivery", "in_transit"), "in_transit"),
        (("delivered", "unknown"), "unknown"),
        (("exception", "pre_transit"), "exception"),
        (("delivered", "delivered"), "delivered"),
        (("cancelled", "in_transit"), "in_transit"),
        (("cancelled", "delivered"), "delivered"),
        (("cancelled", "cancelled"), "cancelled"),
    ],
)
def test_a_shipment_is_as_far_as_its_last_parcel(statuses: tuple[str, ...], whole: str) -> None:
    parcels = [Progress(TrackingStatus(status), at=EARLY, scanned_at=EARLY) for status in statuses]

    assert combine(parcels) == Progress(TrackingStatus(whole), EARLY, EARLY)


def test_a_found_label_needs_the_number_and_weights_of_the_requested_parcels() -> None:
    request = build_shipment_request("GROUND", "PDF", parcels=[PARCEL, {**PARCEL, "weight": "40", "weight_unit": "lb"}])
    light = LabelParcel(1, "1Z1", pounds=request.parcels[0].weight)
    found = replace(LABEL, parcels=(replace(light, pounds=Decimal(40)), replace(light, number=2)))
    other = replace(LABEL, parcels=(light, replace(light, number=2)))
    more = replace(LABEL, parcels=(*found.parcels, replace(light, number=3)))

    assert [find_difference(label, request) for label in (found, other, more, LABEL)] == [
        None,
        "weight of a parcel",
        "number of parcels",
        "number of parcels",
    ]
    assert [is_part(label, request) for label in (found, more, LABEL)] == [False, False, True]
