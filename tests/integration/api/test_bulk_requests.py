"""Requests of bulk actions: selections, counts and refusals; no engine runs, so that every item waits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.bulk_actions import service
from api.http.auth import Scope
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/bulk-actions"
IDS = [str(uuid4())]
FILTER = {"action": "cancel", "filter": {}}


async def count(client: ApiClient, action: str, **wanted: Any) -> int:
    data = await client.data("POST", PATH, {"action": action, "filter": wanted, "dry_run": True})
    return int(data["count"])


def insert_all_states(rows: Rows) -> dict[str, UUID]:
    """Insert an operation in each status, and some in states that an action refuses."""
    states: dict[str, dict[str, Any]] = {
        status: {"status": status} for status in ("pending", "executing", "completed", "failed", "cancelled", "undone")
    }
    states["asks"] = {"status": "failed", "attention": {"reason": "compensation_failed", "choices": []}}
    states["undoing"] = {"status": "completed", "undo_status": "in_progress"}
    states["undo failed"] = {"status": "completed", "undo_status": "failed"}
    return {name: rows.insert_operation(**columns) for name, columns in states.items()}


@pytest.mark.parametrize(
    ("action", "selected"),
    [
        ("execute", {"pending"}),
        ("cancel", {"pending"}),
        ("retry", {"failed"}),
        ("undo", {"completed", "undo failed"}),
    ],
)
async def test_a_filter_selects_the_operations_that_the_action_can_change(
    client: ApiClient, rows: Rows, other_rows: Rows, action: str, selected: set[str]
) -> None:
    states = insert_all_states(rows)
    insert_all_states(other_rows)

    assert await count(client, action) == len(selected)
    await client.data("POST", PATH, {"action": action, "filter": {}, "expected_count": len(selected)})

    items = {item["operation_id"] for item in rows.select("bulk_items")}
    assert items == {states[name] for name in selected}


async def test_each_filter_narrows_the_selection(client: ApiClient, rows: Rows) -> None:
    order_id = rows.insert_order()
    chosen = rows.insert_operation("failed", order_id=order_id, type="create_shipment", error={"code": "rejected"})
    rows.insert_operation("failed", type="create_shipment", created_at="2026-01-01T00:00:00Z")
    rows.insert_operation("failed", error={"code": "did_not_happen"})
    earlier = await client.data("POST", PATH, {"action": "retry", "ids": [str(chosen)]})

    assert await count(client, "retry") == 3
    assert await count(client, "retry", type="create_shipment") == 2
    assert await count(client, "retry", order_id=str(order_id)) == 1
    assert await count(client, "retry", error_code="rejected") == 1
    assert await count(client, "retry", created_after="2026-01-01T00:00:01Z") == 2
    assert await count(client, "retry", created_before="2026-01-01T00:00:01Z") == 1
    assert await count(client, "retry", bulk_action_id=earlier["id"]) == 1
    assert await count(client, "retry", bulk_action_id=str(uuid4())) == 0


async def test_a_filter_that_matches_more_by_then_changes_nothing(client: ApiClient, rows: Rows) -> None:
    rows.insert_operation()
    counted = await count(client, "cancel")
    rows.insert_operation()

    response = await client.call("POST", PATH, {**FILTER, "expected_count": counted})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (409, "count_changed")
    assert error["details"] == {"count": 2, "expected_count": 1}
    assert rows.select("bulk_actions") == rows.select("bulk_items") == []


async def test_an_empty_selection_has_ended(client: ApiClient) -> None:
    action = await client.data("POST", PATH, {**FILTER, "expected_count": 0})

    assert (action["status"], action["total"]) == ("ended", 0)


async def test_more_operations_than_the_maximum_are_refused(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the client expects the maximum."""
    monkeypatch.setattr(service, "MAX_ITEMS", 2)
    for _ in range(4):
        rows.insert_operation()

    response = await client.call("POST", PATH, {**FILTER, "expected_count": 2})

    assert response.json()["error"]["details"] == {"count": 4, "expected_count": 2}
    assert refused_paths(await client.call("POST", PATH, {**FILTER, "expected_count": 50_001})) == ["expected_count"]


async def test_unknown_ids_and_those_of_others_are_refused_with_their_place(
    client: ApiClient, rows: Rows, other_rows: Rows
) -> None:
    ids = [uuid4(), rows.insert_operation(), other_rows.insert_operation()]

    response = await client.call("POST", PATH, {"action": "cancel", "ids": list(map(str, ids))})

    assert refused_paths(response) == ["ids.0", "ids.2"]
    fields = response.json()["error"]["details"]["fields"]
    assert {field["code"] for field in fields} == {"operation_not_found"}
    assert rows.select("bulk_actions") == []


async def test_a_stop_skips_the_waiting_items(client: ApiClient, rows: Rows) -> None:
    ids = [str(rows.insert_operation()) for _ in range(3)]
    path = f"{PATH}/{(await client.data('POST', PATH, {'action': 'cancel', 'ids': ids}))['id']}"

    stopped = await client.data("POST", f"{path}/stop")

    assert (stopped["status"], stopped["waiting"], stopped["skipped"]) == ("ended", 0, 3)
    items = await client.data("GET", f"{path}/items")
    assert {item["error"]["code"] for item in items} == {"stopped"}
    assert await client.data("POST", f"{path}/stop") == stopped
    assert {row["status"] for row in rows.select("operations")} == {"pending"}


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"ids": IDS}, ["action"]),
        ({"action": "resolve", "ids": IDS}, ["action"]),
        ({"action": "undo"}, ["filter"]),
        ({"action": "undo", "ids": IDS, "filter": {}}, ["filter"]),
        ({"action": "undo", "ids": []}, ["ids"]),
        ({"action": "undo", "ids": IDS * 2}, ["ids"]),
        ({"action": "undo", "ids": ["x"]}, ["ids.0"]),
        ({"action": "undo", "ids": [str(uuid4()) for _ in range(10_001)]}, ["ids"]),
        ({"action": "undo", "ids": IDS, "dry_run": True}, ["dry_run"]),
        ({"action": "undo", "ids": IDS, "expected_count": 1}, ["expected_count"]),
        ({"action": "undo", "filter": {}}, ["expected_count"]),
        ({"action": "undo", "filter": {"status": "failed"}, "dry_run": True}, ["filter.status"]),
        ({"action": "undo", "filter": {"created_before": "today"}, "dry_run": True}, ["filter.created_before"]),
        ({"action": "undo", "filter": {"held": True}, "dry_run": True}, ["filter.held"]),
        ({"action": "cancel", "filter": {"held": False}, "dry_run": True}, ["filter.held"]),
        ({"action": "undo", "ids": IDS, "force": True}, ["reason"]),
        ({"action": "retry", "ids": IDS, "force": True, "reason": "r"}, ["force", "reason"]),
        ({"action": "cancel", "ids": IDS, "reason": "r"}, ["reason"]),
        ({"action": "cancel", "ids": IDS, "wait": 5}, ["wait"]),
    ],
)  # fmt: skip
async def test_an_ambiguous_request_is_refused_with_its_field(
    client: ApiClient, body: Mapping[str, Any], refused: list[str]
) -> None:
    assert refused_paths(await client.call("POST", PATH, body)) == refused


async def test_a_repeated_call_with_its_key_records_one_action(client: ApiClient, rows: Rows) -> None:
    rows.insert_operation()
    body = {**FILTER, "expected_count": 1}

    first, second = [await client.call("POST", PATH, body, Idempotency_Key="k") for _ in range(2)]

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(rows.select("bulk_actions")) == 1


async def test_actions_and_items_are_listed_by_page_and_status(client: ApiClient, rows: Rows) -> None:
    ids = [str(rows.insert_operation()) for _ in range(3)]
    running = await client.data("POST", PATH, {"action": "cancel", "ids": ids})
    ended = await client.data("POST", PATH, {"action": "undo", "filter": {}, "expected_count": 0})

    async def listed(query: str) -> list[str]:
        return [action["id"] for action in await client.data("GET", f"{PATH}?{query}")]

    assert await listed("order=asc") == [running["id"], ended["id"]]
    assert await listed("status=running") == await listed("action=cancel") == [running["id"]]
    assert await listed("status=ended") == [ended["id"]]

    path = f"{PATH}/{running['id']}/items"
    page = (await client.call("GET", f"{path}?cursor=first&limit=2&order=asc")).json()
    assert [item["operation_id"] for item in page["data"]] == ids[:2]
    cursor = page["pagination"]["nextCursor"]
    rest = await client.data("GET", f"{path}?cursor={cursor}&limit=2&order=asc")
    assert [(item["operation_id"], item["status"]) for item in rest] == [(ids[2], "waiting")]
    assert await client.data("GET", f"{path}?status=skipped") == []


async def test_actions_of_others_are_not_found(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    action = await client.data("POST", PATH, {"action": "cancel", "ids": [str(rows.insert_operation())]})
    client.secret = other_rows.insert_key()

    for path in (f"{PATH}/{action['id']}", f"{PATH}/{action['id']}/items"):
        assert (await client.call("GET", path)).json()["error"]["code"] == "bulk_action_not_found"
    assert await client.data("GET", PATH) == []
    assert await count(client, "cancel", bulk_action_id=action["id"]) == 0


async def test_a_bulk_action_needs_the_scope_of_the_single_call(client: ApiClient, rows: Rows) -> None:
    for scope in Scope:
        client.secret = rows.insert_key(scope)
        response = await client.call("POST", PATH, {**FILTER, "dry_run": True})
        assert response.status_code == (200 if scope is Scope.OPERATIONS_EXECUTE else 403), scope
