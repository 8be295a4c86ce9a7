"""Pages of a list return every row once, for every sort and filter, with the exact total."""

from itertools import product

import pytest

from tests.fixtures.api import Api, data, refused
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"
SORTS = ("created_at", "updated_at", "executed_at", "type", "status")


def walk_pages(api: Api, path: str, limit: int, **query: str) -> list[Json]:
    """Return all rows of a list by page number, and check each page's pagination."""
    rows: list[Json] = []
    page = 1
    while True:
        answer = api.http.get(path, params={**query, "limit": limit, "page": page})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body["data"]
        place = body["pagination"]
        assert (place["page"], place["limit"]) == (page, limit)
        assert place["totalPages"] == -(-place["total"] // limit)
        assert place["hasMore"] is (page < place["totalPages"])
        if not place["hasMore"]:
            assert len(rows) == place["total"]
            return rows
        assert len(body["data"]) == limit
        page += 1


def walk_by_cursor(api: Api, path: str, limit: int, **query: str) -> list[Json]:
    """Return all rows of a list by following the cursors."""
    rows: list[Json] = []
    cursor: str | None = "first"
    while cursor is not None:
        body = api.http.get(path, params={**query, "limit": str(limit), "cursor": cursor}).json()
        rows += body["data"]
        place = body["pagination"]
        cursor = place["nextCursor"]
        assert place["hasMore"] is (cursor is not None)
        assert place["total"] >= len(rows)
    return rows


@pytest.fixture
def operations(fresh: Api) -> list[Json]:
    """41 operations of two orders and two types, in four statuses."""
    account = fresh.account()
    data(fresh.http.patch(f"/api/carrier-accounts/{account['id']}", json={"is_default": True}))
    orders = [fresh.order()["id"] for _ in range(2)]
    made = []
    for number in range(41):
        order = orders[number % 2]
        operation = fresh.label(order) if number % 5 == 4 else fresh.status_change(order, "processing")
        made.append(operation)
        if number % 4 == 1:
            data(fresh.http.post(f"{OPERATIONS}/{operation['id']}/cancel"))
        elif number % 4 > 1:
            fresh.done(operation)
        if number % 4 == 3:
            forced = {"force": True, "reason": "test"}
            data(fresh.http.post(f"{OPERATIONS}/{operation['id']}/undo", json=forced))
    return made


def test_pages_return_each_row_once(fresh: Api, operations: list[Json]) -> None:
    """Each sort, direction, filter and page size returns the expected rows once, in order."""
    everything = {operation["id"]: fresh.get(operation["id"]) for operation in operations}
    assert len({operation["status"] for operation in everything.values()}) >= 4
    filters: list[dict[str, str]] = [
        {},
        {"status": "completed"},
        {"status": "executing"},
        {"type": "create_shipment"},
        {"order_id": operations[0]["order_id"]},
        {"order_id": operations[0]["order_id"], "status": "pending", "type": "update_order_status"},
    ]
    for sort, order, chosen in product(SORTS, ("asc", "desc"), filters):
        expected = {
            ident
            for ident, operation in everything.items()
            if all(operation[name] == value for name, value in chosen.items())
        }
        for limit in (7, 100):
            rows = walk_pages(fresh, OPERATIONS, limit, sort=sort, order=order, **chosen)
            ids = [row["id"] for row in rows]
            assert len(ids) == len(set(ids)), (sort, order, chosen)
            assert set(ids) == expected, (sort, order, chosen)
            assert_sorted([row[sort] for row in rows], order)


def test_cursors_return_the_same_rows_as_pages(fresh: Api, operations: list[Json]) -> None:
    """Cursors return the same rows as page numbers, for every sort, filter and page size."""
    for sort, order, chosen in product(SORTS, ("asc", "desc"), ({}, {"order_id": operations[0]["order_id"]})):
        query: dict[str, str] = {"sort": sort, "order": order, **chosen}
        pages = [operation["id"] for operation in walk_pages(fresh, OPERATIONS, 100, **query)]
        for limit in (1, 7, 100):
            assert [operation["id"] for operation in walk_by_cursor(fresh, OPERATIONS, limit, **query)] == pages, query


def test_new_rows_do_not_shift_the_pages_of_a_cursor(fresh: Api) -> None:
    """A second page by number would repeat a row."""
    made = [fresh.status_change()["id"] for _ in range(6)]
    first = fresh.http.get(OPERATIONS, params={"limit": 3, "cursor": "first"}).json()
    fresh.status_change()

    second = fresh.http.get(OPERATIONS, params={"limit": 3, "cursor": first["pagination"]["nextCursor"]}).json()

    assert [operation["id"] for operation in [*first["data"], *second["data"]]] == made[::-1]
    assert second["pagination"] == {
        "page": 2, "limit": 3, "total": 7, "totalPages": 3, "hasMore": False, "nextCursor": None,
    }  # fmt: skip


def test_an_invalid_cursor_is_rejected(fresh: Api) -> None:
    """It is altered, from another list, sort, direction or filter, or sent together with a page number."""
    for _ in range(3):
        fresh.status_change()
        fresh.order()
    cursor = fresh.http.get(OPERATIONS, params={"limit": 1, "cursor": "first"}).json()["pagination"]["nextCursor"]
    flipped = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    wrong: list[tuple[str, dict[str, str]]] = [
        (OPERATIONS, {"cursor": flipped}),
        (OPERATIONS, {"cursor": cursor[1:]}),
        (OPERATIONS, {"cursor": ""}),
        (OPERATIONS, {"cursor": "\u00e4"}),
        (OPERATIONS, {"cursor": cursor, "order": "asc"}),
        (OPERATIONS, {"cursor": cursor, "sort": "updated_at"}),
        (OPERATIONS, {"cursor": cursor, "status": "pending"}),
        (OPERATIONS, {"cursor": cursor, "page": "2"}),
        ("/api/orders", {"cursor": cursor}),
    ]
    for path, query in wrong:
        error = refused(fresh.http.get(path, params={"limit": "1", **query}), 400, "invalid_request")
        assert error["details"]["parameter"] == "cursor", query


def assert_sorted(values: list[str | None], order: str) -> None:
    """Check the order of values; None comes last in both directions."""
    fields = [value for value in values if value is not None]
    assert values == [*fields, *([None] * (len(values) - len(fields)))]
    assert fields == sorted(fields, reverse=order == "desc")


def test_ascending_is_the_reverse_of_descending(fresh: Api, operations: list[Json]) -> None:
    """Rows with equal values also have one fixed order."""
    for sort in ("created_at", "updated_at", "type", "status"):
        up = [operation["id"] for operation in walk_pages(fresh, OPERATIONS, 6, sort=sort, order="asc")]
        down = [operation["id"] for operation in walk_pages(fresh, OPERATIONS, 9, sort=sort, order="desc")]
        assert up == down[::-1], sort
    assert len(up) == len(operations)


def test_the_default_sort_is_newest_first(fresh: Api) -> None:
    """The defaults are 20 rows, sorted by created_at."""
    order = fresh.order()["id"]
    made = [fresh.status_change(order)["id"] for _ in range(22)]
    body = fresh.http.get(OPERATIONS).json()
    assert [operation["id"] for operation in body["data"]] == made[:1:-1]
    assert body["pagination"] == {"page": 1, "limit": 20, "total": 22, "totalPages": 2, "hasMore": True}


@pytest.mark.parametrize("page", [2, 3, 1000, 10_000_000])
def test_a_page_beyond_the_end_is_empty(fresh: Api, page: int) -> None:
    """The page has the correct total, and hasMore is false."""
    fresh.status_change()
    body = fresh.http.get(OPERATIONS, params={"page": page, "limit": 1}).json()
    assert body["data"] == []
    assert body["pagination"] == {"page": page, "limit": 1, "total": 1, "totalPages": 1, "hasMore": False}


@pytest.mark.parametrize("name", ["operations", "orders", "shipments", "carrier-accounts", "bridges"])
def test_an_empty_list(fresh: Api, name: str) -> None:
    body = fresh.http.get(f"/api/{name}").json()
    assert body == {"data": [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0, "hasMore": False}}


def test_all_lists_have_pages_and_cursors(fresh: Api) -> None:
    """Orders, accounts, bridges and keys have pages and cursors too."""
    for _ in range(7):
        fresh.order()
        fresh.account()
        fresh.bridge()
        fresh.key_with("orders:read")
    for path, count in (
        ("/api/orders", 7),
        ("/api/carrier-accounts", 7),
        ("/api/bridges", 7),
        ("/api/api-keys", 8),
    ):
        for order in ("asc", "desc"):
            rows = walk_pages(fresh, path, 3, order=order)
            assert walk_by_cursor(fresh, path, 2, order=order) == rows
            assert len({row["id"] for row in rows}) == len(rows) == count
            assert_sorted([row["created_at"] for row in rows], order)
