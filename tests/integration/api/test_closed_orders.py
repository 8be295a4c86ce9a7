"""Create an operation for an order that is cancelled, returned or on hold."""

from typing import Any

import pytest

from tests.fixtures.builders import FEDEX_GROUND, build_account, build_bridge
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/operations"
OVERRIDE = {"allow_order_status": True, "reason": "the customer rang"}
CODES = {"cancelled": "order_cancelled", "returned": "order_cancelled", "on_hold": "order_on_hold"}


async def bodies(client: ApiClient, order_id: object, **changes: Any) -> list[dict[str, Any]]:
    """Return the operations that ship a part of an order."""
    await client.data("POST", "/api/carrier-accounts", build_account())
    bridge = await client.data("POST", "/api/bridges", build_bridge())
    push = {"bridge_id": bridge["id"], "tracking_number": "1Z", "carrier": "ups"}
    inputs = {
        "create_shipment": FEDEX_GROUND,
        "fulfill_order": {**FEDEX_GROUND, "bridge_id": bridge["id"]},
        "push_fulfillment": push,
    }
    return [
        {"type": kind, "order_id": str(order_id), "input": {**fields, **changes}} for kind, fields in inputs.items()
    ]


@pytest.mark.parametrize("status", CODES)
async def test_a_closed_order_is_not_shipped(client: ApiClient, rows: Rows, status: str) -> None:
    for body in await bodies(client, rows.insert_order(status=status)):
        error = (await client.call("POST", PATH, body)).json()["error"]

        assert error["code"] == CODES[status], body["type"]
        assert error["details"]["fields"] == [{"path": ["order_id"], "message": f"the order is {status}"}]
    assert rows.select("operations") == []


@pytest.mark.parametrize("status", ["pending", "processing", "partially_shipped", "shipped", "delivered"])
async def test_an_open_order_can_be_shipped(client: ApiClient, rows: Rows, status: str) -> None:
    for body in await bodies(client, rows.insert_order(status=status)):
        assert (await client.call("POST", PATH, body)).status_code == 201, body["type"]


@pytest.mark.parametrize("status", CODES)
async def test_an_override_with_a_reason_is_logged_with_its_actor(client: ApiClient, rows: Rows, status: str) -> None:
    for body in await bodies(client, rows.insert_order(status=status), **OVERRIDE):
        operation = await client.data("POST", PATH, body)

        (entry,) = (await client.data("GET", f"{PATH}/{operation['id']}"))["logs"]
        assert entry["details"] == OVERRIDE
        assert entry["actor"] != "system"


async def test_an_override_needs_a_reason(client: ApiClient, rows: Rows) -> None:
    for body in await bodies(client, rows.insert_order(status="cancelled"), allow_order_status=True):
        assert refused_paths(await client.call("POST", PATH, body)) == ["input.reason"], body["type"]


async def test_other_operations_are_created_for_a_closed_order(client: ApiClient, rows: Rows) -> None:
    """A change of the status can open the order again."""
    body = {"type": "update_order_status", "order_id": str(rows.insert_order(status="cancelled"))}

    assert (await client.call("POST", PATH, {**body, "input": {"status": "processing"}})).status_code == 201


async def test_a_batch_names_each_closed_order(client: ApiClient, rows: Rows) -> None:
    closed = await bodies(client, rows.insert_order(status="cancelled"))
    open_order = {**closed[0], "order_id": str(rows.insert_order())}
    overridden = {**closed[1], "input": {**closed[1]["input"], **OVERRIDE}}

    response = await client.call("POST", f"{PATH}/batch", {"operations": [open_order, *closed, overridden]})

    assert refused_paths(response) == [f"operations.{index}.order_id" for index in (1, 2, 3)]
    made = await client.data("POST", f"{PATH}/batch", {"operations": [open_order, overridden]})
    entries = [entry["details"] for operation in made for entry in rows.select_log(operation["id"])]
    assert entries == [None, OVERRIDE]
