"""Creating, changing and finding orders."""

from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.builders import SHIP_TO, build_order
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/orders"


async def test_an_order_is_created_once_and_then_updated(client: ApiClient) -> None:
    created = await client.call("POST", PATH, build_order())
    await client.call("PATCH", f"{PATH}/{created.json()['data']['id']}", {"status": "shipped"})
    updated = await client.call("POST", PATH, {"external_id": "1001", "total": "5"})

    assert (created.status_code, updated.status_code) == (201, 200)
    before, after = created.json()["data"], updated.json()["data"]
    assert [item["id"] for item in before["line_items"]] == ["1", "b"]
    assert after == {**before, "status": "shipped", "total": "5.00", "updated_at": after["updated_at"]}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"external_id": ""}, "external_id"),
        ({"external_id": "a\nb"}, "external_id"),
        ({"total": 49.9}, "total"),
        ({"total": "-1"}, "total"),
        ({"currency": "eur"}, "currency"),
        ({"status": "lost"}, "status"),
        ({"ship_to": {**SHIP_TO, "country": "USA"}}, "ship_to.country"),
        ({"line_items": [{"sku": "a", "quantity": 0}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "a", "quantity": True}]}, "line_items.0.quantity"),
        ({"bridge_id": str(uuid4())}, "bridge_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_bad_order_is_named_by_its_field(client: ApiClient, changes: dict[str, Any], path: str) -> None:
    assert refused_paths(await client.call("POST", PATH, build_order(**changes)))[0] == path


async def test_orders_are_found_by_their_external_id(client: ApiClient, rows: Rows) -> None:
    order_id = rows.insert_order(external_id="a")
    rows.insert_order(external_id="b")

    found = await client.data("GET", f"{PATH}?external_id=a")

    assert [order["id"] for order in found] == [str(order_id)]
    assert (await client.data("GET", f"{PATH}/{order_id}"))["total"] == "10.00"
