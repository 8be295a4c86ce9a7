"""Metadata of operations and orders: stored, shown, merged and found."""

from typing import Any

import pytest

from tests.fixtures.builders import build_order
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.rows import Rows
from tests.integration.api.test_list_filters import find, ids, refused_parameters

OPERATIONS, ORDERS = "/api/operations", "/api/orders"
LONGEST = {"k" * 40: "\U0001f4e6" * 500, "note": "two\nlines", "empty": ""}


def build_operation(order_id: str, metadata: Any) -> dict[str, Any]:
    return {
        "type": "update_order_status",
        "order_id": order_id,
        "input": {"status": "processing"},
        "metadata": metadata,
    }


async def test_an_operation_shows_its_metadata(client: ApiClient, rows: Rows) -> None:
    """Created alone, in a batch and with execute; in lists and after the run has started."""
    order_id = str(rows.insert_order())
    plain = await client.data("POST", OPERATIONS, {**build_operation(order_id, {}), "metadata": {"a": "1"}})
    (batched,) = await client.data("POST", f"{OPERATIONS}/batch", {"operations": [build_operation(order_id, LONGEST)]})
    started = await client.data("POST", OPERATIONS, {**build_operation(order_id, {"b": "2"}), "execute": True})
    none = await client.data(
        "POST", OPERATIONS, {k: v for k, v in build_operation(order_id, 0).items() if k != "metadata"}
    )

    assert [operation["metadata"] for operation in (plain, batched, started, none)] == [
        {"a": "1"},
        LONGEST,
        {"b": "2"},
        {},
    ]
    assert started["status"] == "executing"
    for operation in (plain, batched, started, none):
        assert (await client.data("GET", f"{OPERATIONS}/{operation['id']}"))["metadata"] == operation["metadata"]
    assert await find(client, OPERATIONS, **{"metadata[note]": "two\nlines"}) == {batched["id"]}


async def test_changes_of_an_orders_metadata_are_merged(client: ApiClient) -> None:
    """POST of the same order and PATCH keep the other keys; null removes one."""
    order = await client.data("POST", ORDERS, build_order(metadata={"channel": "web", "gift": "yes", "none": None}))
    path = f"{ORDERS}/{order['id']}"
    patched = await client.data("PATCH", path, {"metadata": {"gift": None, "team": "north"}})
    posted = await client.data("POST", ORDERS, build_order(metadata={"channel": "shop"}))
    kept = await client.data("PATCH", path, {"status": "processing"})

    assert order["metadata"] == {"channel": "web", "gift": "yes"}
    assert patched["metadata"] == {"channel": "web", "team": "north"}
    assert posted["metadata"] == kept["metadata"] == {"channel": "shop", "team": "north"}
    assert await find(client, ORDERS, **{"metadata[channel]": "shop"}) == {order["id"]}
    for old in ({"metadata[channel]": "web"}, {"metadata[gift]": "yes"}):
        assert await find(client, ORDERS, **old) == set()


async def test_metadata_selects_operations_of_the_organization(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    """Each key must match, together with the other filters."""
    both = rows.insert_operation("failed", metadata={"channel": "web", "team": "north"})
    web = rows.insert_operation(metadata={"channel": "web"})
    rows.insert_operation(metadata={"channel": "WEB", "team": "web"})
    other_rows.insert_operation(metadata={"channel": "web"})
    query = {"metadata[channel]": "web"}

    assert await find(client, OPERATIONS, **query) == ids(both, web)
    assert await find(client, OPERATIONS, **query, sort="updated_at") == ids(both, web)
    assert await find(client, OPERATIONS, **query, **{"metadata[team]": "north"}) == ids(both)
    assert await find(client, OPERATIONS, **query, status=["pending", "executing"]) == ids(web)
    assert await find(client, OPERATIONS, **{"metadata[channel]": "' or true --"}) == set()


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ([], "metadata"),
        (None, "metadata"),
        ({"a": 1}, "metadata.a"),
        ({"a": {"b": "c"}}, "metadata.a"),
        ({"a": "x" * 501}, "metadata.a"),
        ({"": "x"}, "metadata."),
        ({"k" * 41: "x"}, "metadata." + "k" * 41),
        ({"a[b]": "x"}, "metadata.a[b]"),
        ({"a\nb": "x"}, "metadata.a\nb"),
        ({f"k{n}": "x" for n in range(51)}, "metadata"),
    ],
)
async def test_bad_metadata_is_refused_with_its_path(client: ApiClient, rows: Rows, metadata: Any, path: str) -> None:
    order_id = str(rows.insert_order())
    body = build_operation(order_id, metadata)

    assert refused_paths(await client.call("POST", OPERATIONS, body)) == [path]
    assert refused_paths(await client.call("POST", f"{OPERATIONS}/batch", {"operations": [body]})) == [
        f"operations.0.{path}"
    ]
    assert refused_paths(await client.call("POST", ORDERS, build_order(metadata=metadata))) == [path]
    assert refused_paths(await client.call("PATCH", f"{ORDERS}/{order_id}", {"metadata": metadata})) == [path]


async def test_an_operation_can_not_remove_keys(client: ApiClient, rows: Rows) -> None:
    body = build_operation(str(rows.insert_order()), {"a": None})

    assert refused_paths(await client.call("POST", OPERATIONS, body)) == ["metadata.a"]


async def test_merged_metadata_has_a_maximum(client: ApiClient) -> None:
    order = await client.data("POST", ORDERS, build_order(metadata={f"k{n}": "x" for n in range(50)}))
    path = f"{ORDERS}/{order['id']}"

    assert refused_paths(await client.call("PATCH", path, {"metadata": {"one": "more"}})) == ["metadata"]
    replaced = await client.data("PATCH", path, {"metadata": {"k0": None, "one": "more"}})
    assert len(replaced["metadata"]) == 50


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("metadata", "x"),
        ("metadata[]", "x"),
        ("metadata[" + "k" * 41 + "]", "x"),
        ("metadata[a]", "x" * 501),
        ("metadata[a]", "x\0"),
        ("metadata[a]", ["x", "y"]),
        ("metadata[a[b]]", "x"),
        ("metadata[a", "x"),
        ("input[a]", "x"),
    ],
)
async def test_a_bad_metadata_filter_is_refused_and_named(client: ApiClient, name: str, value: Any) -> None:
    for path in (OPERATIONS, ORDERS):
        assert list(await refused_parameters(client, path, **{name: value})) == [name]
    assert next(iter(await refused_parameters(client, "/api/shipments", **{name: value}))).startswith(
        name.partition("[")[0]
    )


async def test_events_name_metadata_but_never_show_it(client: ApiClient, rows: Rows) -> None:
    order = await client.data("POST", ORDERS, build_order(metadata={"channel": "web-shop"}))
    await client.data("PATCH", f"{ORDERS}/{order['id']}", {"metadata": {"channel": "phone-order"}})

    created, changed = rows.select("events", subject_id=order["id"])

    assert changed["changes"] == [{"field": "metadata"}]
    assert not any(text in str((created, changed)) for text in ("web-shop", "phone-order"))
