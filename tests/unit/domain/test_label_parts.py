"""Labels with several parcels and documents."""

from dataclasses import replace

import pytest

from domain.errors import Ambiguous
from domain.label_parts import DocumentKind, LabelDocument, LabelParcel
from domain.shipping import Label
from domain.vendors.parcels import ParcelSale, ParcelSupport, find_parcel_support

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
