"""Pages of events: order, filters and cursors."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.events.cursors import OLD_PARTS
from api.events.schemas import EventQuery
from api.http.auth import Scope
from api.http.cursors import seal
from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows, now

PATH = "/api/events"
HISTORY = f"{PATH}?order=asc"
ORDERS = "type=order.*"
"""The organization has other events: an inserted API key is one."""


def insert(rows: Rows, kind: str = "order.changed", subject_id: UUID | None = None, **columns: Any) -> str:
    """Insert an event; return its id."""
    subject_type = kind.partition(".")[0]
    columns = {"type": kind, "subject_type": subject_type, "subject_id": subject_id or uuid4(), **columns}
    return str(rows.insert_with_id("events", **columns))


async def list_ids(client: ApiClient, path: str) -> list[str]:
    return [event["id"] for event in await client.data("GET", path)]


async def read_page(client: ApiClient, path: str) -> tuple[list[str], Json]:
    answer = await client.call("GET", path)
    assert answer.is_success, answer.text
    return [event["id"] for event in answer.json()["data"]], answer.json()["pagination"]


async def test_an_event_shows_its_change(client: ApiClient, rows: Rows) -> None:
    """A field without values shows its name only."""
    subject = uuid4()
    changes = [{"field": "status", "before": None, "after": "shipped"}, {"field": "ship_to"}]
    insert(rows, subject_id=subject)
    event_id = insert(
        rows, subject_id=subject, data={"status": "shipped"}, changes=changes, actor="user:u", request_id="r-1"
    )
    event = await client.data("GET", f"{PATH}/{event_id}")
    assert event.pop("created_at").endswith("Z")
    assert event == {
        "id": event_id,
        "type": "order.changed",
        "organization_id": str(rows.organization_id),
        "actor": "user:u",
        "request_id": "r-1",
        "subject": {"type": "order", "id": str(subject)},
        "sequence": 2,
        "data": {"status": "shipped"},
        "changes": changes,
    }


async def test_events_are_listed_in_both_directions(client: ApiClient, rows: Rows) -> None:
    """The newest comes first, unless the client follows; the pages have no gap and no repetition."""
    events = [insert(rows) for _ in range(5)]
    for order, expected in (("desc", events[::-1]), ("asc", events)):
        found, cursor = list[str](), ""
        while True:
            ids, place = await read_page(client, f"{PATH}?{ORDERS}&limit=2&order={order}{cursor}")
            found += ids
            cursor = f"&cursor={place['nextCursor']}"
            if not place["hasMore"]:
                break
        assert found == expected


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_the_cursor_of_the_first_page_is_that_of_other_lists(client: ApiClient, rows: Rows, order: str) -> None:
    """Retention may have deleted the events in front of it."""
    insert(rows)
    insert(rows)
    rows.insert("pruned_events", position=1)
    path = f"{PATH}?{ORDERS}&limit=1&order={order}"

    assert await read_page(client, f"{path}&cursor=first") == await read_page(client, path)


async def test_the_last_cursor_finds_later_events(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    """The cursor of an empty page as well, also if the filter excluded all events until then."""
    path = f"{HISTORY}&{ORDERS}"
    ids, place = await read_page(client, path)
    assert ids == []
    for _ in range(3):
        insert(rows, "shipment.changed")
        insert(other_rows)
        assert await read_page(client, f"{path}&cursor={place['nextCursor']}") != (ids, place)
        new = insert(rows)
        ids, place = await read_page(client, f"{path}&cursor={place['nextCursor']}")
        assert ids == [new]


async def test_events_are_found_by_filters(client: ApiClient, rows: Rows) -> None:
    """All filters of a call apply."""
    subject, other = uuid4(), uuid4()
    paused = insert(rows, "bridge.paused", subject, actor="user:a", request_id="one")
    done = insert(rows, "operation.completed", other, actor="service:worker", request_id="one")
    step = insert(rows, "operation.failed", other, actor="service:worker")
    for query, expected in (
        ("type=bridge.paused", [paused]),
        ("type=bridge.paused&type=operation.completed", [paused, done]),
        ("type=operation.*", [done, step]),
        ("type=operation.*&type=operation.completed", [done, step]),
        ("type=*&request_id=one", [paused, done]),
        ("type=operation_*", None),
        ("subject_type=operation", [done, step]),
        (f"subject_id={subject}", [paused]),
        (f"subject=operation:{other}", [done, step]),
        (f"subject=bridge:{other}", []),
        ("actor=user:a", [paused]),
        ("request_id=one", [paused, done]),
        ("request_id=one&actor=service:worker", [done]),
    ):
        if expected is None:
            assert (await client.call("GET", f"{HISTORY}&{query}")).status_code == 400
        else:
            assert await list_ids(client, f"{HISTORY}&{query}") == expected, query


async def test_times_include_the_start_and_not_the_end(client: ApiClient, rows: Rows) -> None:
    """Also if a transaction that began earlier was committed later."""
    hours = [now() - timedelta(hours=hours) for hours in (4, 3, 2, 1)]
    first, second, third = (insert(rows, created_at=hour) for hour in hours[:3])
    late = insert(rows, created_at=hours[2] - timedelta(minutes=5))
    fourth = insert(rows, created_at=hours[3])
    times = [hour.isoformat().replace("+00:00", "Z") for hour in hours]
    for query, expected in (
        (f"created_after={times[1]}", [second, third, late, fourth]),
        (f"created_before={times[1]}", [first]),
        (f"created_after={times[1]}&created_before={times[2]}", [second, late]),
        (f"created_after={times[3]}", [fourth]),
    ):
        assert await list_ids(client, f"{HISTORY}&{ORDERS}&{query}") == expected
        assert await list_ids(client, f"{PATH}?{ORDERS}&{query}") == expected[::-1]


@pytest.mark.parametrize(
    ("query", "parameter", "accepted"),
    [
        ("type=Order.Changed", "type", "operation.*"),
        ("type=order.undone", "type", "order.created"),
        ("type=label.*", "type", "shipment.*"),
        ("subject_type=label", "subject_type", "shipment"),
        ("subject=order", "subject", "operation:"),
        (f"subject=order:{UUID(int=1)}&subject_type=order", "subject", "subject_type"),
        ("actor=admin", "actor", "key:<id>"),
        ("order=up", "order", "asc, desc"),
        ("limit=101", "limit", "100"),
        ("created_after=today", "created_after", "2026-01-15T10:30:00Z"),
        ("cursor=second", "cursor", "filters"),
        ("page=2", "page", "cursor"),
    ],
)
async def test_invalid_parameters_name_what_is_accepted(
    client: ApiClient, query: str, parameter: str, accepted: str
) -> None:
    answer = await client.call("GET", f"{PATH}?{query}")
    assert answer.status_code == 400
    (problem,) = answer.json()["error"]["details"]["parameters"]
    assert problem["parameter"] == parameter
    assert accepted in problem["message"]


async def test_a_cursor_is_bound_to_its_list(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    """Another organization, filter or order is refused; a cursor may be used again."""
    insert(rows)
    _, place = await read_page(client, f"{HISTORY}&{ORDERS}")
    cursor = place["nextCursor"]
    stranger = ApiClient(client.service, other_rows.organization_id, other_rows.insert_key())
    for caller, path in (
        (client, f"{HISTORY}&cursor={cursor}"),
        (client, f"{HISTORY}&type=bridge.*&cursor={cursor}"),
        (client, f"{PATH}?{ORDERS}&cursor={cursor}"),
        (client, f"{HISTORY}&{ORDERS}&cursor=AA{cursor[2:]}"),
        (stranger, f"{HISTORY}&{ORDERS}&cursor={cursor}"),
    ):
        assert (await caller.call("GET", path)).status_code == 400
    assert (await client.call("GET", f"{HISTORY}&{ORDERS}&limit=3&cursor={cursor}")).is_success


async def test_a_cursor_that_a_backup_lacks_leads_to_the_newest_event(client: ApiClient, rows: Rows) -> None:
    """Another event has the position of the cursor, or none has it yet."""
    path = f"{HISTORY}&{ORDERS}"
    for change in ("delete from events where id = %s", "update events set id = gen_random_uuid() where id = %s"):
        lost = insert(rows)
        _, place = await read_page(client, f"{path}&limit=100")
        rows.run(change, lost)
        gone = await client.call("GET", f"{path}&cursor={place['nextCursor']}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (410, "events_restored")
        following = gone.json()["error"]["details"]["cursor"]
        event = insert(rows)
        assert (await read_page(client, f"{path}&cursor={following}"))[0] == [event]


async def test_a_cursor_without_a_mark_is_valid(client: ApiClient, rows: Rows) -> None:
    """Clients may hold such cursors from before."""
    path = f"{HISTORY}&{ORDERS}"
    first, second = insert(rows), insert(rows)
    await client.data("GET", path)
    position = rows.value("select position from events where id = %s", first)
    of = EventQuery(order="asc", type=["order.*"]).describe(client.organization_id)
    cursor = seal(OLD_PARTS.pack(position, 0), of)
    assert (await read_page(client, f"{path}&cursor={cursor}"))[0] == [second]


async def test_a_cursor_before_a_deletion_leads_to_its_end(client: ApiClient, rows: Rows) -> None:
    """A reader that begins after the deletion reads everything that is left."""
    events = [insert(rows) for _ in range(4)]
    path = f"{HISTORY}&{ORDERS}&limit=1"
    _, place = await read_page(client, path)
    position = rows.value("select position from events where id = %s", events[2])
    rows.run("insert into pruned_events (organization_id, position) values (%s, %s)", rows.organization_id, position)
    rows.run("delete from events where id = %s", events[2])

    gone = await client.call("GET", f"{path}&cursor={place['nextCursor']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "events_pruned")
    following = gone.json()["error"]["details"]["cursor"]
    assert (await read_page(client, f"{path}&cursor={following}"))[0] == [events[3]]

    found, cursor = list[str](), ""
    for _ in range(3):
        ids, place = await read_page(client, f"{path}{cursor}")
        found += ids
        cursor = f"&cursor={place['nextCursor']}"
    assert found == [*events[:2], events[3]]


async def test_events_of_another_organization_do_not_exist(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    own, foreign = insert(rows), insert(other_rows)
    assert await list_ids(client, f"{PATH}?{ORDERS}") == [own]
    answer = await client.call("GET", f"{PATH}/{foreign}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "event_not_found")


async def test_events_need_their_scope(client: ApiClient, rows: Rows) -> None:
    secret = rows.insert_key(*(scope for scope in Scope if scope is not Scope.EVENTS_READ))
    answer = await client.call("GET", PATH, Authorization=f"Bearer {secret}")
    assert answer.json()["error"]["details"] == {"scope": "events:read"}
