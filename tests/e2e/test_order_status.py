"""Several operations contribute to an order's status, and each undo removes its own part."""

from tests.fixtures.api import WAIT, Api, data
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"


def undo(api: Api, operation: Json) -> None:
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/undo", headers=WAIT)
    assert data(answer)["status"] == "undone"


def get_order(api: Api, order: Json) -> Json:
    return data(api.http.get(f"/api/orders/{order['id']}"))


def test_two_operations_set_the_same_status(api: Api) -> None:
    """The order keeps the status until both are undone."""
    order = api.order(status="processing")
    first, second = [api.done(api.status_change(order["id"], "shipped")) for _ in range(2)]

    undo(api, first)
    assert get_order(api, order)["status"] == "shipped"
    undo(api, second)
    assert get_order(api, order)["status"] == "processing"


def test_an_order_is_fulfilled_in_two_parts(api: Api) -> None:
    order = api.order(status="processing", bridge_id=api.bridge()["id"])
    fields = {"carrier": "shipengine", "service": "usps_ground_advantage"}
    assert order["remaining"] == {"1": 2, "2": 1}

    part = api.done(api.create("fulfill_order", order["id"], **fields, line_items=[{"id": "1", "quantity": 2}]))
    updated = get_order(api, order)
    assert (part["output"]["status"], updated["status"]) == ("partially_shipped", "partially_shipped")
    assert updated["remaining"] == {"1": 0, "2": 1}

    rest = api.done(api.create("fulfill_order", order["id"], **fields))
    updated = get_order(api, order)
    assert (rest["output"]["previous_status"], updated["status"]) == ("partially_shipped", "shipped")
    assert updated["remaining"] == {"1": 0, "2": 0}

    preflight = data(api.http.get(f"{OPERATIONS}/{rest['id']}/undo"))
    assert "the order is partially_shipped again" in [step["customer_sees"] for step in preflight["steps"]]
    undo(api, rest)
    assert get_order(api, order)["status"] == "partially_shipped"
    undo(api, part)
    assert get_order(api, order) == {**order, "updated_at": get_order(api, order)["updated_at"]}
