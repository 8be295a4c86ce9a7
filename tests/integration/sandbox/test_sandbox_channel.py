"""The shop's orders by HTTP, and their fulfillments in BigCommerce's protocol."""

from tests.integration.sandbox.process import SandboxProcess


def test_a_deleted_fulfillment_releases_its_quantities(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, 2, 1)
    made = sandbox.fulfill(reference, 1)
    assert made.status_code == 201
    assert sandbox.remaining(reference) == [1, 1]
    assert [shipment["id"] for shipment in sandbox.fulfillments(reference).json()] == [made.json()["id"]]
    assert sandbox.fulfillment("DELETE", reference, 1).status_code == 204
    assert sandbox.fulfillment("DELETE", reference, 1).status_code == 404
    assert sandbox.remaining(reference) == [2, 1]
    (entry,) = sandbox.ledger("fulfillments", reference)
    assert entry["status"] == "cancelled"
    assert entry["cancelled_at"].endswith("Z")


def test_a_person_cancels_a_fulfillment_in_the_shop(sandbox: SandboxProcess, reference: str) -> None:
    """The shop's API then no longer lists it; a second cancellation changes nothing."""
    sandbox.put_order(reference, 2, 1)
    assert sandbox.fulfill(reference, 1).status_code == 201
    (entry,) = sandbox.ledger("fulfillments", reference)
    path = f"/_sandbox/fulfillments/{entry['fulfillment_id']}/cancel"

    answers = [sandbox.http.post(path) for _ in range(2)]

    outcomes = [answer.json()["data"] for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [outcome["outcome"] for outcome in outcomes] == ["cancelled", "already_cancelled"]
    assert {outcome["fulfillment_id"] for outcome in outcomes} == {entry["fulfillment_id"]}
    assert sandbox.remaining(reference) == [2, 1]
    (cancelled,) = sandbox.ledger("fulfillments", reference)
    assert (entry["status"], cancelled["status"]) == ("live", "cancelled")
    assert sandbox.fulfillments(reference).status_code == 204


def test_an_unknown_fulfillment_is_not_cancelled(sandbox: SandboxProcess) -> None:
    refused = sandbox.http.post("/_sandbox/fulfillments/999999/cancel")

    assert refused.status_code == 404


def test_more_than_the_remaining_quantity_is_refused(sandbox: SandboxProcess, reference: str) -> None:
    sandbox.put_order(reference, 2)
    assert sandbox.fulfill(reference, 3).status_code == 400
    assert sandbox.remaining(reference) == [2]
    assert sandbox.ledger("fulfillments", reference) == []


def test_an_unknown_order_is_not_found(sandbox: SandboxProcess, reference: str) -> None:
    assert sandbox.fulfill(reference, 1).status_code == 404
    answer = sandbox.http.get(f"/_sandbox/orders/{reference}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ORDER.NOT_FOUND")


def test_an_order_needs_lines_with_unique_ids(sandbox: SandboxProcess, reference: str) -> None:
    line = {"id": "1", "sku": "A", "quantity": 1}
    for lines in ([], [line, line], [{**line, "quantity": 0}]):
        answer = sandbox.http.put(f"/_sandbox/orders/{reference}", json={"line_items": lines})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "FIELD.INVALID")
    assert sandbox.http.get(f"/_sandbox/orders/{reference}").status_code == 404


def test_the_delay_of_answers_is_a_number(sandbox: SandboxProcess) -> None:
    """It is valid until the next setting."""
    answer = sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": 3600}).json()
    assert answer == {"data": {"answer_after_seconds": 3600}}
    assert sandbox.http.post("/_sandbox/channel", json=None).json() == {"data": {"answer_after_seconds": 0.0}}
    refused = sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": -1})
    assert refused.json()["error"]["field"] == "answer_after_seconds"
