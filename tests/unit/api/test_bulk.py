"""Hundreds of operations in one call: recorded all or none, executed by ids or by a filter that was counted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.http.auth import Scope
from api.operations import bulk
from domain.operations import OperationStatus
from tests.fixtures import fake_stores as stores
from tests.unit.api.world import ACCOUNT, World

BATCH = "/api/operations/batch"
EXECUTE = "/api/operations/execute"


def status_change(order_id: object, status: str = "on_hold") -> dict[str, Any]:
    return {"type": "update_order_status", "order_id": str(order_id), "input": {"status": status}}


async def paths(world: World, path: str, body: Any) -> dict[str, str]:
    """Return the message of every refused field by its path."""
    answer = await world.call("POST", path, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input"), answer.text
    fields = answer.json()["error"]["details"]["fields"]
    return {".".join(map(str, field["path"])): field["message"] for field in fields}


async def pending(world: World, count: int) -> list[str]:
    order = world.order()
    body = {"operations": [status_change(order.id) for _ in range(count)]}
    return [one["id"] for one in await world.data("POST", BATCH, body)]


async def test_a_batch_is_recorded_in_its_order(world: World) -> None:
    order = world.order()
    statuses = ["on_hold", "shipped", "delivered"]

    answer = await world.call("POST", BATCH, {"operations": [status_change(order.id, one) for one in statuses]})

    assert answer.status_code == 201
    assert [one["input"]["status"] for one in answer.json()["data"]] == statuses
    assert [one.input["status"] for one in world.rows.operations.values()] == statuses
    assert {one.status for one in world.rows.operations.values()} == {OperationStatus.PENDING}
    assert {one.plan["status"] for one in world.rows.operations.values()} == set(statuses)


async def test_every_bad_field_of_a_batch_is_named_and_nothing_is_recorded(world: World) -> None:
    """What no schema takes, what no type is, and what the organization's data refuses: in one answer."""
    order, nowhere, nobody = world.order(), uuid4(), uuid4()
    label = {"carrier_account_id": str(nobody), "service": "GROUND"}
    operations = [
        status_change(order.id),
        {**status_change(order.id), "odd": 1},
        {"type": "fly", "order_id": None, "input": {}},
        status_change(order.id, "lost"),
        status_change(nowhere),
        {"type": "create_shipment", "order_id": str(order.id), "input": label},
        {"type": "update_order_status", "input": {"status": "shipped"}},
        {"type": "void_shipment", "input": {"shipment_id": str(nobody)}},
        "nothing",
    ]  # fmt: skip

    refused = await paths(world, BATCH, {"operations": operations})

    assert list(refused) == [
        "operations.1.odd",
        "operations.2.type",
        "operations.3.input.status",
        "operations.4.order_id",
        "operations.5.input.carrier_account_id",
        "operations.6.order_id",
        "operations.7.input.shipment_id",
        "operations.8",
    ]
    assert str(nowhere) in refused["operations.4.order_id"]
    assert not world.rows.operations


async def test_what_many_operations_name_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.data("POST", "/api/carrier-accounts", ACCOUNT)
    orders = [world.order() for _ in range(3)]
    looked: list[str] = []
    for store, method in (
        (stores.FakeOrders, "get"), (stores.FakeOrders, "several"), (stores.FakeAccounts, "default"),
    ):  # fmt: skip
        whole = getattr(store, method)

        async def noted(self: Any, *given: Any, _whole: Any = whole, _name: str = f"{store.__name__}.{method}") -> Any:
            looked.append(_name)
            return await _whole(self, *given)

        monkeypatch.setattr(store, method, noted)
    given = {"carrier": ACCOUNT["carrier"], "service": "GROUND"}
    operations = [{"type": "create_shipment", "order_id": str(one.id), "input": given} for one in orders * 2]

    await world.data("POST", BATCH, {"operations": operations})

    assert sorted(looked) == ["FakeAccounts.default", "FakeOrders.several"]


@pytest.mark.parametrize("count", [0, 501])
async def test_a_batch_has_1_to_500_operations(world: World, count: int) -> None:
    assert list(await paths(world, BATCH, {"operations": [status_change(uuid4())] * count})) == ["operations"]


async def test_a_repeated_batch_is_recorded_once(world: World) -> None:
    body = {"operations": [status_change(world.order().id)] * 2}
    first = await world.call("POST", BATCH, body, Idempotency_Key="k")
    again = await world.call("POST", BATCH, body, Idempotency_Key="k")

    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert len(world.rows.operations) == 2


async def test_of_ids_each_is_told_what_became_of_it(world: World) -> None:
    """In their order; another organization's is not found."""
    first, second = await pending(world, 2)
    await world.data("POST", f"/api/operations/{first}/cancel")
    unknown = str(uuid4())

    answer = await world.call("POST", EXECUTE, {"ids": [unknown, first, second]})

    assert answer.status_code == 202
    assert answer.json()["data"] == {
        "started": 1,
        "remaining": 0,
        "results": [
            {"id": unknown, "result": "not_found", "status": None},
            {"id": first, "result": "not_pending", "status": "cancelled"},
            {"id": second, "result": "started", "status": "executing"},
        ],
    }
    assert [one for one, runs in world.rows.runs.items() if runs] == [UUID(second)]
    assert world.dispatch.looks == 1


async def test_a_filter_is_counted_and_then_executed(world: World) -> None:
    ids = await pending(world, 3)
    order_id = str(world.rows.operations[UUID(ids[0])].order_id)
    await pending(world, 2)
    wanted = {"type": "update_order_status", "order_id": order_id}

    counted = await world.call("POST", EXECUTE, {"filter": wanted, "dry_run": True})
    assert (counted.status_code, counted.json()) == (200, {"data": {"count": 3}})
    assert not world.rows.runs

    started = await world.call("POST", EXECUTE, {"filter": wanted, "expected_count": 3})
    assert (started.status_code, started.json()["data"]) == (202, {"started": 3, "remaining": 0, "results": None})
    assert {str(one) for one in world.rows.runs} == set(ids)


async def test_another_count_than_expected_executes_nothing(world: World) -> None:
    await pending(world, 2)

    answer = await world.call("POST", EXECUTE, {"filter": {}, "expected_count": 3})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (
        409, "count_changed", {"count": 2, "expected_count": 3},
    )  # fmt: skip
    assert not world.rows.runs


async def test_what_is_beyond_the_most_of_one_call_remains(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MOST_STARTED", 2)
    await pending(world, 5)
    found = []
    for expected in (5, 3, 1):
        data = await world.data("POST", EXECUTE, {"filter": {}, "expected_count": expected})
        found.append((data["started"], data["remaining"]))
    assert found == [(2, 3), (2, 1), (1, 0)]


IDS = [str(uuid4())]


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, ["filter"]),
        ({"ids": IDS, "filter": {}}, ["filter"]),
        ({"ids": []}, ["ids"]),
        ({"ids": IDS * 2}, ["ids"]),
        ({"ids": ["x"]}, ["ids.0"]),
        ({"ids": [str(uuid4()) for _ in range(501)]}, ["ids"]),
        ({"ids": IDS, "dry_run": True}, ["dry_run"]),
        ({"ids": IDS, "expected_count": 1}, ["expected_count"]),
        ({"filter": {}}, ["expected_count"]),
        ({"filter": {}, "dry_run": True, "expected_count": 1}, ["expected_count"]),
        ({"filter": {}, "expected_count": -1}, ["expected_count"]),
        ({"filter": {}, "expected_count": "1"}, ["expected_count"]),
        ({"filter": {"status": "failed"}, "dry_run": True}, ["filter.status"]),
        ({"filter": {"order_id": "x"}, "dry_run": True}, ["filter.order_id"]),
    ],
)  # fmt: skip
async def test_what_is_not_clear_is_refused_by_its_field(
    world: World, body: Mapping[str, Any], refused: list[str]
) -> None:
    assert list(await paths(world, EXECUTE, body)) == refused


async def test_scopes_are_those_of_single_calls(world: World) -> None:
    order = world.order()
    for path, body, scope in (
        (BATCH, {"operations": [status_change(order.id)]}, Scope.OPERATIONS_WRITE),
        (EXECUTE, {"filter": {}, "dry_run": True}, Scope.OPERATIONS_EXECUTE),
    ):
        for held in (scope, *(set(Scope) - {scope})):
            world.secret = world.key(held)
            answer = await world.call("POST", path, body)
            assert answer.status_code == 403 if held is not scope else answer.is_success, (path, held)
