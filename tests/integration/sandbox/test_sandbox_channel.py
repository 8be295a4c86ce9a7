"""Orders, remaining quantities and fulfillments, at once and later."""

from typing import Any

import pytest

from tests.integration.sandbox.process import SandboxProcess, fulfillment_request, wait_until


def status_of(sandbox: SandboxProcess, fulfillment_id: str) -> str:
    return str(sandbox.http.get(f"/channel/fulfillments/{fulfillment_id}").json()["status"])


def cancel(sandbox: SandboxProcess, fulfillment_id: str) -> str:
    return str(sandbox.http.post(f"/channel/fulfillments/{fulfillment_id}/cancel").json()["outcome"])


def test_a_fulfillment_of_all_takes_what_remains(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=2, B=1)
    answer = sandbox.fulfill(reference, reference, line_items=[{"sku": "A", "quantity": 1}])
    assert answer.status_code == 201
    assert answer.json()["line_items"] == [{"id": "line-A", "sku": "A", "quantity": 1}]
    assert sandbox.remaining(reference) == {"A": 1, "B": 1}
    rest = sandbox.fulfill(reference, reference).json()
    assert [(line["sku"], line["quantity"]) for line in rest["line_items"]] == [("A", 1), ("B", 1)]
    assert (rest["status"], rest["notified"], rest["external_id"]) == ("live", True, reference)
    assert sandbox.remaining(reference) == {"A": 0, "B": 0}


def test_more_than_remains_is_refused_and_changes_nothing(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=2)
    asked = [{"id": "line-A", "quantity": 3}]
    answer = sandbox.fulfill(reference, reference, line_items=asked)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "QUANTITY.EXCEEDS_REMAINING")
    assert sandbox.remaining(reference) == {"A": 2}
    sandbox.fulfill(reference, reference)
    again = sandbox.fulfill(reference, reference)
    assert (again.status_code, again.json()["error"]["code"]) == (422, "QUANTITY.EXCEEDS_REMAINING")
    assert len(sandbox.ledger("fulfillments", reference)) == 1


def test_putting_an_order_again_keeps_what_was_fulfilled(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=5)
    sandbox.fulfill(reference, reference, line_items=[{"sku": "A", "quantity": 2}])
    sandbox.put_order(reference, A=5, B=1)
    assert sandbox.remaining(reference) == {"A": 3, "B": 1}


def test_cancelling_restores_the_quantities_once(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=2)
    fulfillment_id = sandbox.fulfill(reference, reference).json()["fulfillment_id"]
    assert cancel(sandbox, fulfillment_id) == "cancelled"
    assert cancel(sandbox, fulfillment_id) == "already_cancelled"
    assert sandbox.remaining(reference) == {"A": 2}
    assert status_of(sandbox, fulfillment_id) == "cancelled"
    assert sandbox.ledger("fulfillments", reference)[0]["cancelled_at"].endswith("Z")


def test_an_unknown_order_can_come_with_its_fulfillment(sandbox: SandboxProcess, reference: str) -> None:
    order = {"order_number": "#7", "line_items": [{"id": "1", "sku": "A", "quantity": 2}]}
    assert sandbox.fulfill(reference, reference).json()["error"]["code"] == "ORDER.NOT_FOUND"
    lines = [{"sku": "A", "quantity": 1}]
    assert sandbox.fulfill(reference, reference, order=order, line_items=lines).status_code == 201
    assert sandbox.fulfill(reference, reference, order=order).status_code == 201, "known by now, and kept"
    assert sandbox.remaining(reference) == {"A": 0}


def test_an_idempotency_key_fulfills_once(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=2)
    path, body = f"/channel/orders/{reference}/fulfillments", fulfillment_request(reference)
    answers = [sandbox.http.post(path, json=body, headers={"Idempotency-Key": reference}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[1].json() == {**answers[0].json(), "replayed": True}
    assert len(sandbox.ledger("fulfillments", reference)) == 1


def test_fulfillments_are_found_by_reference(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=2)
    made = sandbox.fulfill(reference, reference, line_items=[{"sku": "A", "quantity": 1}]).json()
    sandbox.fulfill(reference, f"{reference}-2")
    path = f"/channel/orders/{reference}/fulfillments"
    found = sandbox.http.get(path, params={"reference": reference}).json()["fulfillments"]
    assert found == [made]
    assert sandbox.http.get(path, params={"reference": "other"}).json() == {"fulfillments": []}
    assert sandbox.http.get("/channel/orders/nowhere/fulfillments").status_code == 404


def test_a_later_answer_reserves_now_and_goes_live_then(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=1)
    answer = sandbox.fulfill(reference, reference, answer_after_seconds=0.6)
    assert answer.status_code == 202
    accepted = answer.json()
    assert (accepted["status"], accepted["notified"]) == ("pending", False)
    assert accepted["answer_at"].endswith("Z")
    assert sandbox.remaining(reference) == {"A": 0}
    wait_until(lambda: status_of(sandbox, accepted["fulfillment_id"]) == "live")
    assert sandbox.ledger("fulfillments", reference)[0]["notified"] is True


def test_a_later_answer_can_be_a_rejection(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=1)
    sandbox.script("fulfillments.answer", "reject", "ok")
    accepted = sandbox.fulfill(reference, reference, answer_after_seconds=0.4).json()
    assert accepted["status"] == "pending"
    wait_until(lambda: status_of(sandbox, accepted["fulfillment_id"]) == "rejected")
    answered = sandbox.http.get(f"/channel/fulfillments/{accepted['fulfillment_id']}").json()
    assert answered["message"]
    assert answered["notified"] is False
    assert sandbox.remaining(reference) == {"A": 1}
    assert cancel(sandbox, accepted["fulfillment_id"]) == "already_cancelled"


def test_a_pending_fulfillment_can_be_cancelled_for_good(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=1)
    accepted = sandbox.fulfill(reference, reference, answer_after_seconds=3600).json()
    assert cancel(sandbox, accepted["fulfillment_id"]) == "cancelled"
    assert sandbox.remaining(reference) == {"A": 1}
    assert sandbox.ledger("fulfillments", reference)[0]["notified"] is False


def test_the_whole_channel_can_be_set_to_answer_later(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, A=3)
    one: dict[str, Any] = {"line_items": [{"sku": "A", "quantity": 1}]}
    sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": 3600})
    assert sandbox.fulfill(reference, reference, **one).status_code == 202
    for cleared in (0, None):
        sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": cleared})
        assert sandbox.fulfill(reference, reference, **one).status_code == 201


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reference": None}, "reference"),
        ({"tracking_number": ""}, "tracking_number"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"quantity": 1}]}, "line_items.0"),
        ({"line_items": [{"sku": "A", "quantity": 0}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "Z", "quantity": 1}]}, "line_items.0"),
        ({"answer_after_seconds": -1}, "answer_after_seconds"),
    ],
)
def test_a_bad_field_is_named(sandbox: SandboxProcess, reference: str, changed: dict[str, Any], field: str) -> None:
    sandbox.put_order(reference, A=1)
    answer = sandbox.http.post(
        f"/channel/orders/{reference}/fulfillments", json={**fulfillment_request(reference), **changed}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "FIELD.INVALID")
    assert answer.json()["error"]["field"] == field
    assert sandbox.remaining(reference) == {"A": 1}


def test_an_order_needs_lines_with_ids_of_their_own(sandbox: SandboxProcess, reference: str) -> None:
    line = {"id": "1", "sku": "A", "quantity": 1}
    for lines in ([], [line, line]):
        answer = sandbox.http.put(f"/channel/orders/{reference}", json={"line_items": lines})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "FIELD.INVALID")
    assert sandbox.http.get(f"/channel/orders/{reference}").status_code == 404
