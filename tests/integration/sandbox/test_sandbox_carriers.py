"""Buying, finding, printing and voiding labels."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from tests.integration.sandbox.process import ADDRESS, SandboxProcess, label_request


def test_a_label_is_bought_with_everything_about_it(sandbox: SandboxProcess, reference: str) -> None:
    answer = sandbox.buy(reference)
    assert answer.status_code == 201
    label = answer.json()
    assert label["reference"] == reference
    assert (label["carrier"], label["service"], label["status"]) == ("fedex", "GROUND", "live")
    assert label["cost"] == {"amount": "11.09", "currency": "USD"}
    until = datetime.fromisoformat(label["void_until"])
    assert timedelta(days=29, hours=23) < until - datetime.now(UTC) <= timedelta(days=30)
    content = base64.b64decode(label["label"]["content_base64"])
    document = pypdfium2.PdfDocument(content)
    try:
        scanned = zxingcpp.read_barcodes(document[0].render(scale=203 / 72).to_pil())
    finally:
        document.close()
    assert [code.text for code in scanned] == [label["tracking_number"]]
    again = sandbox.http.get(f"/carriers/fedex/labels/{label['label_id']}/document")
    assert again.headers["Content-Type"] == "application/pdf"
    assert again.content == content


def test_zpl_labels_are_served_as_such(sandbox: SandboxProcess, reference: str) -> None:
    label = sandbox.buy(reference, "ups", label_format="ZPL").json()
    document = sandbox.http.get(f"/carriers/ups/labels/{label['label_id']}/document")
    assert document.headers["Content-Type"] == "application/zpl"
    assert label["tracking_number"] in document.text


def test_two_purchases_of_one_reference_are_two_labels(sandbox: SandboxProcess, reference: str) -> None:
    """The books must show what the sandbox's users fear."""
    numbers = [sandbox.buy(reference).json()["tracking_number"] for _ in range(2)]
    found = sandbox.http.get("/carriers/fedex/labels", params={"reference": reference}).json()["labels"]
    assert [label["tracking_number"] for label in found] == numbers
    assert numbers[0] != numbers[1]
    assert all("label" not in label for label in found)
    ledger = sandbox.ledger("labels", reference)
    assert [label["status"] for label in ledger] == ["live", "live"]
    assert ledger[0]["ship_to"]["name"] == ADDRESS["name"]
    assert not {"document", "label"} & ledger[0].keys()


def test_an_idempotency_key_buys_once_per_carrier(sandbox: SandboxProcess, reference: str) -> None:
    headers = {"Idempotency-Key": reference}
    answers = [
        sandbox.http.post(f"/carriers/{carrier}/labels", json=label_request(reference), headers=headers)
        for carrier in ("fedex", "fedex", "ups")
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 201]
    first, replayed, other = (answer.json() for answer in answers)
    assert replayed == {**first, "replayed": True}
    assert other["label_id"] != first["label_id"]
    assert len(sandbox.ledger("labels", reference)) == 2


def test_find_is_by_carrier_and_reference(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.buy(reference, "usps", service="PRIORITY_MAIL")
    params = {"reference": reference}
    assert len(sandbox.http.get("/carriers/usps/labels", params=params).json()["labels"]) == 1
    assert sandbox.http.get("/carriers/ups/labels", params=params).json() == {"labels": []}
    missing = sandbox.http.get("/carriers/ups/labels")
    assert (missing.status_code, missing.json()["error"]["field"]) == (422, "reference")


def test_a_voided_label_stays_in_the_books(sandbox: SandboxProcess, reference: str) -> None:
    path = f"/carriers/fedex/labels/{sandbox.buy(reference).json()['label_id']}/void"
    assert [sandbox.http.post(path).json()["outcome"] for _ in range(2)] == ["voided", "already_voided"]
    found = sandbox.http.get("/carriers/fedex/labels", params={"reference": reference}).json()["labels"]
    assert [label["status"] for label in found] == ["voided"]
    assert sandbox.ledger("labels", reference)[0]["voided_at"].endswith("Z")


def test_a_label_is_unknown_to_the_other_carriers(sandbox: SandboxProcess, reference: str) -> None:
    label_id = sandbox.buy(reference).json()["label_id"]
    for method, path in (("POST", "void"), ("GET", "document")):
        answer = sandbox.http.request(method, f"/carriers/ups/labels/{label_id}/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "LABEL.NOT_FOUND")


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"service": "TELEPORT"}, "SERVICE.INVALID", "service"),
        ({"service": None}, "FIELD.INVALID", "service"),
        ({"reference": ""}, "FIELD.INVALID", "reference"),
        ({"reference": "x" * 65}, "FIELD.INVALID", "reference"),
        ({"label_format": "GIF"}, "FIELD.INVALID", "label_format"),
        ({"ship_to": {**ADDRESS, "postal_code": ""}}, "FIELD.INVALID", "ship_to.postal_code"),
        ({"ship_to": {**ADDRESS, "country": "USA"}}, "FIELD.INVALID", "ship_to.country"),
        ({"ship_from": None}, "FIELD.INVALID", "ship_from"),
        ({"parcels": []}, "FIELD.INVALID", "parcels"),
        ({"parcels": [{"weight": "0", "weight_unit": "lb"}]}, "FIELD.INVALID", "parcels.0.weight"),
        ({"parcels": [{"weight": "NaN", "weight_unit": "lb"}]}, "FIELD.INVALID", "parcels.0.weight"),
        ({"parcels": [{"weight": "70", "weight_unit": "kg"}]}, "FIELD.INVALID", "parcels.0.weight"),
        ({"parcels": [{"weight": "1", "weight_unit": "stone"}]}, "FIELD.INVALID", "parcels.0.weight_unit"),
    ],
)
def test_a_bad_field_is_named_and_nothing_bought(
    sandbox: SandboxProcess, reference: str, changed: dict[str, Any], code: str, field: str
) -> None:
    body = {**label_request(reference), **changed}
    answer = sandbox.http.post("/carriers/fedex/labels", json=body)
    assert answer.status_code == 422
    assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)
    assert sandbox.ledger("labels", reference) == []


def test_an_unknown_service_is_answered_with_the_valid_ones(sandbox: SandboxProcess, reference: str) -> None:
    message = sandbox.buy(reference, "usps").json()["error"]["message"]
    assert "GROUND_ADVANTAGE, PRIORITY_MAIL, PRIORITY_MAIL_EXPRESS" in message


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 400), (b"{", 400), (b'"\\ud800"', 400), (b"[]", 422), (b"NaN", 400), (b"[" * 100_000, 400)],
)
def test_a_body_that_is_no_object_is_refused(sandbox: SandboxProcess, content: bytes, status: int) -> None:
    assert sandbox.http.post("/carriers/fedex/labels", content=content).status_code == status


def test_a_body_over_one_mebibyte_is_refused(sandbox: SandboxProcess) -> None:
    assert sandbox.http.post("/carriers/fedex/labels", content=b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("name", ["Zoë\x00 Łódź 東京 🚚", "^XZ~JA\\", "W" * 120])
@pytest.mark.parametrize("label_format", ["PDF", "ZPL"])
def test_any_name_can_be_printed(sandbox: SandboxProcess, reference: str, name: str, label_format: str) -> None:
    answer = sandbox.buy(reference, ship_to={**ADDRESS, "name": name}, label_format=label_format)
    assert answer.status_code == 201


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer invalid"}, {"Authorization": "Basic abc"}])
def test_a_missing_or_invalid_token_uses_up_no_fault(
    sandbox: SandboxProcess, reference: str, headers: dict[str, str]
) -> None:
    sandbox.script("labels.create", "error_500")
    answer = httpx.post(f"{sandbox.url}/carriers/fedex/labels", json=label_request(reference), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH.FAILED")
    assert sandbox.http.get("/_sandbox/faults").json()["data"] != []
    noted = sandbox.ledger("requests", reference)
    assert [(call["target"], call["fault"], call["status"]) for call in noted] == [("labels.create", None, 401)]


def test_an_unknown_carrier_or_path_is_not_found(sandbox: SandboxProcess, reference: str) -> None:
    assert sandbox.buy(reference, "dhl").json()["error"]["code"] == "CARRIER.NOT_FOUND"
    assert sandbox.http.get("/carriers").json()["error"]["code"] == "PATH.NOT_FOUND"


def test_every_call_is_noted_under_its_reference(sandbox: SandboxProcess, reference: str) -> None:
    label_id = sandbox.buy(reference).json()["label_id"]
    sandbox.http.get("/carriers/fedex/labels", params={"reference": reference})
    sandbox.http.post(f"/carriers/fedex/labels/{label_id}/void")
    calls = sandbox.ledger("requests", reference)
    assert [call["target"] for call in calls] == ["labels.create", "labels.find", "labels.void"]
    only = sandbox.http.get("/_sandbox/requests", params={"target": "labels.void", "reference": reference})
    assert only.json()["data"] == calls[2:]
    assert sandbox.http.get("/_sandbox/requests", params={"target": "labels"}).status_code == 422
