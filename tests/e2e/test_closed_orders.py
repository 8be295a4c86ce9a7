"""An order that is cancelled while an operation ships it: nothing more is sent, and what was bought is voided."""

import pytest

from tests.fixtures.api import LABEL, Api, data
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"
CODES = {"cancelled": "order_cancelled", "returned": "order_cancelled", "on_hold": "order_on_hold"}


def change(api: Api, order: Json, status: str) -> None:
    """Change the order's status, as a shop does."""
    data(api.http.patch(f"/api/orders/{order['id']}", json={"status": status}))


def is_sent(operation: Json) -> bool:
    """Whether the purchase of the label is on its way."""
    return any(step["step"] == "buy_label" and step["state"] == "sent" for step in operation["undo"]["steps"])


def label_states(api: Api, operation: Json) -> list[str]:
    """Return the carrier's statuses of the operation's labels."""
    references = [step["reference"] for step in operation["undo"]["steps"]]
    return [label["status"] for label in api.sandbox.labels() if label["reference"] in references]


def fulfill(api: Api, order: Json, **given: object) -> Json:
    return api.create("fulfill_order", order["id"], bridge_id=api.info["demo"]["bridge_id"], **{**LABEL, **given})


@pytest.mark.parametrize("status", CODES)
def test_an_order_that_is_cancelled_during_the_purchase_is_not_pushed(api: Api, status: str) -> None:
    """The purchase was sent before: it is brought to its end, then voided; the order keeps its status."""
    order = api.order()
    operation = fulfill(api, order)
    api.sandbox.script("labels.create", "slow:0.5")
    data(api.http.post(f"{OPERATIONS}/{operation['id']}/execute"), 202)
    api.until(operation["id"], is_sent)
    change(api, order, status)

    failed = api.until(operation["id"], lambda found: found["status"] == "failed")

    error = failed["error"]
    assert (error["code"], error["step"], error["rolled_back"]) == (CODES[status], "push_fulfillment", True)
    assert error["message"] == f"the order is {status}"
    assert label_states(api, failed) == ["voided"]
    assert data(api.http.get(f"/api/orders/{order['id']}"))["status"] == status


def test_an_order_that_is_cancelled_before_the_execution_is_not_bought_for(api: Api) -> None:
    """Nothing is sent; the operation can be tried again once the order is open."""
    order = api.order()
    operation = api.label(order["id"])
    change(api, order, "cancelled")

    failed = api.done(operation, "failed")
    assert (failed["error"]["code"], failed["error"]["rolled_back"]) == ("order_cancelled", True)
    assert label_states(api, failed) == []

    change(api, order, "processing")
    retried = data(api.http.post(f"{OPERATIONS}/{operation['id']}/retry", headers={"Prefer": "wait=20"}))
    assert retried["status"] == "completed"


def test_an_override_ships_a_cancelled_order(api: Api) -> None:
    """The log has the override twice: as it was given, and where it mattered."""
    order = api.order()
    operation = fulfill(api, order, allow_order_status=True, reason="the customer rang")
    change(api, order, "cancelled")

    completed = api.done(operation)

    logs = [(entry["event"], entry["step"]) for entry in completed["logs"]]
    assert completed["logs"][0]["details"] == {"allow_order_status": True, "reason": "the customer rang"}
    assert ("step.order_status_allowed", "buy_label") in logs
    assert ("step.order_status_allowed", "push_fulfillment") in logs
