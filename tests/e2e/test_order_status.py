"""An order's status over HTTP: several operations contribute to it, and each undo removes its own part."""

from tests.fixtures.api import WAIT, Api, data
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"


def undo(api: Api, operation: Json) -> None:
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/undo", headers=WAIT)
    assert data(answer)["status"] == "undone"


def order_of(api: Api, order: Json) -> Json:
    return data(api.http.get(f"/api/orders/{order['id']}"))


def test_two_operations_that_set_one_status(api: Api) -> None:
    """The order keeps it until both are undone."""
    order = api.order(status="processing")
    first, second = [api.done(api.status_change(order["id"], "shipped")) for _ in range(2)]

    undo(api, first)
    assert order_of(api, order)["status"] == "shipped"
    undo(api, second)
    assert order_of(api, order)["status"] == "processing"


def test_an_order_that_is_fulfilled_in_parts(api: Api) -> None:
    order = api.order(status="processing", bridge_id=api.bridge()["id"])
    given = {"carrier": "shipengine", "service": "usps_ground_advantage"}
    assert order["remaining"] == {"1": 2, "2": 1}

    part = api.done(api.create("fulfill_order", order["id"], **given, line_items=[{"id": "1", "quantity": 2}]))
    seen = order_of(api, order)
    assert (part["output"]["status"], seen["status"]) == ("partially_shipped", "partially_shipped")
    assert seen["remaining"] == {"1": 0, "2": 1}

    rest = api.done(api.create("fulfill_order", order["id"], **given))
    seen = order_of(api, order)
    assert (rest["output"]["previous_status"], seen["status"]) == ("partially_shipped", "shipped")
    assert seen["remaining"] == {"1": 0, "2": 0}

    preflight = data(api.http.get(f"{OPERATIONS}/{rest['id']}/undo"))
    assert "the order is partially_shipped again" in [step["customer_sees"] for step in preflight["steps"]]
    undo(api, rest)
    assert order_of(api, order)["status"] == "partially_shipped"
    undo(api, part)
    assert order_of(api, order) == {**order, "updated_at": order_of(api, order)["updated_at"]}
