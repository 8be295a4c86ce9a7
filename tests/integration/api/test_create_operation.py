"""Create an operation: the stored values and the rejected input."""

from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.builders import (
    FEDEX_GROUND,
    SHIP_FROM,
    build_account,
    build_bridge,
    build_operation,
    build_purchase,
)
from tests.fixtures.in_process_api import ApiClient, Temporal, refused_paths
from tests.fixtures.rows import Rows

PATH = "/api/operations"


async def test_an_operation_is_created_and_not_executed(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    order_id = rows.insert_order()

    response = await client.call("POST", PATH, build_operation(order_id))

    assert response.status_code == 201
    operation = response.json()["data"]
    assert response.headers["location"] == f"{PATH}/{operation['id']}"
    assert (operation["status"], operation["order_id"], operation["output"]) == ("pending", str(order_id), None)
    assert operation["undo"] == {
        "available": False, "reason": "not_completed", "until": None, "status": "none", "steps": None, "used_by": None,
    }  # fmt: skip
    assert operation["created_at"].endswith("Z")
    assert temporal.offered == []


async def test_surrounding_blanks_are_removed_before_validation(client: ApiClient, rows: Rows) -> None:
    """The validated value is the one that is sent."""
    bridge = await client.data("POST", "/api/bridges", build_bridge())
    fields = {
        "bridge_id": f" {bridge['id']}",
        "tracking_number": " 1Z ",
        "carrier": "ups\n",
        "line_items": [{"sku": "MUG ", "quantity": 1}],
    }

    operation = await client.data(
        "POST", PATH, {"type": "push_fulfillment", "order_id": str(rows.insert_order()), "input": fields}
    )

    assert operation["input"] == {
        "bridge_id": bridge["id"],
        "tracking_number": "1Z",
        "carrier": "ups",
        "line_items": [{"sku": "MUG", "quantity": 1}],
    }


LINES = [
    {"id": "1", "sku": "Caf\u00e9", "quantity": 2},
    {"id": "2", "sku": "Caf\u00e9", "quantity": 1},
    {"id": "3", "sku": "GONE", "quantity": 0},
    {"id": "4", "sku": "SALE", "quantity": 1, "price": "-5.00"},
    {"id": "5", "sku": "OLD ", "quantity": 1},
]


@pytest.mark.parametrize(
    ("items", "path"),
    [
        ([{"sku": "Cafe\u0301 ", "quantity": 3}, {"id": 5, "quantity": 1}], None),
        ([{"sku": "OLD", "quantity": 1}], None),
        ([{"sku": "Caf\u00e9", "quantity": 2}, {"id": "2", "quantity": 1}], None),
        ([{"id": "1", "quantity": 1}, {"id": "1", "quantity": 1}], None),
        ([{"sku": "Caf\u00e9", "quantity": 4}], "input.line_items.0.quantity"),
        ([{"id": "1", "quantity": 1}, {"id": "1", "quantity": 2}], "input.line_items.1.quantity"),
        ([{"sku": "Caf\u00e9", "quantity": 3}, {"id": "2", "quantity": 1}], "input.line_items.1.quantity"),
        ([{"id": "3", "quantity": 1}], "input.line_items.0.quantity"),
        ([{"id": "4", "quantity": 1}], "input.line_items.0.quantity"),
        ([{"sku": "cafe", "quantity": 1}], "input.line_items.0.sku"),
        ([{"id": "6", "quantity": 1}], "input.line_items.0.id"),
    ],
)
async def test_items_to_push_must_be_items_of_the_order(
    client: ApiClient, rows: Rows, items: list[dict[str, Any]], path: str | None
) -> None:
    """They are found by id or SKU in any notation, up to their quantity; refunded lines and discounts do not count."""
    bridge = await client.data("POST", "/api/bridges", build_bridge())
    order_id = str(rows.insert_order(bridge_id=bridge["id"], line_items=LINES))
    fields = {"tracking_number": 940011189922, "carrier": "usps", "line_items": items}

    answer = await client.call("POST", PATH, {"type": "push_fulfillment", "order_id": order_id, "input": fields})

    if path is not None:
        assert refused_paths(answer) == [path]
    else:
        assert answer.status_code == 201, answer.text
        assert answer.json()["data"]["input"]["tracking_number"] == "940011189922"


async def test_empty_texts_in_an_input_count_as_absent(client: ApiClient, rows: Rows) -> None:
    """The carrier never gets an empty text, and a required field may not be empty."""
    await client.data("POST", "/api/carrier-accounts", build_account())
    body = {"type": "create_shipment", "order_id": str(rows.insert_order())}
    ship_from = {**SHIP_FROM, "street2": "", "company": " "}
    parcel = {"weight": "1", "weight_unit": "lb", "length": "", "width": "", "height": "", "dimension_unit": ""}
    fields = {**FEDEX_GROUND, "label_format": ""}

    whole = await client.data("POST", PATH, {**body, "input": {**fields, "ship_from": ship_from, "parcels": [parcel]}})
    empty = await client.call("POST", PATH, {**body, "input": {**fields, "service": ""}})

    assert whole["input"] == {
        "carrier": "fedex", "service": "GROUND", "ship_from": SHIP_FROM,
        "parcels": [{"weight": "1", "weight_unit": "lb"}],
    }  # fmt: skip
    assert refused_paths(empty) == ["input.service"]


@pytest.mark.parametrize("kind", ["push_fulfillment", "fulfill_order"])
async def test_an_order_is_pushed_to_its_own_bridge(client: ApiClient, rows: Rows, kind: str) -> None:
    """The order's bridge is the default and no other is accepted; an order without a bridge needs one."""
    bridge, other = [(await client.data("POST", "/api/bridges", build_bridge()))["id"] for _ in range(2)]
    await client.data("POST", "/api/carrier-accounts", build_account())
    push = {"tracking_number": "1Z", "carrier": "ups"}
    fields = push if kind == "push_fulfillment" else FEDEX_GROUND
    order_id, homeless = str(rows.insert_order(bridge_id=bridge)), str(rows.insert_order())

    operation = await client.data("POST", PATH, {"type": kind, "order_id": order_id, "input": fields})
    elsewhere = {"type": kind, "order_id": order_id, "input": {**fields, "bridge_id": other}}
    nowhere = {"type": kind, "order_id": homeless, "input": fields}

    assert rows.value("select plan ->> 'bridge_id' from operations where id = %s", operation["id"]) == bridge
    assert refused_paths(await client.call("POST", PATH, elsewhere)) == ["input.bridge_id"]
    assert refused_paths(await client.call("POST", PATH, nowhere)) == ["input.bridge_id"]
    assert (await client.call("POST", PATH, {**elsewhere, "order_id": homeless})).status_code == 201


async def test_a_label_is_bought_by_account_or_by_carrier(client: ApiClient, rows: Rows) -> None:
    account = await client.data("POST", "/api/carrier-accounts", build_account())
    order_id = str(rows.insert_order())

    for fields in (
        {"carrier_account_id": account["id"], "service": "GROUND_HOME_DELIVERY"},
        FEDEX_GROUND,
    ):
        operation = await client.data("POST", PATH, {"type": "create_shipment", "order_id": order_id, "input": fields})
        assert operation["input"] == fields
        assert "Hidden Harbor" not in str(rows.select("operations")[-1]["plan"])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"input": {"status": "shipped", "colour": "red"}}, "input.colour"),
        ({"input": {"status": "lost"}}, "input.status"),
        ({"input": {}}, "input.status"),
        ({"input": []}, "input"),
        ({"order_id": None}, "order_id"),
        ({"order_id": "7"}, "order_id"),
        ({"colour": "red"}, "colour"),
        ({"type": 7}, "type"),
        ({"input": {"status": "shipped", "reason": "a\u0000b"}}, "input.reason"),
        ({"input": {"status": "shipped", "reason": "x" * 100_000}}, "input.reason"),
        ({"input": {"status": "shipped", "reason": 10**30}}, "input.reason"),
    ],
)
async def test_bad_input_is_rejected_with_its_path(
    client: ApiClient, rows: Rows, changes: dict[str, Any], path: str
) -> None:
    response = await client.call("POST", PATH, {**build_operation(rows.insert_order()), **changes})

    assert refused_paths(response)[0] == path
    assert rows.select("operations") == []


async def test_an_account_of_another_organization_is_not_found(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    label = {"carrier_account_id": str(other_rows.insert_account()), "service": "GROUND"}

    response = await client.call(
        "POST", PATH, {"type": "create_shipment", "order_id": str(rows.insert_order()), "input": label}
    )

    assert refused_paths(response) == ["input.carrier_account_id"]


async def test_an_order_of_another_organization_is_not_found(client: ApiClient, other_rows: Rows) -> None:
    response = await client.call("POST", PATH, build_operation(other_rows.insert_order()))

    assert (response.status_code, response.json()["error"]["code"]) == (404, "order_not_found")


async def test_unknown_types_and_orders_have_different_errors(client: ApiClient) -> None:
    unknown = await client.call("POST", PATH, {"type": "teleport", "input": {}})
    missing = await client.call("POST", PATH, build_operation(uuid4()))

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "unknown_operation_type")
    assert "create_shipment" in unknown.json()["error"]["details"]["known"]
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "order_not_found")


async def test_an_order_without_an_address_gets_no_shipment(client: ApiClient, rows: Rows) -> None:
    await client.data("POST", "/api/carrier-accounts", build_account())
    response = await client.call("POST", PATH, build_purchase(rows.insert_order(ship_to=None)))

    assert response.json()["error"]["details"]["fields"] == [
        {"path": ["order_id"], "message": "the order has no ship_to address"}
    ]


async def test_operation_types_show_their_schemas(client: ApiClient) -> None:
    types = await client.data("GET", f"{PATH}/types")
    void = await client.data("GET", f"{PATH}/types/void_shipment")
    missing = await client.call("GET", f"{PATH}/types/teleport")

    assert [operation["type"] for operation in types] == sorted(operation["type"] for operation in types)
    assert len(types) == 5
    assert void["supports_undo"] is False
    assert void["input_schema"]["required"] == ["shipment_id"]
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "operation_type_not_found")
