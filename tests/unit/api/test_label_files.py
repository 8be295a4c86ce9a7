"""Merged files of labels: their pages, their formats, and documents that can't be read."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import IndirectObject, StreamObject

from api.labels.images import read_image
from api.labels.pdf import PdfMerger
from api.labels.unreadable import Unreadable
from api.labels.zpl import ZplMerger
from tests.fixtures.label_files import draw_label, scan_pages

NUMBERS = ["794644790132", "794644790143", "794644790154"]
SETTINGS = b"\x10CT~~CD,~CC^~CT~\n"


def merge_pdf(*documents: bytes, label_format: str = "PDF", paper: str | None = None) -> bytes:
    out = BytesIO()
    merger = PdfMerger(out)
    for document in documents:
        merger.add(document, label_format, paper)
    merger.finish()
    return out.getvalue()


def merge_zpl(*documents: bytes) -> bytes:
    out = BytesIO()
    merger = ZplMerger(out)
    for document in documents:
        merger.add(document, "ZPL", None)
    merger.finish()
    return out.getvalue()


def to_png(image: Image.Image, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def page_sizes(document: bytes) -> list[tuple[float, float]]:
    opened = pypdfium2.PdfDocument(document)
    try:
        return [page.get_size() for page in opened]
    finally:
        opened.close()


@pytest.mark.parametrize("label_format", ["PDF", "PNG"])
def test_each_label_is_a_page_in_order_with_its_barcode(label_format: str) -> None:
    merged = merge_pdf(*(draw_label(number, label_format) for number in NUMBERS), label_format=label_format)

    assert list(scan_pages(merged)) == [{number} for number in NUMBERS]
    assert page_sizes(merged) == [(288, 432)] * len(NUMBERS)


def test_a_merged_file_is_valid_for_strict_readers_and_can_be_merged_again() -> None:
    merged = merge_pdf(*(draw_label(number) for number in NUMBERS))

    assert len(PdfReader(BytesIO(merged), strict=True).pages) == len(NUMBERS)
    assert list(scan_pages(merge_pdf(merged, draw_label(NUMBERS[0])))) == [
        {number} for number in [*NUMBERS, NUMBERS[0]]
    ]


def test_all_pages_of_a_document_are_copied_with_what_they_inherit() -> None:
    """The size of the pages and a shared font are in the document's page tree."""
    writer = PdfWriter()
    for number in NUMBERS:
        writer.append(BytesIO(draw_label(number)))
    out = BytesIO()
    writer.write(out)
    inherited = (
        out.getvalue()
        .replace(b"/MediaBox [ 0 0 288 432 ]", b"")
        .replace(b"/Type /Pages", b"/Type /Pages /MediaBox [ 0 0 288 432 ]")
    )

    merged = merge_pdf(inherited)

    assert list(scan_pages(merged)) == [{number} for number in NUMBERS]
    assert page_sizes(merged) == [(288, 432)] * len(NUMBERS)


def pack_objects(document: bytes) -> bytes:
    """Return the same PDF in the form of newer writers: its objects and their positions are in compressed streams."""
    reader = PdfReader(BytesIO(document))
    trailer: Any = reader.trailer
    size: int = trailer["/Size"]
    positions: list[bytes] = []
    packed, out = BytesIO(), BytesIO(b"%PDF-1.5\n")
    out.seek(0, 2)
    rows = {0: (0, 0, 65535)}
    for number in range(1, size):
        content: Any = reader.get_object(IndirectObject(number, 0, reader))
        if isinstance(content, StreamObject):
            rows[number] = (1, out.tell(), 0)
            out.write(b"%d 0 obj\n" % number)
            content.write_to_stream(out)
            out.write(b"\nendobj\n")
        else:
            rows[number] = (2, size, len(positions))
            positions.append(b"%d %d" % (number, packed.tell()))
            content.write_to_stream(packed)
            packed.write(b"\n")
    head = b" ".join(positions) + b"\n"
    rows[size] = (1, out.tell(), 0)
    facts = b"/Type /ObjStm /N %d /First %d" % (len(positions), len(head))
    out.write(b"%d 0 obj\n%s\nendobj\n" % (size, _compressed(facts, head + packed.getvalue())))
    start = out.tell()
    rows[size + 1] = (1, start, 0)
    table = b"".join(struct.pack(">BIH", *rows[number]) for number in range(size + 2))
    root: IndirectObject = trailer.raw_get("/Root")
    facts = b"/Type /XRef /W [1 4 2] /Size %d /Root %d 0 R" % (size + 2, root.idnum)
    out.write(b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (size + 1, _compressed(facts, table), start))
    return out.getvalue()


def _compressed(facts: bytes, data: bytes) -> bytes:
    stored = zlib.compress(data)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (facts, len(stored), stored)


def test_a_document_with_packed_objects_or_an_odd_start_is_read() -> None:
    """Some gateways add bytes in front or behind."""
    label = draw_label(NUMBERS[0])

    merged = merge_pdf(b"\r\n\r\n" + label + b"\n" * 3000, pack_objects(label))

    assert list(scan_pages(merged)) == [{NUMBERS[0]}] * 2


def encrypt(document: bytes) -> bytes:
    writer = PdfWriter(clone_from=BytesIO(document))
    writer.encrypt("", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def empty_pdf() -> bytes:
    out = BytesIO()
    PdfWriter().write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b"", "can't be read"),
        (b"%PDF-1.7", "can't be read"),
        (b"<html>502 Bad Gateway</html>", "can't be read"),
        (draw_label(NUMBERS[0])[:-700], "can't be read"),
        (encrypt(draw_label(NUMBERS[0])), "is encrypted"),
        (empty_pdf(), "has no pages"),
    ],
)
def test_a_broken_pdf_is_named(document: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        merge_pdf(draw_label(NUMBERS[1]), document)


def test_no_part_of_a_label_yields_a_page() -> None:
    """A carrier's answer may end early: each start of the document is refused, or its page has the barcode."""
    document = draw_label(NUMBERS[0])
    for length in range(0, len(document), 61):
        try:
            merged = merge_pdf(document[:length])
        except Unreadable:
            continue
        assert list(scan_pages(merged)) == [{NUMBERS[0]}], length


@pytest.mark.parametrize(
    ("image", "paper", "options", "points"),
    [
        (Image.new("1", (812, 1218)), None, {}, (288, 432)),
        (Image.new("L", (1200, 1800)), None, {"dpi": (300, 300)}, (288, 432)),
        (Image.new("L", (1200, 1800)), None, {"dpi": (96, 96)}, (288, 432)),
        (Image.new("L", (1800, 1200)), None, {}, (432, 288)),
        (Image.new("P", (812, 1218)), "4x8", {}, (288, 576)),
        (Image.new("RGB", (850, 1100)), "letter", {}, (612, 792)),
    ],
)
def test_a_png_becomes_a_page_of_the_labels_size(
    image: Image.Image, paper: str | None, options: dict[str, Any], points: tuple[float, float]
) -> None:
    """That is the requested size, else the printer's resolution of the image, else 4 inches for the shorter side."""
    ((width, height),) = page_sizes(merge_pdf(to_png(image, **options), label_format="PNG", paper=paper))

    assert (round(width), round(height)) == points


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_kind_of_png_keeps_its_barcode(mode: str) -> None:
    image = Image.open(BytesIO(draw_label(NUMBERS[0], "PNG"))).convert("L")
    if "A" in mode:  # black bars on nothing
        image = Image.merge("LA", (Image.new("L", image.size, 0), image.point(lambda value: 255 - value)))

    merged = merge_pdf(to_png(image.convert(mode)), label_format="PNG")

    assert list(scan_pages(merged)) == [{NUMBERS[0]}]


def test_a_gray_picture_in_colors_is_stored_as_gray() -> None:
    gray = read_image(to_png(Image.new("RGBA", (40, 60), (7, 7, 7, 255))), None)

    assert (gray.color_space, gray.bits, zlib.decompress(gray.data)) == ("DeviceGray", 8, b"\x07" * 2400)


@pytest.mark.parametrize(
    "document",
    [b"", b"\x89PNG\r\n\x1a\n", draw_label(NUMBERS[0], "PNG")[:3000], to_png(Image.new("1", (8000, 8000)))],
)
def test_a_broken_or_huge_png_is_named(document: bytes) -> None:
    with pytest.raises(Unreadable, match="its PNG"):
        read_image(document, None)


def test_zpl_labels_follow_each_other_with_their_settings() -> None:
    first, second = draw_label(NUMBERS[0], "ZPL"), draw_label(NUMBERS[1], "ZPL")

    assert merge_zpl(SETTINGS + first.rstrip(), second + b"\n\n") == SETTINGS + first + second


@pytest.mark.parametrize("document", [b"", b"~SD20", b"^XA^FDlabel", b"^XA^XZ^XA^FDsecond"])
def test_zpl_without_the_end_of_a_format_is_named(document: bytes) -> None:
    with pytest.raises(Unreadable, match="its ZPL"):
        merge_zpl(document)
