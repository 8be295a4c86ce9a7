"""Filters of the lists of operations, orders and shipments."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows

START = datetime(2026, 3, 1, tzinfo=UTC)
OPERATIONS = "/api/operations"


async def find(client: ApiClient, path: str, **query: Any) -> set[str]:
    """Return the ids of a list, which must be the same by page and by cursor, and as many as the total."""
    params = {**query, "limit": 2}
    by_page: list[str] = []
    page = 1
    while True:
        body = await read(client, path, {**params, "page": page})
        by_page += [row["id"] for row in body["data"]]
        page += 1
        if not body["pagination"]["hasMore"]:
            break
    by_cursor: list[str] = []
    cursor: str | None = "first"
    while cursor is not None:
        body = await read(client, path, {**params, "cursor": cursor})
        by_cursor += [row["id"] for row in body["data"]]
        cursor = body["pagination"]["nextCursor"]
    assert by_page == by_cursor
    assert len(set(by_page)) == len(by_page) == body["pagination"]["total"]
    return set(by_page)


async def read(client: ApiClient, path: str, params: Mapping[str, Any]) -> Any:
    response = await client.http.get(path, params=params, headers=client.authorization)
    assert response.status_code == 200, response.text
    return response.json()


async def refused_parameters(client: ApiClient, path: str, **query: Any) -> dict[str, str]:
    """Return the message for each refused parameter."""
    response = await client.http.get(path, params=query, headers=client.authorization)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request"), response.text
    return {problem["parameter"]: problem["message"] for problem in error["details"]["parameters"]}


def ids(*rows: UUID) -> set[str]:
    return {str(row) for row in rows}


@pytest.mark.parametrize("path", [OPERATIONS, "/api/orders", "/api/shipments"])
@pytest.mark.parametrize("name", ["created", "updated"])
async def test_times_include_the_start_and_exclude_the_end(client: ApiClient, rows: Rows, path: str, name: str) -> None:
    insert = {
        OPERATIONS: rows.insert_operation,
        "/api/orders": rows.insert_order,
        "/api/shipments": rows.insert_shipment,
    }
    at = [START + timedelta(hours=hours) for hours in range(4)]
    made = [insert[path](**{"created_at": START, f"{name}_at": time}) for time in at]

    found = await find(client, path, **{f"{name}_after": at[1].isoformat(), f"{name}_before": at[3].isoformat()})
    late = await find(
        client, path, **{f"{name}_after": "2026-03-01T05:00:00+02:00", f"{name}_before": "2026-04-01T00:00:00Z"}
    )

    assert found == ids(made[1], made[2])
    assert late == ids(made[3])


async def test_a_repeated_parameter_takes_several_values(client: ApiClient, rows: Rows) -> None:
    """Each combination of the values matches, and a value that is sent twice counts once."""
    orders = [rows.insert_order() for _ in range(3)]
    made = {
        (status, kind, order): rows.insert_operation(status, type=kind, order_id=order)
        for status in ("failed", "executing", "completed")
        for kind in ("create_shipment", "void_shipment")
        for order in orders
    }

    for sort in ("created_at", "updated_at", "executed_at", "type", "status"):
        found = await find(
            client,
            OPERATIONS,
            status=["failed", "executing", "failed"],
            type=["create_shipment", "void_shipment"],
            order_id=[str(order) for order in orders[:2]],
            sort=sort,
        )
        assert found == {
            str(operation) for key, operation in made.items() if key[0] != "completed" and key[2] in orders[:2]
        }, sort
    total = (await read(client, OPERATIONS, {"status": ["failed", "completed"]}))["pagination"]["total"]
    assert total == 12


async def test_many_values_are_combined(client: ApiClient, rows: Rows) -> None:
    """More combinations than the list merges from indexes."""
    made = [
        rows.insert_operation(status, type=f"t{n}") for n in range(6) for status in ("failed", "executing", "completed")
    ]

    found = await find(
        client, OPERATIONS, status=["failed", "executing", "completed"], type=[f"t{n}" for n in range(6)]
    )

    assert found == ids(*made)


async def test_operations_are_found_by_error_account_and_bridge(client: ApiClient, rows: Rows) -> None:
    account, other, bridge = str(uuid4()), str(uuid4()), str(uuid4())
    label = rows.insert_operation("failed", plan={"carrier_account_id": account}, error={"code": "rejected"})
    both = rows.insert_operation(
        "failed", plan={"carrier_account_id": other, "bridge_id": bridge}, error={"code": "late"}
    )
    rows.insert_operation("completed")

    assert await find(client, OPERATIONS, carrier_account_id=account) == ids(label)
    assert await find(client, OPERATIONS, carrier_account_id=[account, other]) == ids(label, both)
    assert await find(client, OPERATIONS, bridge_id=bridge) == ids(both)
    assert await find(client, OPERATIONS, error_code=["rejected", "late"], status="failed") == ids(label, both)
    assert await find(client, OPERATIONS, error_code="late", status=["failed", "undone"]) == ids(both)
    assert await find(client, OPERATIONS, error_code="late", status=["completed", "undone"]) == set()
    assert await find(client, OPERATIONS, error_code="rejected", bridge_id=bridge) == set()


async def test_numbers_find_operations_orders_and_shipments(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    """A tracking number also finds the operations that use the shipment, and nothing of another organization."""
    order = rows.insert_order(order_number="#1001")
    rows.insert_order(order_number="#1002")
    bought = rows.insert_operation("completed", order_id=order)
    shipment = rows.insert_shipment(operation_id=bought, order_id=order, tracking_number="TRACK-1")
    void = rows.insert_operation("completed")
    rows.insert("shipment_uses", operation_id=void, shipment_id=shipment, depends_on=bought)
    rows.insert_shipment(tracking_number="TRACK-2")
    foreign = other_rows.insert_order(order_number="#1001")
    other_rows.insert_shipment(order_id=foreign, tracking_number="TRACK-1")

    assert await find(client, OPERATIONS, tracking_number="TRACK-1") == ids(bought, void)
    assert await find(client, OPERATIONS, order_number="#1001") == ids(bought)
    assert await find(client, "/api/orders", tracking_number="TRACK-1") == ids(order)
    assert await find(client, "/api/orders", order_number=["#1001", "#9"]) == ids(order)
    assert await find(client, "/api/shipments", order_number="#1001") == ids(shipment)
    assert await find(client, "/api/shipments", tracking_number=["TRACK-1", "TRACK-9"]) == ids(shipment)


async def test_operations_are_found_by_the_actor_that_created_them(client: ApiClient, rows: Rows) -> None:
    """Alone or in a batch; the actor that cancels one does not count."""
    body = {"type": "update_order_status", "order_id": str(rows.insert_order()), "input": {"status": "processing"}}
    other = replace(client, secret=rows.insert_key())
    mine = await client.data("POST", OPERATIONS, body)
    (batched,) = await client.data("POST", f"{OPERATIONS}/batch", {"operations": [body]})
    theirs = await other.data("POST", OPERATIONS, body)
    await client.data("POST", f"{OPERATIONS}/{theirs['id']}/cancel")
    logs = [(await client.data("GET", f"{OPERATIONS}/{made['id']}"))["logs"][0] for made in (mine, theirs)]
    actors = [log["actor"] for log in logs]

    assert await find(client, OPERATIONS, actor=actors[0]) == {mine["id"], batched["id"]}
    assert await find(client, OPERATIONS, actor=actors[1], sort="updated_at") == {theirs["id"]}
    assert await find(client, OPERATIONS, actor=actors) == {mine["id"], batched["id"], theirs["id"]}
    assert await find(client, OPERATIONS, actor=actors[0], status="cancelled") == set()
    assert await find(client, OPERATIONS, actor=["user:nobody", "service:worker"]) == set()


SORTS = ("created_at", "updated_at", "executed_at", "type", "status")


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_actor_metadata_and_time_combine_in_every_order(client: ApiClient, rows: Rows, order: str) -> None:
    """Both are stored in other tables, which must return the same rows in the same order as the operations."""
    order_id = str(rows.insert_order())
    other = replace(client, secret=rows.insert_key())
    made = []
    for number in range(12):
        body = {
            "type": "update_order_status",
            "order_id": order_id,
            "input": {"status": "processing"},
            "metadata": {"half": str(number % 2), "third": str(number % 3)},
        }
        made.append(await (client if number < 8 else other).data("POST", OPERATIONS, body))
    for cancelled in made[::4]:
        await client.data("POST", f"{OPERATIONS}/{cancelled['id']}/cancel")
    actors = [(await client.data("GET", f"{OPERATIONS}/{made[n]['id']}"))["logs"][0]["actor"] for n in (0, 11)]
    numbers = {operation["id"]: number for number, operation in enumerate(made)}

    async def list_(**query: Any) -> list[int]:
        return sorted(numbers[found] for found in await find(client, OPERATIONS, order=order, **query))

    times = {"created_after": made[3]["created_at"], "created_before": made[9]["created_at"]}
    states = ["pending", "failed"]
    for sort in SORTS:
        assert await list_(sort=sort, **{"metadata[half]": "1", "metadata[third]": "0"}) == [3, 9]
        assert await list_(sort=sort, actor=actors[0], status=states, **{"metadata[half]": "0"}) == [2, 6]
        assert await list_(sort=sort, actor=actors, **times, **{"metadata[half]": "1"}) == [3, 5, 7]
    by_creation = await read(client, OPERATIONS, {"actor": actors, "order": order})
    expected = sorted((made_["created_at"], made_["id"]) for made_ in made)
    assert [row["id"] for row in by_creation["data"]] == [
        ident for _, ident in (expected if order == "asc" else expected[::-1])
    ]


async def test_a_correction_of_the_clock_hides_no_operation(client: ApiClient, rows: Rows) -> None:
    """The last change may have an earlier time than the creation, by less than an hour."""
    made = rows.insert_operation(created_at=START + timedelta(minutes=59), updated_at=START)
    end = (START + timedelta(seconds=1)).isoformat()

    assert await find(client, OPERATIONS, updated_before=end) == ids(made)
    assert await find(client, OPERATIONS, created_after=end, sort="updated_at") == ids(made)


async def test_only_the_accounts_own_field_of_the_plan_counts(client: ApiClient, rows: Rows) -> None:
    """An installed type whose step calls an account of another field is not found by it."""
    account = str(uuid4())
    named = rows.insert_operation(type="book_courier", plan={"carrier_account_id": account}, touches=[UUID(account)])
    rows.insert_operation(type="book_courier", plan={"pickup_account_id": account}, touches=[UUID(account)])

    assert await find(client, OPERATIONS, carrier_account_id=account) == ids(named)


async def test_shipments_are_found_by_account(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    account = rows.insert_account()
    mine = [rows.insert_shipment(carrier_account_id=account) for _ in range(3)]
    rows.insert_shipment()
    foreign = other_rows.insert_account()
    other_rows.insert_shipment(carrier_account_id=foreign)

    assert await find(client, "/api/shipments", carrier_account_id=str(account)) == ids(*mine)
    assert await find(client, "/api/shipments", carrier_account_id=str(foreign)) == set()


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (OPERATIONS, "created_after", "2026-03-01"),
        (OPERATIONS, "created_before", "yesterday"),
        (OPERATIONS, "updated_after", "2026-03-01T00:00:00"),
        (OPERATIONS, "updated_before", ""),
        (OPERATIONS, "created_after", ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"]),
        (OPERATIONS, "status", ["failed", "lost"]),
        (OPERATIONS, "type", ["create_shipment", ""]),
        (OPERATIONS, "type", [f"t{n}" for n in range(21)]),
        (OPERATIONS, "carrier_account_id", "1"),
        (OPERATIONS, "bridge_id", ["1", "2"]),
        (OPERATIONS, "error_code", "x" * 201),
        (OPERATIONS, "tracking_number", "a\nb"),
        (OPERATIONS, "actor", "01a20993-70c2-7d3e-9e0a-3b1c5f6a7d80"),
        (OPERATIONS, "actor", ["key:1", "person:1"]),
        (OPERATIONS, "attention", ["true", "true"]),
        ("/api/orders", "order_number", ""),
        ("/api/orders", "carrier_account_id", str(UUID(int=1))),
        ("/api/shipments", "operation_id", "1"),
        ("/api/shipments", "created_after", "9999-12-31T23:59:59-12:00"),
    ],
)  # fmt: skip
async def test_a_bad_filter_is_refused_and_named(client: ApiClient, path: str, name: str, value: Any) -> None:
    assert list(await refused_parameters(client, path, **{name: value})) == [name]


async def test_the_refusal_of_a_value_names_the_accepted_ones(client: ApiClient) -> None:
    refused = await refused_parameters(client, OPERATIONS, status=["failed", "lost"], colour="red")

    assert refused["status"] == "must be one of pending, executing, completed, failed, cancelled, undone"
    assert "carrier_account_id" in refused["colour"]


async def test_a_cursor_is_bound_to_its_filters(client: ApiClient, rows: Rows) -> None:
    """The order of the values does not matter."""
    for _ in range(3):
        rows.insert_operation("failed")
    first = {"status": ["failed", "pending"], "limit": 1, "created_after": START.isoformat()}
    cursor = (await read(client, OPERATIONS, {**first, "cursor": "first"}))["pagination"]["nextCursor"]

    assert (await read(client, OPERATIONS, {**first, "status": ["pending", "failed"], "cursor": cursor}))["data"]
    for other in ({"status": "failed"}, {"created_after": "2026-03-01T00:00:01Z"}, {"error_code": "x"}):
        refused = await refused_parameters(client, OPERATIONS, **{**first, **other, "cursor": cursor})
        assert list(refused) == ["cursor"]


async def test_a_cursor_of_another_organization_or_parent_is_refused(
    client: ApiClient, rows: Rows, other_rows: Rows
) -> None:
    other = ApiClient(client.service, other_rows.organization_id, other_rows.insert_key())
    for _ in range(2):
        rows.insert_order()
        rows.insert_operation()
    for path in (OPERATIONS, "/api/orders"):
        cursor = (await read(client, path, {"limit": 1, "cursor": "first"}))["pagination"]["nextCursor"]
        assert list(await refused_parameters(other, path, limit=1, cursor=cursor)) == ["cursor"]
    columns = {"action": "cancel", "actor": "key:1", "total": 2, "waiting": 2}
    actions = [rows.insert_with_id("bulk_actions", **columns) for _ in range(2)]
    for action in [*actions, *actions]:
        rows.insert_with_id("bulk_items", bulk_action_id=action, operation_id=rows.insert_operation())
    items = [f"/api/bulk-actions/{action}/items" for action in actions]
    cursor = (await read(client, items[0], {"limit": 1, "cursor": "first"}))["pagination"]["nextCursor"]
    assert list(await refused_parameters(client, items[1], limit=1, cursor=cursor)) == ["cursor"]


async def test_a_total_without_kept_count_is_capped(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counted pages have numbers; the cursor returns all rows."""
    monkeypatch.setattr("adapters.postgres.core.paging.MAX_COUNTED", 4)
    monkeypatch.setattr("adapters.postgres.core.paging.DEEP", 4)
    made = [rows.insert_operation("failed", error={"code": "late"}) for _ in range(7)]
    query = {"error_code": "late", "limit": 2}

    pages = [(await read(client, OPERATIONS, {**query, "page": page}))["pagination"] for page in (1, 2)]
    kept = (await read(client, OPERATIONS, {"status": "failed", "limit": 2}))["pagination"]

    assert [page["hasMore"] for page in pages] == [True, True]
    assert pages[1] == {"page": 2, "limit": 2, "total": 4, "totalPages": 2, "totalIsCapped": True, "hasMore": True}
    assert "page" in await refused_parameters(client, OPERATIONS, **query, page=3)
    assert (kept["total"], "totalIsCapped" in kept) == (7, False)
    walked: list[str] = []
    cursor: str | None = "first"
    while cursor is not None:
        body = await read(client, OPERATIONS, {**query, "cursor": cursor})
        walked += [row["id"] for row in body["data"]]
        cursor = body["pagination"]["nextCursor"]
        assert (body["pagination"]["total"], body["pagination"]["totalIsCapped"]) == (4, True)
    assert set(walked) == ids(*made)


async def test_a_capped_total_is_not_counted_again(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Later pages of a cursor keep it; a total that was exact is exact on each page."""
    for _ in range(6):
        rows.insert_operation("failed", error={"code": "late"})
    query = {"error_code": "late", "limit": 2}
    monkeypatch.setattr("adapters.postgres.core.paging.MAX_COUNTED", 4)
    capped = (await read(client, OPERATIONS, {**query, "cursor": "first"}))["pagination"]
    monkeypatch.undo()
    exact = (await read(client, OPERATIONS, {**query, "cursor": "first"}))["pagination"]
    rows.insert_operation("failed", error={"code": "late"})

    after_capped = (await read(client, OPERATIONS, {**query, "cursor": capped["nextCursor"]}))["pagination"]
    after_exact = (await read(client, OPERATIONS, {**query, "cursor": exact["nextCursor"]}))["pagination"]

    assert (after_capped["total"], after_capped["totalIsCapped"]) == (10_000, True)
    assert (after_exact["total"], "totalIsCapped" in after_exact) == (7, False)
