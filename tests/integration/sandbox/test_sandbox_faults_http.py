"""Every fault on a purchase and on a fulfillment: what the caller sees, and what was done all the same."""

import json
import time

import httpx
import pytest

from tests.fixtures.stack import wait_until
from tests.integration.sandbox.process import SandboxProcess, label_request

ANSWERED = [
    ("ok", 201, 1),
    ("reject", 422, 0),
    ("error_500", 500, 0),
    ("error_500_after_accept", 500, 1),
    ("rate_limited:2", 429, 0),
    ("unavailable:3", 503, 0),
    ("auth_failed", 401, 0),
    ("slow:0.3", 201, 1),
]
UNANSWERED = [("drop", 0), ("accept_then_drop", 1)]


@pytest.mark.parametrize(("fault", "status", "bought"), ANSWERED)
def test_answered_fault_on_a_purchase(
    sandbox: SandboxProcess, reference: str, fault: str, status: int, bought: int
) -> None:
    sandbox.script("labels.create", fault)
    assert sandbox.buy(reference).status_code == status
    assert [label["status"] for label in sandbox.ledger("labels", reference)] == ["live"] * bought
    assert sandbox.buy(reference).status_code == 201, "the fault is used up"


@pytest.mark.parametrize(("fault", "status", "made"), ANSWERED)
def test_answered_fault_on_a_fulfillment(
    sandbox: SandboxProcess, reference: str, fault: str, status: int, made: int
) -> None:
    sandbox.put_order(reference, A=3)
    sandbox.script("fulfillments.create", fault)
    assert sandbox.fulfill(reference, reference).status_code == status
    assert [each["status"] for each in sandbox.ledger("fulfillments", reference)] == ["live"] * made
    assert sandbox.remaining(reference) == {"A": 0 if made else 3}


@pytest.mark.parametrize(("fault", "done"), UNANSWERED)
def test_dropped_calls_end_without_an_answer_and_without_noise(
    sandbox: SandboxProcess, reference: str, fault: str, done: int
) -> None:
    sandbox.put_order(reference, A=1)
    sandbox.script("labels.create", fault)
    sandbox.script("fulfillments.create", fault)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sandbox.buy(reference)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sandbox.fulfill(reference, reference)
    assert len(sandbox.ledger("labels", reference)) == done
    assert len(sandbox.ledger("fulfillments", reference)) == done
    noted = sandbox.ledger("requests", reference)
    assert [(call["target"], call["fault"], call["status"]) for call in noted] == [
        ("labels.create", fault, None),
        ("fulfillments.create", fault, None),
    ]
    assert sandbox.log == ""


def test_a_stalled_purchase_is_made_but_never_answered(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "accept_then_stall")
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post("/carriers/fedex/labels", json=label_request(reference), timeout=0.5)
    assert len(sandbox.ledger("labels", reference)) == 1
    assert sandbox.log == ""


def test_a_slow_purchase_is_made_at_once_and_answered_later(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "slow:5")
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post("/carriers/fedex/labels", json=label_request(reference), timeout=0.3)
    assert len(sandbox.ledger("labels", reference)) == 1
    sandbox.script("labels.create", "slow:0.4")
    began = time.monotonic()
    assert sandbox.buy(reference).status_code == 201
    assert time.monotonic() - began >= 0.4


def test_garbage_is_a_success_that_is_no_json(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "garbage")
    answer = sandbox.buy(reference)
    assert answer.status_code == 201
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(sandbox.ledger("labels", reference)) == 1


@pytest.mark.parametrize(("fault", "seconds"), [("rate_limited:2", "2"), ("unavailable:30", "30")])
def test_waiting_faults_say_how_long(sandbox: SandboxProcess, reference: str, fault: str, seconds: str) -> None:
    sandbox.script("labels.create", fault)
    assert sandbox.buy(reference).headers["Retry-After"] == seconds


def test_each_party_rejects_in_its_own_name(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=1)
    sandbox.script("labels.create", "reject")
    sandbox.script("fulfillments.create", "reject")
    assert sandbox.buy(reference).json()["error"]["code"] == "CARRIER.REJECTED"
    assert sandbox.fulfill(reference, reference).json()["error"]["code"] == "CHANNEL.REJECTED"


def test_absent_hides_what_exists(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=1)
    label = f"/carriers/fedex/labels/{sandbox.buy(reference).json()['label_id']}"
    fulfillment = f"/channel/fulfillments/{sandbox.fulfill(reference, reference).json()['fulfillment_id']}"
    for target in ("labels.find", "labels.void", "labels.document", "orders.get"):
        sandbox.script(target, "absent")
    for target in ("fulfillments.find", "fulfillments.status", "fulfillments.cancel"):
        sandbox.script(target, "absent")
    http = sandbox.http
    assert http.get("/carriers/fedex/labels", params={"reference": reference}).json() == {"labels": []}
    found = http.get(f"/channel/orders/{reference}/fulfillments", params={"reference": reference})
    assert found.json() == {"fulfillments": []}
    assert http.post(f"{label}/void").json()["error"]["code"] == "LABEL.NOT_FOUND"
    assert http.get(f"{label}/document").status_code == 404
    assert http.get(fulfillment).json()["error"]["code"] == "FULFILLMENT.NOT_FOUND"
    assert http.post(f"{fulfillment}/cancel").status_code == 404
    assert http.get(f"/channel/orders/{reference}").json()["error"]["code"] == "ORDER.NOT_FOUND"
    assert sandbox.ledger("labels", reference)[0]["status"] == "live"
    assert sandbox.ledger("fulfillments", reference)[0]["status"] == "live"


def test_void_and_cancel_can_come_too_late(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=1)
    label_id = sandbox.buy(reference).json()["label_id"]
    fulfillment_id = sandbox.fulfill(reference, reference).json()["fulfillment_id"]
    sandbox.script("labels.void", "too_late")
    sandbox.script("fulfillments.cancel", "too_late")
    void = sandbox.http.post(f"/carriers/fedex/labels/{label_id}/void")
    cancel = sandbox.http.post(f"/channel/fulfillments/{fulfillment_id}/cancel")
    assert void.json() == {"label_id": label_id, "outcome": "too_late"}
    assert cancel.json() == {"fulfillment_id": fulfillment_id, "outcome": "too_late"}
    assert sandbox.ledger("labels", reference)[0]["status"] == "live"
    assert sandbox.ledger("fulfillments", reference)[0]["status"] == "live"


def test_a_refund_can_stay_pending(sandbox: SandboxProcess, reference: str) -> None:
    label_id = sandbox.buy(reference).json()["label_id"]
    sandbox.script("labels.void", "refund_pending")
    outcomes = [sandbox.http.post(f"/carriers/fedex/labels/{label_id}/void").json()["outcome"] for _ in range(2)]
    assert outcomes == ["refund_pending", "refund_pending"]
    assert sandbox.ledger("labels", reference)[0]["status"] == "refund_pending"


def test_scripts_append_show_what_is_left_and_clear(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "error_500", "drop")
    sandbox.script("labels.create", "slow:1.5")
    assert sandbox.buy(reference).status_code == 500
    left = sandbox.http.get("/_sandbox/faults").json()
    assert left == {"data": [{"target": "labels.create", "faults": ["drop", "slow:1.5"]}]}
    assert sandbox.http.delete("/_sandbox/faults").json() == {"data": []}
    assert sandbox.buy(reference).status_code == 201


def test_controls_read_json_whatever_the_content_type(sandbox: SandboxProcess, reference: str) -> None:
    """`curl -d` calls its JSON a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    script = b'{"target": "labels.create", "faults": ["reject"]}'
    assert sandbox.http.post("/_sandbox/faults", content=script, headers=form).status_code == 200
    assert sandbox.http.post("/_sandbox/faults", content=b"{", headers=form).status_code == 400
    assert sandbox.buy(reference).status_code == 422


@pytest.mark.parametrize(
    ("script", "field"),
    [
        ({"target": "labels.buy", "faults": ["drop"]}, "target"),
        ({"target": "labels.create", "faults": ["ok", "explode"]}, "faults"),
        ({"target": "labels.create", "faults": ["slow:soon"]}, "faults"),
        ({"target": "labels.create", "faults": []}, "faults"),
        ({"target": "labels.create"}, "faults"),
        ({"target": "labels.create", "faults": [1]}, "faults.0"),
        ([], "body"),
    ],
)
def test_a_bad_script_is_refused_whole(sandbox: SandboxProcess, script: object, field: str) -> None:
    answer = sandbox.http.post("/_sandbox/faults", json=script)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert sandbox.http.get("/_sandbox/faults").json() == {"data": []}


@pytest.mark.parametrize("target", ["labels.create", "fulfillments.create"])
def test_what_a_gateway_gave_up_on_is_done_later(sandbox: SandboxProcess, reference: str, target: str) -> None:
    sandbox.put_order(reference, A=3)
    sandbox.script(target, "gateway_timeout:0.3")
    answer = sandbox.buy(reference) if target == "labels.create" else sandbox.fulfill(reference, reference)
    book = target.partition(".")[0]
    assert answer.status_code == 504
    assert sandbox.ledger(book, reference) == []
    wait_until(lambda: bool(sandbox.ledger(book, reference)), 10, lambda: "nothing was done")
    assert [one["status"] for one in sandbox.ledger(book, reference)] == ["live"]
