"""Pages: every row once, whatever the order and the filter, with the exact total."""

from itertools import product

import pytest

from tests.fixtures.api import Api, data, refused
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"
SORTS = ("created_at", "updated_at", "executed_at", "type", "status")


def walk_pages(api: Api, path: str, limit: int, **query: str) -> list[Json]:
    """Return all pages of a list, checking what each says of its place."""
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
    """Return all pages of a list, each found by what the one before says."""
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
def some(fresh: Api) -> list[Json]:
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


def test_walking_the_pages_meets_each_row_once(fresh: Api, some: list[Json]) -> None:
    """For each sort, direction, filter and several sizes: sorted as asked, nothing twice, nothing missing."""
    everything = {operation["id"]: fresh.get(operation["id"]) for operation in some}
    assert len({operation["status"] for operation in everything.values()}) >= 4
    filters: list[dict[str, str]] = [
        {},
        {"status": "completed"},
        {"status": "executing"},
        {"type": "create_shipment"},
        {"order_id": some[0]["order_id"]},
        {"order_id": some[0]["order_id"], "status": "pending", "type": "update_order_status"},
    ]
    for sort, order, chosen in product(SORTS, ("asc", "desc"), filters):
        expected = {
            ident for ident, one in everything.items() if all(one[name] == value for name, value in chosen.items())
        }
        for limit in (7, 100):
            rows = walk_pages(fresh, OPERATIONS, limit, sort=sort, order=order, **chosen)
            ids = [row["id"] for row in rows]
            assert len(ids) == len(set(ids)), (sort, order, chosen)
            assert set(ids) == expected, (sort, order, chosen)
            assert_sorted([row[sort] for row in rows], order)


def test_cursors_lead_through_the_same_list(fresh: Api, some: list[Json]) -> None:
    """By every sort, filtered or not, in steps of any size."""
    for sort, order, chosen in product(SORTS, ("asc", "desc"), ({}, {"order_id": some[0]["order_id"]})):
        query: dict[str, str] = {"sort": sort, "order": order, **chosen}
        pages = [operation["id"] for operation in walk_pages(fresh, OPERATIONS, 100, **query)]
        for limit in (1, 7, 100):
            assert [operation["id"] for operation in walk_by_cursor(fresh, OPERATIONS, limit, **query)] == pages, query


def test_what_is_added_meanwhile_moves_no_page_of_a_cursor(fresh: Api) -> None:
    """A page number would show a row twice."""
    made = [fresh.status_change()["id"] for _ in range(6)]
    first = fresh.http.get(OPERATIONS, params={"limit": 3, "cursor": "first"}).json()
    fresh.status_change()

    second = fresh.http.get(OPERATIONS, params={"limit": 3, "cursor": first["pagination"]["nextCursor"]}).json()

    assert [operation["id"] for operation in [*first["data"], *second["data"]]] == made[::-1]
    assert second["pagination"] == {
        "page": 2, "limit": 3, "total": 7, "totalPages": 3, "hasMore": False, "nextCursor": None,
    }  # fmt: skip


def test_a_cursor_that_is_none_of_this_list_is_refused(fresh: Api) -> None:
    """Altered, of another list, sort, direction or filter, or beside a page number."""
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
    """Sorted as asked; what has no value comes last, in both directions."""
    given = [value for value in values if value is not None]
    assert values == [*given, *([None] * (len(values) - len(given)))]
    assert given == sorted(given, reverse=order == "desc")


def test_both_directions_are_each_others_reverse(fresh: Api, some: list[Json]) -> None:
    """Equal values too are in one fixed order, so that no page depends on luck."""
    for sort in ("created_at", "updated_at", "type", "status"):
        up = [operation["id"] for operation in walk_pages(fresh, OPERATIONS, 6, sort=sort, order="asc")]
        down = [operation["id"] for operation in walk_pages(fresh, OPERATIONS, 9, sort=sort, order="desc")]
        assert up == down[::-1], sort
    assert len(up) == len(some)


def test_the_newest_come_first_where_nothing_is_said(fresh: Api) -> None:
    """20 of them, sorted by created_at."""
    order = fresh.order()["id"]
    made = [fresh.status_change(order)["id"] for _ in range(22)]
    body = fresh.http.get(OPERATIONS).json()
    assert [operation["id"] for operation in body["data"]] == made[:1:-1]
    assert body["pagination"] == {"page": 1, "limit": 20, "total": 22, "totalPages": 2, "hasMore": True}


@pytest.mark.parametrize("page", [2, 3, 1000, 10_000_000])
def test_a_page_beyond_the_end_is_empty(fresh: Api, page: int) -> None:
    """With the true total, and no promise of more."""
    fresh.status_change()
    body = fresh.http.get(OPERATIONS, params={"page": page, "limit": 1}).json()
    assert body["data"] == []
    assert body["pagination"] == {"page": page, "limit": 1, "total": 1, "totalPages": 1, "hasMore": False}


@pytest.mark.parametrize("name", ["operations", "orders", "shipments", "carrier-accounts", "bridges"])
def test_an_empty_list_says_so(fresh: Api, name: str) -> None:
    body = fresh.http.get(f"/api/{name}").json()
    assert body == {"data": [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0, "hasMore": False}}


def test_other_lists_are_walked_the_same(fresh: Api) -> None:
    """Orders, accounts, bridges and keys."""
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
