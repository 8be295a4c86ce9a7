"""USPS answers to purchases and reprints are read."""

import base64
import json
from typing import Any

import pytest

from adapters.carriers.usps import answers
from domain.errors import Ambiguous, Rejected
from domain.shipping import Label
from tests.fixtures.builders import build_raw_answer

PDF = b"%PDF-1.4\r\n--not a boundary\r\n\xff\x00 the label"
METADATA = {"trackingNumber": "9400 1111 0555 5842 3326 69", "SKU": "DPXX0XXXXC04050", "postage": 9.35}
IMAGE = base64.b64encode(PDF).decode()


def parse_purchase(body: object, label_format: str = "PDF") -> Label:
    return answers.parse_purchase(build_raw_answer(200, body), "PRIORITY_MAIL", label_format)


def build_multipart_body(
    metadata: object = METADATA, image: bytes = PDF, head: bytes = b'form-data; name="labelImage"'
) -> bytes:
    return (
        b'--b7\r\nContent-Disposition: form-data; name="labelMetadata"\r\nContent-Type: application/json\r\n\r\n'
        + json.dumps(metadata).encode()
        + b"\r\n--b7\r\nContent-Disposition: "
        + head
        + b"\r\nContent-Type: application/pdf\r\n\r\n"
        + image
        + b"\r\n--b7--\r\n"
    )


@pytest.mark.parametrize(
    "answer",
    [
        {**METADATA, "labelImage": IMAGE},
        {"labelMetadata": METADATA, "labelImage": IMAGE},
        build_multipart_body(),
        build_multipart_body(image=IMAGE.encode()),
        build_multipart_body(head=b'attachment; filename="label-image.pdf"'),
    ],
)
def test_a_label_is_read_from_each_form_of_answer(answer: object) -> None:
    """USPS's JSON, JSON with nested metadata, and multipart bodies."""
    label = parse_purchase(answer)
    assert (label.tracking_number, label.service) == ("9400111105555842332669", "PRIORITY_MAIL")
    assert (label.cost, label.currency, label.document) == ("9.35", "USD", PDF)


def test_a_large_label_is_read_completely() -> None:
    large = PDF.ljust(2 * 1024 * 1024, b"\r\n"[:1])
    assert parse_purchase(build_multipart_body(image=large)).document == large


def test_fees_and_extra_services_are_added_to_the_postage() -> None:
    fees = {"fees": [{"name": "Nonstandard", "price": 4.0}], "extraServices": [{"price": 1.1}, {"name": "Tracking"}]}
    assert parse_purchase({**METADATA, **fees}).cost == "14.45"


@pytest.mark.parametrize("amount", [None, "much", True, 1e300, [], float("nan")])
def test_an_unreadable_price_does_not_lose_the_label(amount: Any) -> None:
    assert parse_purchase({**METADATA, "postage": amount}).cost is None


@pytest.mark.parametrize("image", [None, "", "not base64!", 7, base64.b64encode(b"<html>").decode()])
def test_an_unreadable_document_does_not_lose_the_label(image: Any) -> None:
    label = parse_purchase({**METADATA, "labelImage": image})
    assert (label.tracking_number, label.document) == ("9400111105555842332669", None)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"trackingNumber": None},
        {"trackingNumber": 7},
        {"trackingNumber": " "},
        {"trackingNumber": "9" * 256},
        {"labelMetadata": [], "labelImage": IMAGE},
        b"",
        b"<html>maintenance",
        b'{"trackingNumber": "94',
        b"--",
        build_multipart_body()[:-8],
        build_multipart_body()[:60],
        build_multipart_body(metadata=[]),
        build_multipart_body(metadata={}),
    ],
)
def test_an_unreadable_answer_to_a_purchase_is_ambiguous(answer: object) -> None:
    with pytest.raises(Ambiguous):
        parse_purchase(answer)


def test_a_reprint_has_the_service_and_the_format() -> None:
    """The format is the document's; a label with an unknown SKU is rejected."""
    label = answers.parse_reprint(build_raw_answer(200, {"labelMetadata": METADATA, "labelImage": IMAGE}))
    assert (label.service, label.label_format, label.document, label.live) == ("PRIORITY_MAIL", "PDF", PDF, True)
    with pytest.raises(Rejected) as unknown:
        answers.parse_reprint(build_raw_answer(200, {"labelMetadata": {**METADATA, "SKU": "XX"}, "labelImage": IMAGE}))
    assert unknown.value.vendor_code == "unknown_sku"


@pytest.mark.parametrize("document", [b"^XA^FO1^XZ", b"~SD20^XA^XZ", b"\x10CT~~CD,~CC^~CT~\n^XA^PW812^XZ"])
def test_zpl_may_begin_with_printer_settings(document: bytes) -> None:
    image = base64.b64encode(document).decode()
    assert parse_purchase({**METADATA, "labelImage": image}, "ZPL").document == document
