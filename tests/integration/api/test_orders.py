"""Create, change and find orders."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.builders import build_order, build_ship_to
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/orders"
ORDER = build_order(
    order_number="#1001",
    currency="EUR",
    total="49.90",
    customer={"name": "Ada", "email": "ada@example.com"},
    line_items=[{"sku": "MUG", "quantity": 2, "price": "24.95"}, {"id": "b", "quantity": 1}],
)


async def test_an_order_is_created_once_and_then_updated(client: ApiClient) -> None:
    created = await client.call("POST", PATH, ORDER)
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
        ({"total": "1.234"}, "total"),
        ({"total": "10.50", "currency": "JPY", "line_items": []}, "total"),
        ({"total": "10.00", "currency": "JPY", "line_items": []}, "total"),
        ({"total": "10", "currency": "JPY"}, "line_items.0.price"),
        ({"total": "10.1234", "currency": "KWD"}, "total"),
        ({"currency": "eur"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "XAU"}, "currency"),
        ({"currency": "ABC"}, "currency"),
        ({"status": "lost"}, "status"),
        ({"ship_to": build_ship_to(country="USA")}, "ship_to.country"),
        ({"line_items": [{"sku": "a", "quantity": -1}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "a", "quantity": 10**6 + 1}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "a", "quantity": 10**30}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "a", "quantity": "2"}]}, "line_items.0.quantity"),
        ({"line_items": [{"sku": "a", "quantity": 1, "price": "--1"}]}, "line_items.0.price"),
        ({"line_items": [{"sku": True, "quantity": 1}]}, "line_items.0.sku"),
        ({"line_items": [{"id": 1.5, "quantity": 1}]}, "line_items.0.id"),
        ({"line_items": [{"id": "7", "quantity": 1}, {"id": 7, "quantity": 1}]}, "line_items.1.id"),
        ({"line_items": [{"id": "2", "quantity": 1}, {"sku": "a", "quantity": 1}]}, "line_items.1.id"),
        ({"line_items": [{"id": "\u00e9", "quantity": 1}, {"id": "e\u0301 ", "quantity": 1}]}, "line_items.1.id"),
        ({"external_id": "  "}, "external_id"),
        ({"external_id": "a\x00b"}, "external_id"),
        ({"external_id": None}, "external_id"),
        ({"external_id": "9" * 201}, "external_id"),
        ({"currency": ""}, "currency"),
        ({"ship_to": build_ship_to(name="")}, "ship_to.name"),
        ({"line_items": [{"sku": "a", "quantity": True}]}, "line_items.0.quantity"),
        ({"bridge_id": str(uuid4())}, "bridge_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_bad_order_is_rejected_with_its_fields_path(
    client: ApiClient, changes: dict[str, Any], path: str
) -> None:
    assert refused_paths(await client.call("POST", PATH, {**ORDER, **changes}))[0] == path


@pytest.mark.parametrize(
    ("currency", "total", "text"),
    [
        ("USD", "49.9", "49.90"),
        ("JPY", "1200", "1200"),
        ("KWD", "12.345", "12.345"),
        ("KWD", "12", "12.000"),
        ("CLF", "1.2345", "1.2345"),
        ("JPY", "999999999999", "999999999999"),
        ("CLF", "999999999999.9999", "999999999999.9999"),
    ],
)
async def test_amounts_have_the_decimals_of_their_currency(
    client: ApiClient, currency: str, total: str, text: str
) -> None:
    items = [{"quantity": 1, "price": total}]
    order = await client.data("POST", PATH, {**ORDER, "currency": currency, "total": total, "line_items": items})

    assert (order["currency"], order["total"]) == (currency, text)
    assert await client.data("GET", f"{PATH}/{order['id']}") == order


async def test_updated_amounts_must_fit_the_orders_currency(client: ApiClient) -> None:
    """POST and PATCH check the stored amounts as well."""
    order = await client.data("POST", PATH, {"external_id": "1", "currency": "JPY", "total": "10"})
    path = f"{PATH}/{order['id']}"

    assert refused_paths(await client.call("POST", PATH, {"external_id": "1", "total": "1.5"})) == ["total"]
    assert refused_paths(await client.call("PATCH", path, {"total": "1.5"})) == ["total"]
    assert (await client.data("PATCH", path, {"currency": "KWD"}))["total"] == "10.000"
    assert (await client.data("PATCH", path, {"total": "1.250"}))["total"] == "1.250"
    assert refused_paths(await client.call("PATCH", path, {"currency": "JPY"})) == ["currency"]
    assert (await client.data("PATCH", path, {"currency": "JPY", "total": "1"}))["total"] == "1"


async def test_a_shops_order_is_accepted_in_the_shops_notation(client: ApiClient) -> None:
    """Empty texts are absent, numbers are ids, and refunded lines and discounts are kept."""
    order = await client.data(
        "POST",
        PATH,
        {
            "external_id": 4_000_000_000_001,
            "order_number": 1001,
            "customer": {"name": "Ada", "email": ""},
            "ship_to": build_ship_to(company="", street2=" ", state="", phone=""),
            "total": "10.00",
            "line_items": [
                {"id": 11, "sku": 5, "name": "", "quantity": 0, "price": "19.00"},
                {"id": 12, "sku": "", "quantity": 1, "price": "-5.00"},
                {"id": 13, "sku": " Cafe\u0301 ", "quantity": 1, "price": "15.00"},
            ],
        },
    )

    assert (order["external_id"], order["order_number"]) == ("4000000000001", "1001")
    assert order["customer"] == {"name": "Ada"}
    assert order["ship_to"] == build_ship_to(state=None, phone=None)
    assert order["line_items"] == [
        {"id": "11", "sku": "5", "quantity": 0, "price": "19.00"},
        {"id": "12", "quantity": 1, "price": "-5.00"},
        {"id": "13", "sku": "Caf\u00e9", "quantity": 1, "price": "15.00"},
    ]


async def test_an_empty_text_changes_nothing(client: ApiClient) -> None:
    """Null removes a value."""
    order = await client.data("POST", PATH, ORDER)
    path = f"{PATH}/{order['id']}"

    assert (await client.data("POST", PATH, {"external_id": "1001", "order_number": ""}))["order_number"] == "#1001"
    assert (await client.data("PATCH", path, {"order_number": ""}))["order_number"] == "#1001"
    assert (await client.data("PATCH", path, {"order_number": None}))["order_number"] is None


@pytest.mark.parametrize("again", [1001, " 1001", "1001\t", "\u00a01001"])
async def test_one_id_in_several_forms_is_one_order(client: ApiClient, again: object) -> None:
    order = await client.data("POST", PATH, {"external_id": "1001"})

    assert (await client.data("POST", PATH, {"external_id": again}))["id"] == order["id"]
    assert [found["id"] for found in await client.data("GET", f"{PATH}?external_id=%201001")] == [order["id"]]


@pytest.mark.parametrize(
    "ident", ["\u202e1001", "\u05d7\u05e0\u05d4", "\U0001f4a9", "\u200d", "%00", "../1", "' or 1=1 --"]
)
async def test_unusual_ids_are_kept(client: ApiClient, ident: str) -> None:
    order = await client.data("POST", PATH, {"external_id": ident, "line_items": [{"id": ident, "quantity": 1}]})

    assert (order["external_id"], order["line_items"][0]["id"]) == (ident, ident)
    assert (await client.data("POST", PATH, {"external_id": ident}))["id"] == order["id"]


async def test_two_shops_can_have_the_same_order_id(client: ApiClient, rows: Rows) -> None:
    """Bridge and external id identify an order: an update never reaches the other shop's order."""
    bridges = [str(rows.insert_bridge()) for _ in range(2)]
    orders = [
        await client.data(
            "POST", PATH, {"external_id": "777", "bridge_id": bridge, "ship_to": build_ship_to(city=bridge[:8])}
        )
        for bridge in bridges
    ]
    updated = await client.call("POST", PATH, {"external_id": "777", "bridge_id": bridges[0], "total": "5"})

    assert orders[0]["id"] != orders[1]["id"]
    assert updated.status_code == 200
    assert updated.json()["data"] == {**orders[0], "total": "5.00", "updated_at": updated.json()["data"]["updated_at"]}
    assert await client.data("GET", f"{PATH}/{orders[1]['id']}") == orders[1]
    assert len(await client.data("GET", f"{PATH}?external_id=777")) == 2
    found = await client.data("GET", f"{PATH}?external_id=777&bridge_id={bridges[1]}")
    assert [order["id"] for order in found] == [orders[1]["id"]]


async def test_an_order_without_operations_joins_a_bridge(client: ApiClient, rows: Rows) -> None:
    order = await client.data("POST", PATH, ORDER)
    bridges = [str(rows.insert_bridge()) for _ in range(2)]

    adopted = await client.call("POST", PATH, {"external_id": "1001", "bridge_id": bridges[0], "total": "1.00"})
    other = await client.call("POST", PATH, {"external_id": "1001", "bridge_id": bridges[1]})
    without_bridge = await client.call("POST", PATH, {"external_id": "1001"})

    assert (adopted.status_code, other.status_code, without_bridge.status_code) == (200, 201, 201)
    changed = adopted.json()["data"]
    assert changed == {**order, "bridge_id": bridges[0], "total": "1.00", "updated_at": changed["updated_at"]}


async def test_an_order_with_an_operation_joins_no_bridge(client: ApiClient, rows: Rows) -> None:
    """Its operation was meant for an order without a bridge."""
    order_id = rows.insert_order(external_id="7")
    rows.insert_operation(order_id=order_id)

    created = await client.call("POST", PATH, {"external_id": "7", "bridge_id": str(rows.insert_bridge())})

    assert created.status_code == 201
    assert created.json()["data"]["id"] != str(order_id)
    assert (await client.data("GET", f"{PATH}/{order_id}"))["bridge_id"] is None


async def test_racing_creations_with_one_identity_make_one_order(client: ApiClient, rows: Rows) -> None:
    """With two bridges and without a bridge, while one of the bridges adopts an order."""
    bodies = [
        {"external_id": "7", "bridge_id": bridge} for bridge in (str(rows.insert_bridge()), str(rows.insert_bridge()))
    ]
    await client.data("POST", PATH, {"external_id": "7"})

    answers = await asyncio.gather(*(client.call("POST", PATH, body) for body in bodies * 5))

    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 2
    assert len(await client.data("GET", f"{PATH}?external_id=7")) == 2


async def test_racing_changes_of_a_bridge_have_one_winner(client: ApiClient, rows: Rows) -> None:
    path = f"{PATH}/{rows.insert_order()}"
    bridges = [str(rows.insert_bridge()) for _ in range(5)]

    answers = await asyncio.gather(*(client.call("PATCH", path, {"bridge_id": bridge}) for bridge in bridges))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    winner = next(answer.json()["data"] for answer in answers if answer.is_success)
    assert await client.data("GET", path) == winner


async def test_a_bridge_is_set_once(client: ApiClient, rows: Rows) -> None:
    bridge_id = str(rows.insert_bridge())
    path = f"{PATH}/{rows.insert_order()}"

    joined = await client.data("PATCH", path, {"bridge_id": bridge_id})
    again = await client.data("PATCH", path, {"bridge_id": bridge_id, "total": "1.00"})
    moved = await client.call("PATCH", path, {"bridge_id": str(rows.insert_bridge())})
    removed = await client.call("PATCH", path, {"bridge_id": None})

    assert (joined["bridge_id"], again["total"]) == (bridge_id, "1.00")
    for refused in (moved, removed):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "order_bridge_fixed")
        assert refused.json()["error"]["details"] == {"bridge_id": bridge_id}


async def test_orders_are_found_by_their_external_id(client: ApiClient, rows: Rows) -> None:
    order_id = rows.insert_order(external_id="a")
    rows.insert_order(external_id="b")

    found = await client.data("GET", f"{PATH}?external_id=a")

    assert [order["id"] for order in found] == [str(order_id)]
    assert (await client.data("GET", f"{PATH}/{order_id}"))["total"] == "12.50"
