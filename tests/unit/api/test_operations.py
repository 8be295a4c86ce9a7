"""Recording, finding, executing and cancelling operations."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api.http.auth import Scope
from domain.operations import OperationStatus, Run, RunKind
from tests.fixtures.fake_stores import now
from tests.unit.api.test_resources import BRIDGE
from tests.unit.api.world import ACCOUNT, World


async def test_an_operation_is_recorded_and_not_executed(world: World) -> None:
    order = world.order()

    answer = await world.call(
        "POST",
        "/api/operations",
        {"type": "update_order_status", "order_id": str(order.id), "input": {"status": "shipped"}},
    )

    assert answer.status_code == 201
    shown = answer.json()["data"]
    assert answer.headers["location"] == f"/api/operations/{shown['id']}"
    assert (shown["status"], shown["order_id"], shown["output"]) == ("pending", str(order.id), None)
    assert shown["undo"] == {
        "available": False, "reason": "not_completed", "until": None, "status": "none", "steps": None,
    }  # fmt: skip
    assert shown["created_at"].endswith("Z")
    assert world.dispatch.offered == []


async def test_what_is_checked_is_what_is_executed(world: World) -> None:
    """Blanks around a text would be checked without, and sent with."""
    bridge = await world.data("POST", "/api/bridges", BRIDGE)
    order = world.order()
    given = {
        "bridge_id": f" {bridge['id']}",
        "tracking_number": " 1Z ",
        "carrier": "ups\n",
        "line_items": [{"sku": "MUG ", "quantity": 1}],
    }

    shown = await world.data(
        "POST", "/api/operations", {"type": "push_fulfillment", "order_id": str(order.id), "input": given}
    )

    assert shown["input"] == {
        "bridge_id": bridge["id"],
        "tracking_number": "1Z",
        "carrier": "ups",
        "line_items": [{"sku": "MUG", "quantity": 1}],
    }


async def test_both_inputs_of_the_reference_are_taken(world: World) -> None:
    account = await world.data("POST", "/api/carrier-accounts", ACCOUNT)
    order = world.order()

    for given in (
        {"carrier_account_id": account["id"], "service": "GROUND_HOME_DELIVERY"},
        {"carrier": "fedex", "service": "GROUND"},
    ):
        body = {"type": "create_shipment", "order_id": str(order.id), "input": given}
        shown = await world.data("POST", "/api/operations", body)

        assert shown["input"] == given
        assert "Pine Street" not in str(list(world.rows.operations.values())[-1].plan)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"input": {"status": "shipped", "colour": "red"}}, ["input", "colour"]),
        ({"input": {"status": "lost"}}, ["input", "status"]),
        ({"input": {}}, ["input", "status"]),
        ({"input": []}, ["input"]),
        ({"order_id": None}, ["order_id"]),
        ({"order_id": "7"}, ["order_id"]),
        ({"colour": "red"}, ["colour"]),
        ({"type": 7}, ["type"]),
        ({"input": {"status": "shipped", "reason": "a\u0000b"}}, ["input", "reason"]),
        ({"input": {"status": "shipped", "reason": "x" * 100_000}}, ["input", "reason"]),
        ({"input": {"status": "shipped", "reason": 10**30}}, ["input", "reason"]),
    ],
)
async def test_bad_input_is_named_by_its_path(world: World, changes: dict[str, Any], path: list[str]) -> None:
    body = {"type": "update_order_status", "order_id": str(world.order().id), "input": {"status": "shipped"}}

    answer = await world.call("POST", "/api/operations", {**body, **changes})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "invalid_input")
    assert error["details"]["fields"][0]["path"] == path
    assert world.rows.operations == {}


async def test_an_account_of_another_organization_looks_like_none(world: World) -> None:
    account = await world.data("POST", "/api/carrier-accounts", ACCOUNT)
    other = uuid4()
    order = world.order(organization_id=other)
    world.database.rows(other).orders[order.id] = order
    world.secret = world.key(*Scope, organization_id=other)
    body = {
        "type": "create_shipment",
        "order_id": str(order.id),
        "input": {"carrier_account_id": account["id"], "service": "GROUND"},
    }

    answer = await world.call("POST", "/api/operations", body)

    assert answer.status_code == 422
    assert answer.json()["error"]["details"]["fields"][0]["path"] == ["input", "carrier_account_id"]


async def test_unknown_types_and_orders_are_told_apart(world: World) -> None:
    unknown = await world.call("POST", "/api/operations", {"type": "teleport", "input": {}})
    missing = await world.call(
        "POST",
        "/api/operations",
        {"type": "update_order_status", "order_id": str(uuid4()), "input": {"status": "shipped"}},
    )

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "unknown_operation_type")
    assert "create_shipment" in unknown.json()["error"]["details"]["known"]
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "order_not_found")


async def test_an_order_without_an_address_gets_no_shipment(world: World) -> None:
    await world.data("POST", "/api/carrier-accounts", ACCOUNT)
    order = world.order(ship_to=None)
    body = {"type": "create_shipment", "order_id": str(order.id), "input": {"carrier": "fedex", "service": "GROUND"}}

    answer = await world.call("POST", "/api/operations", body)

    assert answer.json()["error"]["details"]["fields"] == [
        {"path": ["order_id"], "message": "the order has no ship_to address"}
    ]


@pytest.mark.parametrize(
    "ident",
    ["7", "x" * 3000, "%00", "550e8400e29b41d4a716446655440000", "01a20993-70c2-7d3e-9e0a-3b1c5f6a7d80"],
)
@pytest.mark.parametrize(
    ("method", "suffix"),
    [("GET", ""), ("GET", "/undo"), ("POST", "/execute"), ("POST", "/cancel"), ("POST", "/undo"), ("POST", "/retry")],
)
async def test_there_is_no_operation_with_such_an_id(world: World, method: str, suffix: str, ident: str) -> None:
    answer = await world.call(method, f"/api/operations/{ident}{suffix}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "operation_not_found")


async def test_the_operation_of_another_organization_is_not_found(world: World) -> None:
    operation = world.operation()
    world.secret = world.key(*Scope, organization_id=uuid4())

    assert (await world.call("GET", f"/api/operations/{operation.id}")).status_code == 404


async def test_get_tells_everything(world: World) -> None:
    operation = world.operation()
    await world.call("POST", f"/api/operations/{operation.id}/execute")

    shown = await world.data("GET", f"/api/operations/{operation.id}")

    assert shown["status"] == "executing"
    assert [entry["event"] for entry in shown["logs"]] == ["operation.execute"]
    assert shown["workflow"] == {
        "id": f"operation-{operation.id}",
        "run": 1,
        "kind": "execute",
        "url": f"http://127.0.0.1:8233/namespaces/default/workflows/operation-{operation.id}",
    }
    assert shown["undo"]["steps"] == []
    assert len(shown["runs"]) == 1


async def test_execute_hands_the_run_over_and_does_not_wait(world: World) -> None:
    operation = world.operation()

    answer = await world.call("POST", f"/api/operations/{operation.id}/execute")
    again = await world.call("POST", f"/api/operations/{operation.id}/execute")

    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")
    assert [run.kind for run in world.dispatch.offered] == [RunKind.EXECUTE]
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "operation_not_pending"
    assert again.json()["error"]["details"] == {"status": "executing"}


async def test_nobody_waits_for_a_process_that_ends(world: World) -> None:
    operation = world.operation()
    world.changes.leaving = True

    answer = await world.call("POST", f"/api/operations/{operation.id}/execute", Prefer="wait=60")

    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")


async def test_execute_waits_for_the_end_where_the_client_prefers(world: World) -> None:
    operation = world.operation()
    world.dispatch.then = lambda run: world.close(run, status=OperationStatus.COMPLETED, output={"status": "shipped"})

    answer = await world.call("POST", f"/api/operations/{operation.id}/execute", Prefer="wait=5")

    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=5"
    assert (answer.json()["data"]["status"], answer.json()["data"]["output"]) == ("completed", {"status": "shipped"})


async def test_a_wait_that_is_too_short_answers_as_if_there_was_none(world: World) -> None:
    operation = world.operation()

    answer = await world.call("POST", f"/api/operations/{operation.id}/execute", Prefer="wait=1")

    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")


async def test_a_wait_survives_the_database(world: World) -> None:
    """The run is committed: whatever happens to the database afterwards, it is not refused."""
    operation = world.operation()

    def fall(_: Run) -> None:
        world.database.down = True

    world.dispatch.then = fall

    answer = await world.call("POST", f"/api/operations/{operation.id}/execute", Prefer="wait=5", Idempotency_Key="k")

    assert answer.status_code == 202


async def test_only_a_pending_operation_is_cancelled(world: World) -> None:
    operation = world.operation()

    cancelled = await world.call("POST", f"/api/operations/{operation.id}/cancel")
    again = await world.call("POST", f"/api/operations/{operation.id}/cancel")

    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "cancelled")
    assert (again.status_code, again.json()["error"]["details"]) == (409, {"status": "cancelled"})


async def test_a_failed_operation_is_tried_again(world: World) -> None:
    operation = world.operation(status=OperationStatus.FAILED, error={"code": "rejected", "message": "no"})

    answer = await world.call("POST", f"/api/operations/{operation.id}/retry")
    again = await world.call("POST", f"/api/operations/{operation.id}/retry")

    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "operation_not_failed")


async def test_what_could_not_be_taken_back_comes_before_a_retry(world: World) -> None:
    operation = world.operation(
        status=OperationStatus.FAILED,
        attention={"reason": "compensation_failed", "since": "2026-01-15T10:30:00Z", "step": "x", "choices": ["retry"]},
    )

    answer = await world.call("POST", f"/api/operations/{operation.id}/retry")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "compensation_unsettled")


async def test_pages_are_exact(world: World) -> None:
    for index in range(5):
        world.operation(created_at=now() + timedelta(seconds=index))

    first = (await world.call("GET", "/api/operations?limit=2")).json()
    beyond = (await world.call("GET", "/api/operations?limit=2&page=9&order=asc")).json()

    assert first["pagination"] == {"page": 1, "limit": 2, "total": 5, "totalPages": 3, "hasMore": True}
    times = [one["created_at"] for one in first["data"]]
    assert times == sorted(times, reverse=True)
    assert beyond["data"] == []
    assert beyond["pagination"] == {"page": 9, "limit": 2, "total": 5, "totalPages": 3, "hasMore": False}


async def test_filters_are_combined(world: World) -> None:
    order = world.order()
    wanted = world.operation(order_id=order.id, status=OperationStatus.FAILED)
    world.operation(order_id=order.id)
    attention = {"reason": "outcome_unknown", "since": "2026-01-15T10:30:00Z", "step": "x", "choices": []}
    needy = world.operation(attention=attention)

    found = await world.data("GET", f"/api/operations?order_id={order.id}&status=failed&type=update_order_status")
    needing = await world.data("GET", "/api/operations?attention=true")

    assert [one["id"] for one in found] == [str(wanted.id)]
    assert [one["id"] for one in needing] == [str(needy.id)]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1_0", "limit"),
        ("limit=", "limit"),
        ("page=0", "page"),
        ("page=99999999999999999999", "page"),
        ("status=lost", "status"),
        ("sort=secret", "sort"),
        ("order=up", "order"),
        ("order_id=7", "order_id"),
        ("type=%00", "type"),
        ("attention=false", "attention"),
        ("stauts=failed", "stauts"),
        ("page=1&page=2", "page"),
    ],
)
async def test_a_query_is_refused_never_clamped(world: World, query: str, parameter: str) -> None:
    answer = await world.call("GET", f"/api/operations?{query}")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_request")
    assert error["details"]["parameter"] == parameter


async def test_types_show_their_schemas(world: World) -> None:
    types = await world.data("GET", "/api/operations/types")
    one = await world.data("GET", "/api/operations/types/void_shipment")
    missing = await world.call("GET", "/api/operations/types/teleport")

    assert [kind["type"] for kind in types] == sorted(kind["type"] for kind in types)
    assert len(types) == 5
    assert one["supports_undo"] is False
    assert one["input_schema"]["required"] == ["shipment_id"]
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "operation_type_not_found")


async def test_a_type_that_is_gone_is_still_shown(world: World) -> None:
    operation = world.operation(type="of_a_plugin", status=OperationStatus.COMPLETED)

    shown = await world.data("GET", f"/api/operations/{operation.id}")

    assert shown["undo"]["reason"] == "type_not_undoable"
