"""Read one operation, and list operations with filters and pages."""

from datetime import timedelta

import pytest

from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows, now

PATH = "/api/operations"


@pytest.mark.parametrize(
    "operation_id",
    ["7", "x" * 3000, "%00", "550e8400e29b41d4a716446655440000", "01a20993-70c2-7d3e-9e0a-3b1c5f6a7d80"],
)
@pytest.mark.parametrize(
    ("method", "suffix"),
    [("GET", ""), ("GET", "/undo"), ("POST", "/execute"), ("POST", "/cancel"), ("POST", "/undo"), ("POST", "/retry")],
)
async def test_an_unknown_id_is_not_found(client: ApiClient, method: str, suffix: str, operation_id: str) -> None:
    response = await client.call(method, f"{PATH}/{operation_id}{suffix}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "operation_not_found")


async def test_an_operation_of_another_organization_is_not_found(client: ApiClient, other_rows: Rows) -> None:
    assert (await client.call("GET", f"{PATH}/{other_rows.insert_operation()}")).status_code == 404


async def test_an_operation_is_shown_with_its_log_and_workflow(client: ApiClient, rows: Rows) -> None:
    operation_id = rows.insert_operation()
    await client.call("POST", f"{PATH}/{operation_id}/execute")

    operation = await client.data("GET", f"{PATH}/{operation_id}")

    assert operation["status"] == "executing"
    assert [entry["event"] for entry in operation["logs"]] == ["operation.executing"]
    assert operation["workflow"] == {
        "id": f"operation-{operation_id}",
        "run": 1,
        "kind": "execute",
        "url": f"http://127.0.0.1:8233/namespaces/default/workflows/operation-{operation_id}",
    }
    assert operation["undo"]["steps"] == []
    assert len(operation["runs"]) == 1


async def test_an_operation_of_a_removed_type_is_shown(client: ApiClient, rows: Rows) -> None:
    operation_id = rows.insert_operation("completed", type="of_a_plugin")

    operation = await client.data("GET", f"{PATH}/{operation_id}")

    assert operation["undo"]["reason"] == "type_not_undoable"


async def test_pages_are_exact(client: ApiClient, rows: Rows) -> None:
    for seconds in range(5):
        rows.insert_operation(created_at=now() + timedelta(seconds=seconds))

    first = (await client.call("GET", f"{PATH}?limit=2")).json()
    beyond = (await client.call("GET", f"{PATH}?limit=2&page=9&order=asc")).json()

    assert first["pagination"] == {"page": 1, "limit": 2, "total": 5, "totalPages": 3, "hasMore": True}
    times = [operation["created_at"] for operation in first["data"]]
    assert len(times) == 2
    assert times == sorted(times, reverse=True)
    assert beyond["data"] == []
    assert beyond["pagination"] == {"page": 9, "limit": 2, "total": 5, "totalPages": 3, "hasMore": False}


async def test_filters_are_combined(client: ApiClient, rows: Rows) -> None:
    order_id = rows.insert_order()
    failed = rows.insert_operation("failed", order_id=order_id)
    rows.insert_operation(order_id=order_id)
    attention = {"reason": "outcome_unknown", "since": "2026-01-15T10:30:00Z", "step": "x", "choices": []}
    unclear = rows.insert_operation(attention=attention)

    found = await client.data("GET", f"{PATH}?order_id={order_id}&status=failed&type=update_order_status")
    needing = await client.data("GET", f"{PATH}?attention=true")

    assert [operation["id"] for operation in found] == [str(failed)]
    assert [operation["id"] for operation in needing] == [str(unclear)]


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
async def test_a_bad_query_is_rejected_and_not_clamped(client: ApiClient, query: str, parameter: str) -> None:
    response = await client.call("GET", f"{PATH}?{query}")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request")
    assert error["details"]["parameter"] == parameter


@pytest.mark.parametrize(
    "name", ["orders", "shipments", "carrier-accounts", "bridges", "api-keys", "users", "operations"]
)
async def test_every_list_has_exact_pages(client: ApiClient, name: str) -> None:
    page = (await client.call("GET", f"/api/{name}?page=7&limit=3")).json()["pagination"]

    assert (page["page"], page["limit"], page["hasMore"]) == (7, 3, False)
    assert (await client.call("GET", f"/api/{name}?limit=1000")).status_code == 400
