"""When an order is cancelled during an operation, nothing more is sent, and the label is voided."""

import pytest

from tests.fixtures.api import LABEL, Api, data
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"
CODES = {"cancelled": "order_cancelled", "returned": "order_cancelled", "on_hold": "order_on_hold"}


def set_status(api: Api, order: Json, status: str) -> None:
    """Change the order's status, as a shop does."""
    data(api.http.patch(f"/api/orders/{order['id']}", json={"status": status}))


def is_sent(operation: Json) -> bool:
    """Return whether the label's purchase has been sent and not answered."""
    return any(step["step"] == "buy_label" and step["state"] == "sent" for step in operation["undo"]["steps"])


def label_states(api: Api, operation: Json) -> list[str]:
    """Return the carrier's statuses of the operation's labels."""
    references = [step["reference"] for step in operation["undo"]["steps"]]
    return [label["status"] for label in api.sandbox.labels() if label["reference"] in references]


def fulfill(api: Api, order: Json, **fields: object) -> Json:
    return api.create("fulfill_order", order["id"], bridge_id=api.info["demo"]["bridge_id"], **{**LABEL, **fields})


@pytest.mark.parametrize("status", CODES)
def test_an_order_closed_during_the_purchase_is_not_pushed(api: Api, status: str) -> None:
    """The worker completes the purchase that was already sent, then voids the label; the order keeps its status."""
    order = api.order()
    operation = fulfill(api, order)
    api.sandbox.script("labels.create", "slow:30")
    data(api.http.post(f"{OPERATIONS}/{operation['id']}/execute"), 202)
    api.until(operation["id"], is_sent)
    set_status(api, order, status)
    api.sandbox.clear()

    failed = api.until(operation["id"], lambda found: found["status"] == "failed")

    error = failed["error"]
    assert (error["code"], error["step"], error["rolled_back"]) == (CODES[status], "push_fulfillment", True)
    assert error["message"] == f"the order is {status}"
    assert label_states(api, failed) == ["voided"]
    assert data(api.http.get(f"/api/orders/{order['id']}"))["status"] == status


def test_a_cancelled_order_gets_no_label(api: Api) -> None:
    """The carrier gets no request, and a retry completes after the order is open again."""
    order = api.order()
    operation = api.label(order["id"])
    set_status(api, order, "cancelled")

    failed = api.done(operation, "failed")
    assert (failed["error"]["code"], failed["error"]["rolled_back"]) == ("order_cancelled", True)
    assert label_states(api, failed) == []

    set_status(api, order, "processing")
    retried = data(api.http.post(f"{OPERATIONS}/{operation['id']}/retry", headers={"Prefer": "wait=20"}))
    assert retried["status"] == "completed"


def test_an_override_ships_a_cancelled_order(api: Api) -> None:
    """The log has the override of the input, and each step that it allowed."""
    order = api.order()
    operation = fulfill(api, order, allow_order_status=True, reason="the customer rang")
    set_status(api, order, "cancelled")

    completed = api.done(operation)

    logs = [(entry["event"], entry["step"]) for entry in completed["logs"]]
    assert completed["logs"][0]["details"] == {"allow_order_status": True, "reason": "the customer rang"}
    assert ("step.order_status_allowed", "buy_label") in logs
    assert ("step.order_status_allowed", "push_fulfillment") in logs
