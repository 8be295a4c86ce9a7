"""Execute many operations in one call, by their ids or by a counted filter."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.http.auth import Scope
from api.operations import bulk
from tests.fixtures.in_process_api import ApiClient, Temporal, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/operations/execute"
IDS = [str(uuid4())]


def insert_pending(rows: Rows, count: int) -> tuple[UUID, list[UUID]]:
    """Insert an order with pending operations; return the ids."""
    order_id = rows.insert_order()
    return order_id, [rows.insert_operation(order_id=order_id) for _ in range(count)]


async def test_each_id_gets_a_result(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    _, (cancelled, pending) = insert_pending(rows, 2)
    await client.data("POST", f"/api/operations/{cancelled}/cancel")
    unknown = uuid4()

    response = await client.call("POST", PATH, {"ids": [str(unknown), str(cancelled), str(pending)]})

    assert response.status_code == 202
    assert response.json()["data"] == {
        "started": 1,
        "remaining": 0,
        "results": [
            {"id": str(unknown), "result": "not_found", "status": None},
            {"id": str(cancelled), "result": "not_pending", "status": "cancelled"},
            {"id": str(pending), "result": "started", "status": "executing"},
        ],
    }
    assert rows.select_one("runs")["operation_id"] == pending
    assert temporal.looks == 1


async def test_an_id_of_another_organization_is_not_found(client: ApiClient, other_rows: Rows) -> None:
    operation_id = other_rows.insert_operation()

    data = await client.data("POST", PATH, {"ids": [str(operation_id)]})

    assert data["results"] == [{"id": str(operation_id), "result": "not_found", "status": None}]
    assert other_rows.select_one("operations")["status"] == "pending"


async def test_a_filter_is_counted_and_then_executed(client: ApiClient, rows: Rows) -> None:
    order_id, operation_ids = insert_pending(rows, 3)
    insert_pending(rows, 2)
    wanted = {"type": "update_order_status", "order_id": str(order_id)}

    counted = await client.call("POST", PATH, {"filter": wanted, "dry_run": True})
    assert (counted.status_code, counted.json()) == (200, {"data": {"count": 3}})
    assert rows.select("runs") == []

    started = await client.call("POST", PATH, {"filter": wanted, "expected_count": 3})
    assert (started.status_code, started.json()["data"]) == (202, {"started": 3, "remaining": 0, "results": None})
    assert {run["operation_id"] for run in rows.select("runs")} == set(operation_ids)


async def test_another_count_than_expected_executes_nothing(client: ApiClient, rows: Rows) -> None:
    insert_pending(rows, 2)

    response = await client.call("POST", PATH, {"filter": {}, "expected_count": 3})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (409, "count_changed")
    assert error["details"] == {"count": 2, "expected_count": 3}
    assert rows.select("runs") == []


async def test_one_call_starts_no_more_than_its_maximum(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_STARTED", 2)
    insert_pending(rows, 5)

    results = []
    for expected in (5, 3, 1):
        data = await client.data("POST", PATH, {"filter": {}, "expected_count": expected})
        results.append((data["started"], data["remaining"]))

    assert results == [(2, 3), (2, 1), (1, 0)]


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
async def test_an_ambiguous_request_is_rejected_with_its_field(
    client: ApiClient, body: Mapping[str, Any], refused: list[str]
) -> None:
    assert refused_paths(await client.call("POST", PATH, body)) == refused


async def test_executing_many_needs_the_scope_of_a_single_call(client: ApiClient, rows: Rows) -> None:
    for scope in Scope:
        client.secret = rows.insert_key(scope)
        response = await client.call("POST", PATH, {"filter": {}, "dry_run": True})
        assert response.status_code == (200 if scope is Scope.OPERATIONS_EXECUTE else 403), scope
