"""Buy, find and void labels in FedEx's protocol: the behaviour that all simulators share."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from tests.integration.sandbox.process import BUY, PARTY, SandboxProcess, label_request, piece_of


def test_a_label_is_stored_with_price_deadline_and_recipient(sandbox: SandboxProcess, reference: str) -> None:
    """Its document has the tracking number as a barcode."""
    piece = piece_of(sandbox.buy(reference))
    (label,) = sandbox.ledger("labels", reference)
    assert (label["carrier"], label["service"], label["status"]) == ("fedex", "FEDEX_GROUND", "live")
    assert label["cost"] == {"amount": "11.09", "currency": "USD"}
    until = datetime.fromisoformat(label["void_until"])
    assert timedelta(days=29, hours=23) < until - datetime.now(UTC) <= timedelta(days=30)
    assert label["ship_to"]["name"] == "Jane Doe"
    assert "document" not in label
    document = pypdfium2.PdfDocument(base64.b64decode(piece["packageDocuments"][0]["encodedLabel"]))
    try:
        scanned = zxingcpp.read_barcodes(document[0].render(scale=203 / 72).to_pil())
    finally:
        document.close()
    assert [code.text for code in scanned] == [piece["trackingNumber"]] == [label["tracking_number"]]


def test_zpl_labels_are_printed_as_well(sandbox: SandboxProcess, reference: str) -> None:
    piece = piece_of(sandbox.buy(reference, label_format="ZPLII"))
    document = base64.b64decode(piece["packageDocuments"][0]["encodedLabel"]).decode()
    assert piece["trackingNumber"] in document


def test_two_purchases_of_one_reference_are_two_labels(sandbox: SandboxProcess, reference: str) -> None:
    """The store must show a duplicate purchase."""
    numbers = [piece_of(sandbox.buy(reference))["trackingNumber"] for _ in range(2)]
    ledger = sandbox.ledger("labels", reference)
    assert [label["tracking_number"] for label in ledger] == numbers
    assert numbers[0] != numbers[1]
    assert [label["status"] for label in ledger] == ["live", "live"]


def test_a_voided_label_stays_in_the_store(sandbox: SandboxProcess, reference: str) -> None:
    number = piece_of(sandbox.buy(reference))["trackingNumber"]
    assert [sandbox.void(number).status_code for _ in range(2)] == [200, 400]
    (label,) = sandbox.ledger("labels", reference)
    assert label["status"] == "voided"
    assert label["voided_at"].endswith("Z")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"serviceType": "TELEPORT"}, "SERVICETYPE.NOT.FOUND"),
        ({"serviceType": None}, "REQUESTEDSHIPMENT.SERVICETYPE.INVALID"),
        ({"recipients": []}, "REQUESTEDSHIPMENT.RECIPIENT.INVALID"),
        ({"shipper": {**PARTY, "address": None}}, "REQUESTEDSHIPMENT.SHIPPER.ADDRESS.INVALID"),
        ({"colour": "red"}, "REQUESTEDSHIPMENT.COLOUR.INVALID"),
    ],
)
def test_a_bad_field_is_named_and_nothing_bought(
    sandbox: SandboxProcess, reference: str, changed: dict[str, Any], code: str
) -> None:
    answer = sandbox.buy(reference, **changed)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, code)
    assert sandbox.ledger("labels", reference) == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"{", 400), (b'"\\ud800"', 400), (b"[]", 400), (b"NaN", 400), (b"[" * 100_000, 400)],
)
def test_a_body_must_be_an_object(sandbox: SandboxProcess, content: bytes, status: int) -> None:
    assert sandbox.http.post(BUY, content=content).status_code == status


def test_a_body_over_one_mebibyte_is_refused(sandbox: SandboxProcess) -> None:
    assert sandbox.http.post(BUY, content=b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer invalid"}, {"Authorization": "Basic abc"}])
def test_a_missing_or_invalid_token_uses_no_scripted_fault(
    sandbox: SandboxProcess, reference: str, headers: dict[str, str]
) -> None:
    sandbox.script("labels.create", "error_500")
    answer = httpx.post(f"{sandbox.url}{BUY}", json=label_request(reference), headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "NOT.AUTHORIZED.ERROR")
    assert sandbox.http.get("/_sandbox/faults").json()["data"] != []
    noted = sandbox.ledger("requests", reference)
    assert [(call["target"], call["fault"], call["status"]) for call in noted] == [("labels.create", None, 401)]


def test_an_unknown_path_is_not_found(sandbox: SandboxProcess) -> None:
    for path in ("/sim/dhl", "/carriers/fedex/labels", "/channel/orders/1"):
        assert sandbox.http.get(path).json()["error"]["code"] == "PATH.NOT_FOUND"


def test_every_call_is_recorded_with_its_reference(sandbox: SandboxProcess, reference: str) -> None:
    number = piece_of(sandbox.buy(reference))["trackingNumber"]
    sandbox.find(reference)
    sandbox.void(number)
    calls = sandbox.ledger("requests", reference)
    assert [call["target"] for call in calls] == ["labels.create", "labels.find", "labels.void"]
    only = sandbox.http.get("/_sandbox/requests", params={"target": "labels.void", "reference": reference})
    assert only.json()["data"] == calls[2:]
    assert sandbox.http.get("/_sandbox/requests", params={"target": "labels"}).status_code == 422
