"""Create hundreds of operations in one call: all of them or none."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.http.auth import Scope
from tests.fixtures.builders import build_account, build_operation, build_purchase
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/operations/batch"


async def test_a_batch_is_created_in_its_order(client: ApiClient, rows: Rows) -> None:
    order_id = rows.insert_order()
    statuses = ["on_hold", "shipped", "delivered"]

    response = await client.call("POST", PATH, {"operations": [build_operation(order_id, name) for name in statuses]})

    assert response.status_code == 201
    recorded = response.json()["data"]
    assert [operation["input"]["status"] for operation in recorded] == statuses
    stored = {str(row["id"]): row for row in rows.select("operations")}
    assert [stored[operation["id"]]["plan"]["status"] for operation in recorded] == statuses
    assert {row["status"] for row in stored.values()} == {"pending"}


async def test_every_bad_field_is_named_and_nothing_is_created(client: ApiClient, rows: Rows) -> None:
    """One answer lists errors of the schema, of the type and of references."""
    order_id, missing_order, missing_id = rows.insert_order(), uuid4(), uuid4()
    label = {"carrier_account_id": str(missing_id), "service": "GROUND"}
    operations = [
        build_operation(order_id),
        {**build_operation(order_id), "odd": 1},
        {"type": "fly", "order_id": None, "input": {}},
        build_operation(order_id, "lost"),
        build_operation(missing_order),
        {"type": "create_shipment", "order_id": str(order_id), "input": label},
        {"type": "update_order_status", "input": {"status": "shipped"}},
        {"type": "void_shipment", "input": {"shipment_id": str(missing_id)}},
        "nothing",
    ]  # fmt: skip

    response = await client.call("POST", PATH, {"operations": operations})

    assert refused_paths(response) == [
        "operations.1.odd",
        "operations.2.type",
        "operations.3.input.status",
        "operations.4.order_id",
        "operations.5.input.carrier_account_id",
        "operations.6.order_id",
        "operations.7.input.shipment_id",
        "operations.8",
    ]
    assert str(missing_order) in response.json()["error"]["details"]["fields"][3]["message"]
    assert rows.select("operations") == []


async def test_a_larger_batch_needs_no_more_sql_statements(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Orders and accounts are read once, even if many operations name them."""
    await client.data("POST", "/api/carrier-accounts", build_account())
    orders = [rows.insert_order() for _ in range(3)]
    execute, statements = psycopg.AsyncCursor.execute, 0

    async def count(cursor: Any, *args: Any, **options: Any) -> Any:
        nonlocal statements
        statements += 1
        return await execute(cursor, *args, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", count)
    counts = []
    for order_ids in (orders[:1], orders * 2):
        operations = [build_purchase(order_id) for order_id in order_ids]
        statements = 0
        await client.data("POST", PATH, {"operations": operations})
        counts.append(statements)

    assert counts[0] == counts[1] > 2


@pytest.mark.parametrize("count", [0, 501])
async def test_a_batch_has_1_to_500_operations(client: ApiClient, count: int) -> None:
    response = await client.call("POST", PATH, {"operations": [build_operation(uuid4())] * count})

    assert refused_paths(response) == ["operations"]


async def test_a_repeated_batch_is_created_once(client: ApiClient, rows: Rows) -> None:
    body = {"operations": [build_operation(rows.insert_order())] * 2}

    first = await client.call("POST", PATH, body, Idempotency_Key="k")
    again = await client.call("POST", PATH, body, Idempotency_Key="k")

    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert len(rows.select("operations")) == 2


async def test_a_batch_needs_the_scope_of_a_single_call(client: ApiClient, rows: Rows) -> None:
    body = {"operations": [build_operation(rows.insert_order())]}
    for scope in Scope:
        client.secret = rows.insert_key(scope)
        response = await client.call("POST", PATH, body)
        assert response.status_code == (201 if scope is Scope.OPERATIONS_WRITE else 403), scope


async def test_a_field_has_the_code_of_the_single_call(client: ApiClient, rows: Rows) -> None:
    await client.data("POST", "/api/carrier-accounts", build_account())
    operations = [
        build_purchase(rows.insert_order(status="cancelled")),
        build_purchase(rows.insert_order(status="on_hold")),
        build_operation(uuid4()),
        {"type": "fly", "order_id": None, "input": {}},
        build_purchase(rows.insert_order(), service="TELEPORT"),
    ]

    singles = [(await client.call("POST", "/api/operations", body)).json()["error"]["code"] for body in operations]
    response = await client.call("POST", PATH, {"operations": operations})

    assert refused_paths(response)[:3] == ["operations.0.order_id", "operations.1.order_id", "operations.2.order_id"]
    fields = response.json()["error"]["details"]["fields"]
    assert [field.get("code", "invalid_input") for field in fields] == singles
    assert singles[:4] == ["order_cancelled", "order_on_hold", "order_not_found", "unknown_operation_type"]
