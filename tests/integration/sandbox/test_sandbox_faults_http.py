"""Every fault on a purchase and on a fulfillment: the caller's answer, and the effect in the store."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.fixtures.stack import wait_until
from tests.integration.sandbox.process import BUY, SandboxProcess, label_request, piece_of

ANSWERED = [
    ("ok", None, 1),
    ("reject", 400, 0),
    ("error_500", 500, 0),
    ("error_500_after_accept", 500, 1),
    ("rate_limited:2", 429, 0),
    ("unavailable:3", 503, 0),
    ("auth_failed", 401, 0),
    ("slow:0.3", None, 1),
]
"""None means the protocol's success status."""
UNANSWERED = [("drop", 0), ("accept_then_drop", 1)]


@pytest.mark.parametrize(("fault", "status", "bought"), ANSWERED)
def test_answered_fault_on_a_purchase(
    sandbox: SandboxProcess, reference: str, fault: str, status: int | None, bought: int
) -> None:
    sandbox.script("labels.create", fault)
    assert sandbox.buy(reference).status_code == (status or 200)
    assert [label["status"] for label in sandbox.ledger("labels", reference)] == ["live"] * bought
    assert sandbox.buy(reference).status_code == 200, "the fault is used up"


@pytest.mark.parametrize(("fault", "status", "made"), ANSWERED)
def test_answered_fault_on_a_fulfillment(
    sandbox: SandboxProcess, reference: str, fault: str, status: int | None, made: int
) -> None:
    sandbox.put_order(reference, 3)
    sandbox.script("fulfillments.create", fault)
    assert sandbox.fulfill(reference, 3).status_code == (status or 201)
    assert [entry["status"] for entry in sandbox.ledger("fulfillments", reference)] == ["live"] * made
    assert sandbox.remaining(reference) == [0 if made else 3]


@pytest.mark.parametrize(("fault", "done"), UNANSWERED)
def test_dropped_calls_end_without_an_answer(sandbox: SandboxProcess, reference: str, fault: str, done: int) -> None:
    sandbox.put_order(reference, 1)
    sandbox.script("labels.create", fault)
    sandbox.script("fulfillments.create", fault)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sandbox.buy(reference)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        sandbox.fulfill(reference, 1)
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
        sandbox.http.post(BUY, json=label_request(reference), timeout=0.5)
    assert len(sandbox.ledger("labels", reference)) == 1
    assert sandbox.log == ""


def test_a_slow_purchase_is_made_at_once_and_answered_later(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "slow:5")
    with pytest.raises(httpx.ReadTimeout):
        sandbox.http.post(BUY, json=label_request(reference), timeout=0.3)
    assert len(sandbox.ledger("labels", reference)) == 1
    sandbox.script("labels.create", "slow:0.4")
    began = time.monotonic()
    assert sandbox.buy(reference).status_code == 200
    assert time.monotonic() - began >= 0.4


def test_a_slow_answer_comes_when_the_faults_are_cleared(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "slow:600")
    with ThreadPoolExecutor() as pool:
        purchase = pool.submit(sandbox.buy, reference)
        wait_until(lambda: sandbox.ledger("labels", reference), 60)
        sandbox.http.delete("/_sandbox/faults")
        assert purchase.result(60).status_code == 200


def test_garbage_is_a_success_without_json(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "garbage")
    answer = sandbox.buy(reference)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(sandbox.ledger("labels", reference)) == 1


@pytest.mark.parametrize(("fault", "seconds"), [("rate_limited:2", "2"), ("unavailable:30", "30")])
def test_waiting_faults_set_retry_after(sandbox: SandboxProcess, reference: str, fault: str, seconds: str) -> None:
    sandbox.script("labels.create", fault)
    assert sandbox.buy(reference).headers["Retry-After"] == seconds


def test_each_vendor_refuses_with_its_own_error(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, 1)
    sandbox.script("labels.create", "reject")
    sandbox.script("fulfillments.create", "reject")
    assert sandbox.buy(reference).json()["errors"][0]["code"] == "SHIPMENT.REJECTED.BYSCRIPT"
    assert sandbox.fulfill(reference, 1).json()[0]["status"] == 400


def test_absent_hides_existing_items(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, 1)
    number = piece_of(sandbox.buy(reference))["trackingNumber"]
    sandbox.fulfill(reference, 1)
    for target in ("labels.find", "labels.void", "fulfillments.find", "fulfillments.status", "fulfillments.cancel"):
        sandbox.script(target, "absent")
    results = sandbox.find(reference).json()["output"]["completeTrackResults"]
    assert results[0]["trackResults"][0]["error"]["code"] == "TRACKING.TRACKINGNUMBER.NOTFOUND"
    assert sandbox.void(number).status_code == 404
    assert sandbox.fulfillments(reference).status_code == 204
    assert sandbox.fulfillment("GET", reference, 1).status_code == 404
    assert sandbox.fulfillment("DELETE", reference, 1).status_code == 404
    assert sandbox.ledger("labels", reference)[0]["status"] == "live"
    assert sandbox.ledger("fulfillments", reference)[0]["status"] == "live"


def test_a_lookup_can_be_unavailable(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, 1)
    sandbox.script("labels.find", "no_lookup")
    sandbox.script("fulfillments.find", "no_lookup")
    found = sandbox.find(reference)
    assert (found.status_code, found.json()["errors"][0]["code"]) == (403, "FORBIDDEN.ERROR")
    assert sandbox.fulfillments(reference).status_code == 405
    assert sandbox.find(reference).status_code == 200, "the fault is used up"


def test_void_and_cancel_can_come_too_late(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, 1)
    number = piece_of(sandbox.buy(reference))["trackingNumber"]
    sandbox.fulfill(reference, 1)
    sandbox.script("labels.void", "too_late")
    sandbox.script("fulfillments.cancel", "too_late")
    assert sandbox.void(number).status_code == 400
    assert sandbox.fulfillment("DELETE", reference, 1).status_code == 409
    assert sandbox.ledger("labels", reference)[0]["status"] == "live"
    assert sandbox.ledger("fulfillments", reference)[0]["status"] == "live"


def test_a_refund_can_stay_pending(sandbox: SandboxProcess, reference: str) -> None:
    number = piece_of(sandbox.buy(reference))["trackingNumber"]
    sandbox.script("labels.void", "refund_pending")
    sandbox.void(number)
    sandbox.void(number)
    assert sandbox.ledger("labels", reference)[0]["status"] == "refund_pending"


def test_scripts_are_appended_listed_and_cleared(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.script("labels.create", "error_500", "drop")
    sandbox.script("labels.create", "slow:1.5")
    assert sandbox.buy(reference).status_code == 500
    left = sandbox.http.get("/_sandbox/faults").json()
    assert left == {"data": [{"target": "labels.create", "faults": ["drop", "slow:1.5"]}]}
    assert sandbox.http.delete("/_sandbox/faults").json() == {"data": []}
    assert sandbox.buy(reference).status_code == 200


def test_a_fault_can_wait_for_one_reference(sandbox: SandboxProcess, reference: str) -> None:
    other = f"{reference}0"
    script = {"target": "labels.create", "faults": ["error_500"], "reference": reference}

    left = sandbox.http.post("/_sandbox/faults", json=script).json()
    statuses = [sandbox.buy(name).status_code for name in (other, reference, reference)]

    assert left == {"data": [script]}
    assert statuses == [200, 500, 200]


def test_controls_read_json_with_any_content_type(sandbox: SandboxProcess, reference: str) -> None:
    """`curl -d` sends its JSON as a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    script = b'{"target": "labels.create", "faults": ["reject"]}'
    assert sandbox.http.post("/_sandbox/faults", content=script, headers=form).status_code == 200
    assert sandbox.http.post("/_sandbox/faults", content=b"{", headers=form).status_code == 400
    assert sandbox.buy(reference).status_code == 400


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
def test_a_bad_script_is_rejected_as_a_whole(sandbox: SandboxProcess, script: object, field: str) -> None:
    answer = sandbox.http.post("/_sandbox/faults", json=script)
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert sandbox.http.get("/_sandbox/faults").json() == {"data": []}


@pytest.mark.parametrize("target", ["labels.create", "fulfillments.create"])
def test_a_call_has_its_effect_after_a_gateway_timeout(sandbox: SandboxProcess, reference: str, target: str) -> None:
    sandbox.put_order(reference, 3)
    sandbox.script(target, "gateway_timeout:0.3")
    answer = sandbox.buy(reference) if target == "labels.create" else sandbox.fulfill(reference, 1)
    name = target.partition(".")[0]
    assert answer.status_code == 504
    assert sandbox.ledger(name, reference) == []
    wait_until(lambda: bool(sandbox.ledger(name, reference)), 10, lambda: "nothing was done")
    assert [entry["status"] for entry in sandbox.ledger(name, reference)] == ["live"]
