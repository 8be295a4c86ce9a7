"""Sandbox labels can be printed and scanned, and are marked as samples."""

import re
import time
from dataclasses import replace
from decimal import Decimal

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from sandbox.carriers.contracts import Address
from sandbox.carriers.label_layout import NOT_FOR_MAILING, LabelLayout, address_lines, to_printable
from sandbox.carriers.labels_pdf import draw_pdf
from sandbox.carriers.labels_png import draw_png
from sandbox.carriers.labels_zpl import draw_zpl, escape
from sandbox.carriers.services import CARRIERS, pounds, price
from sandbox.carriers.tracking_numbers import random_tracking_number

SERVICES = [(carrier, code) for carrier, codes in CARRIERS.items() for code in codes]


def build_layout(carrier: str, code: str, *, wide: bool = False) -> LabelLayout:
    service = CARRIERS[carrier][code]
    line = "W" * 48 if wide else "Jane Doe"
    return LabelLayout(
        service=service.title,
        reference="W" * 64 if wide else "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        tracking_number=random_tracking_number(carrier, service.tracking_prefix),
        ship_from=[line, "Warehouse 7", "1 Dock Rd", "Unit 2", "Reno NV 89501", "US"],
        ship_to=[line, "Acme", "500 Main St", "Floor 3", "Memphis TN 38103", "US"],
        parcels="1 parcel, 2.50 lb",
        options=["PO 4711  INVOICE " + line, "SIGNATURE ADULT"],
    )


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("carrier", "code"), SERVICES)
def test_the_barcode_of_the_pdf_is_the_tracking_number(carrier: str, code: str, wide: bool) -> None:
    """The page is rendered at 203 dots per inch, as label printers do."""
    layout = build_layout(carrier, code, wide=wide)
    document = pypdfium2.PdfDocument(draw_pdf(layout))
    try:
        assert len(document) == 1
        assert document[0].get_size() == (4 * 72, 6 * 72)
        codes = zxingcpp.read_barcodes(document[0].render(scale=203 / 72).to_pil())
    finally:
        document.close()
    # A scanner may find the same code twice.
    assert {(code.text, code.format) for code in codes} == {(layout.tracking_number, zxingcpp.BarcodeFormat.Code128)}


def test_the_pdf_names_the_shipment_and_is_marked_as_a_sample() -> None:
    layout = build_layout("fedex", "GROUND")
    document = pypdfium2.PdfDocument(draw_pdf(layout))
    try:
        text = document[0].get_textpage().get_text_range()
    finally:
        document.close()
    for words in (NOT_FOR_MAILING, layout.service, layout.reference, layout.tracking_number):
        assert words in text
    for line in (*layout.ship_from, *layout.ship_to):
        assert line in text


def test_the_same_layout_is_the_same_pdf() -> None:
    layout = build_layout("ups", "GROUND")
    assert draw_pdf(layout) == draw_pdf(layout)


def test_a_pdf_takes_a_few_milliseconds_of_cpu() -> None:
    """It takes 1 to 2 ms; benchmarks draw a hundred labels a second."""
    layout = build_layout("usps", "PRIORITY_MAIL")
    draw_pdf(layout)
    began = time.process_time()
    for _ in range(50):
        draw_pdf(layout)
    assert (time.process_time() - began) / 50 < 0.006


def test_the_zpl_has_one_barcode_of_the_tracking_number() -> None:
    layout = build_layout("ups", "NEXT_DAY_AIR")
    text = draw_zpl(layout).decode()
    assert text.startswith("^XA")
    assert text.endswith("^XZ\n")
    assert text.count("^XA") == text.count("^XZ") == 1
    assert "^PW812" in text
    assert "^LL1218" in text
    assert re.findall(r"\^BC\S*\^FD([^^]*)\^FS", text) == [layout.tracking_number]
    for words in (NOT_FOR_MAILING, layout.service, layout.reference, *layout.ship_to, *layout.ship_from):
        assert f"^FD{words}^FS" in text or f"REF {words}^FS" in text


@pytest.mark.parametrize("name", ["Zoë\x00 Łódź 東京 🚚", "^XZ~JA\\", "W" * 120])
def test_any_name_can_be_printed(name: str) -> None:
    address = Address(name=name, street1="1 Main St", city="Reno", postal_code="89501", country="US")
    layout = replace(build_layout("ups", "GROUND"), ship_to=address_lines(address))
    assert draw_pdf(layout).startswith(b"%PDF")
    assert draw_zpl(layout).startswith(b"^XA")
    assert draw_png(layout).startswith(b"\x89PNG")


def test_an_address_can_not_inject_zpl_commands() -> None:
    assert escape("1 ^XZ~JA_St\\") == "1 _5EXZ_7EJA_5FSt_5C"


def test_letters_that_a_printer_lacks_are_replaced() -> None:
    assert to_printable("Łódź Øre\x00Čapek 東") == "Lódz Øre Capek ?"


def test_address_lines_leave_out_missing_fields() -> None:
    address = Address(name="Jane", street1="1 Main St", city="Oslo", postal_code="0150", country="no")
    assert address_lines(address) == ["Jane", "1 Main St", "Oslo 0150", "NO"]


def test_the_price_counts_each_started_pound() -> None:
    ground = CARRIERS["fedex"]["GROUND"]
    assert price(ground, [Decimal("0.2")]) == Decimal("9.85")
    assert price(ground, [pounds(Decimal(40), "oz")]) == Decimal("11.09")
    assert price(ground, [Decimal(1), Decimal(2)]) == Decimal("20.32")
