"""Pages: every row once, whatever the order and the filter, with the exact total."""

from itertools import product

import pytest

from tests.fixtures.api import Api, Json, data

OPERATIONS = "/api/operations"
SORTS = ("created_at", "updated_at", "executed_at", "type", "status")


def walked(api: Api, path: str, limit: int, **query: str) -> list[Json]:
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


@pytest.fixture
def some(fresh: Api) -> list[Json]:
    """41 operations of two orders and two types, in four statuses."""
    account = fresh.account()
    data(fresh.http.patch(f"/api/carrier-accounts/{account['id']}", json={"is_default": True}))
    orders = [fresh.order()["id"] for _ in range(2)]
    made = []
    for number in range(41):
        order = orders[number % 2]
        operation = fresh.label(order) if number % 5 == 4 else fresh.status_change(order)
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
    everything = {one["id"]: fresh.get(one["id"]) for one in some}
    assert len({one["status"] for one in everything.values()}) >= 4
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
            rows = walked(fresh, OPERATIONS, limit, sort=sort, order=order, **chosen)
            ids = [one["id"] for one in rows]
            assert len(ids) == len(set(ids)), (sort, order, chosen)
            assert set(ids) == expected, (sort, order, chosen)
            assert_sorted([one[sort] for one in rows], order)


def assert_sorted(values: list[str | None], order: str) -> None:
    """Sorted as asked; what has no value comes last, in both directions."""
    given = [value for value in values if value is not None]
    assert values == [*given, *([None] * (len(values) - len(given)))]
    assert given == sorted(given, reverse=order == "desc")


def test_both_directions_are_each_others_reverse(fresh: Api, some: list[Json]) -> None:
    """Equal values too are in one fixed order, so that no page depends on luck."""
    for sort in ("created_at", "updated_at", "type", "status"):
        up = [one["id"] for one in walked(fresh, OPERATIONS, 6, sort=sort, order="asc")]
        down = [one["id"] for one in walked(fresh, OPERATIONS, 9, sort=sort, order="desc")]
        assert up == down[::-1], sort
    assert len(up) == len(some)


def test_the_newest_come_first_where_nothing_is_said(fresh: Api) -> None:
    """20 of them, sorted by created_at."""
    order = fresh.order()["id"]
    made = [fresh.status_change(order)["id"] for _ in range(22)]
    body = fresh.http.get(OPERATIONS).json()
    assert [one["id"] for one in body["data"]] == made[:1:-1]
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
            rows = walked(fresh, path, 3, order=order)
            assert len({one["id"] for one in rows}) == len(rows) == count
            assert_sorted([one["created_at"] for one in rows], order)
