"""Calls on webhook endpoints: creation, secrets, deliveries and replays."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.fixtures.api import paths, refused
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows

PATH = "/api/webhook-endpoints"
BODY = {"url": "https://hooks.example.com/orders?token=t", "event_types": ["order.*", "operation.completed"]}
EVENTS = """
    insert into events (organization_id, type, subject_type, subject_id, created_at)
    select %s, %s, 'order', gen_random_uuid(), '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 hour'
    from generate_series(1, %s) as n returning id
"""


async def create(client: ApiClient, **fields: Any) -> Any:
    return await client.data("POST", PATH, {**BODY, **fields})


def insert_events(rows: Rows, kind: str, count: int) -> list[str]:
    """Insert and number events, an hour apart."""
    ids = [str(row[0]) for row in rows.connection.execute(EVENTS, [rows.organization_id, kind, count]).fetchall()]
    rows.run("select number_events()")
    return ids


async def fan_out(client: ApiClient) -> None:
    await client.service.container.deliveries.fan_out()


async def test_the_secret_is_shown_once(client: ApiClient) -> None:
    """It has the form of Standard Webhooks; a replay by idempotency key and later reads lack it."""
    made = await client.data("POST", PATH, BODY, Idempotency_Key="hook")
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert made["event_types"] == ["operation.completed", "order.*"]
    again = await client.data("POST", PATH, BODY, Idempotency_Key="hook")
    assert again == {**made, "secret": None}
    shown = await client.data("GET", f"{PATH}/{made['id']}")
    assert "secret" not in shown
    rotated = await client.data("POST", f"{PATH}/{made['id']}/rotate-secret")
    assert rotated["secret"] not in (None, made["secret"])
    assert rotated["previous_secret_until"]
    assert [one["id"] for one in await client.data("GET", PATH)] == [made["id"]]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"url": "http://hooks.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "https://metadata.internal/"}, "url"),
        ({"url": "https://user:pass@hooks.example.com/"}, "url"),
        ({"event_types": []}, "event_types"),
        ({"event_types": ["order.exploded"]}, "event_types"),
        ({"event_types": ["orde*"]}, "event_types"),
    ],
)
async def test_bad_fields_are_refused(client: ApiClient, fields: Any, path: str) -> None:
    """The answer to an unknown event type names the known ones."""
    error = refused(await client.call("POST", PATH, {**BODY, **fields}), 422, "invalid_input")
    assert paths(error) == [path]
    if fields.get("event_types"):
        assert "order.changed" in error["details"]["fields"][0]["message"]


async def test_an_endpoint_can_be_changed_and_deleted(client: ApiClient) -> None:
    """A deleted endpoint is unknown."""
    path = f"{PATH}/{(await create(client))['id']}"
    changed = await client.data("PATCH", path, {"enabled": False, "description": "warehouse"})
    assert (changed["enabled"], changed["description"]) == (False, "warehouse")
    assert paths(refused(await client.call("PATCH", path, {"url": "https://10.0.0.1/"}), 422, "invalid_input")) == [
        "url"
    ]
    refused(await client.call("POST", f"{path}/test"), 409, "webhook_endpoint_disabled")
    assert await client.data("GET", f"{PATH}?enabled=true") == []
    assert (await client.call("DELETE", path)).status_code == 204
    refused(await client.call("GET", path), 404, "webhook_endpoint_not_found")


async def test_deliveries_of_a_deleted_endpoint_are_purged(client: ApiClient, rows: Rows) -> None:
    """The deletion itself does not wait for them."""
    path = f"{PATH}/{(await create(client))['id']}"
    insert_events(rows, "order.changed", 3)
    await fan_out(client)
    assert (await client.call("DELETE", path)).status_code == 204
    deliveries = client.service.container.deliveries
    assert [await deliveries.purge(2), await deliveries.purge(2), await deliveries.purge(2)] == [2, 1, 0]
    assert rows.select("webhook_deliveries") == []


async def test_deliveries_are_listed_with_their_attempts(client: ApiClient, rows: Rows) -> None:
    """`acknowledged_up_to` is the last event before the first waiting delivery."""
    before = insert_events(rows, "order.changed", 1)
    endpoint = await create(client)
    path = f"{PATH}/{endpoint['id']}"
    assert endpoint["acknowledged_up_to"] == before[0]
    first, second = insert_events(rows, "order.changed", 2)
    insert_events(rows, "shipment.changed", 1)
    await fan_out(client)
    listed = await client.data("GET", f"{path}/deliveries?order=asc")
    assert [(one["event_id"], one["state"], one["attempts"]) for one in listed] == [
        (first, "waiting", 0),
        (second, "waiting", 0),
    ]
    rows.update("webhook_deliveries", UUID(listed[0]["id"]), state="delivered", next_attempt_at=None)
    assert (await client.data("GET", path))["acknowledged_up_to"] == first
    rows.run(
        "insert into webhook_attempts (organization_id, delivery_id, status, latency_ms) values (%s, %s, 204, 12)",
        rows.organization_id,
        listed[0]["id"],
    )
    detail = await client.data("GET", f"{path}/deliveries/{listed[0]['id']}")
    assert [(one["status"], one["latency_ms"]) for one in detail["log"]] == [(204, 12)]
    assert [one["event_id"] for one in await client.data("GET", f"{path}/deliveries?state=waiting")] == [second]
    refused(await client.call("GET", f"{path}/deliveries/{uuid4()}"), 404, "webhook_delivery_not_found")


async def test_an_endpoint_counts_what_waits(client: ApiClient, rows: Rows) -> None:
    """Deliveries that wait or failed, the oldest waiting one, and the events that have no delivery yet."""
    path = f"{PATH}/{(await create(client))['id']}"
    assert (await client.data("GET", path))["deliveries"] == {
        "waiting": 0, "failed": 0, "unread_events": 0, "oldest_waiting_at": None,
    }  # fmt: skip
    events = insert_events(rows, "order.changed", 3)
    await fan_out(client)
    rows.run("update webhook_deliveries set state = 'failed' where event_id = %s", events[0])
    oldest = rows.select("webhook_deliveries", event_id=events[1])[0]["created_at"]
    await client.data("PATCH", path, {"enabled": False})
    insert_events(rows, "order.changed", 2)
    await fan_out(client)
    counts = (await client.data("GET", PATH))[0]["deliveries"]
    assert (counts["waiting"], counts["failed"]) == (2, 1)
    assert datetime.fromisoformat(counts["oldest_waiting_at"]) == oldest
    # The endpoint itself was changed, which is an event too.
    assert counts["unread_events"] == 3
    figures = {(one.name, one.label): one for one in await client.service.container.stored_metrics.read()}
    assert figures["deliveries", "disabled"].value >= 2
    assert figures["deliveries", "disabled"].oldest_seconds > 0
    assert figures["webhook_endpoints", "disabled"].value >= 1


async def test_events_before_the_creation_are_replayed_by_time(client: ApiClient, rows: Rows) -> None:
    """Only the endpoint's types; a count that has changed is refused, and nothing is sent."""
    insert_events(rows, "order.changed", 5)
    insert_events(rows, "shipment.changed", 5)
    path = f"{PATH}/{(await create(client))['id']}"
    query = {"created_after": "2026-01-01T02:00:00Z", "created_before": "2026-01-01T05:00:00Z"}
    counted = await client.data("POST", f"{path}/replay", {"filter": query, "dry_run": True})
    assert counted == {"count": 3}
    body = {"filter": query, "expected_count": 2}
    error = refused(await client.call("POST", f"{path}/replay", body), 409, "count_changed")
    assert error["details"] == {"count": 3, "expected_count": 2}
    assert await client.data("GET", f"{path}/deliveries") == []
    assert await client.data("POST", f"{path}/replay", {**body, "expected_count": 3}) == {"count": 3}
    assert all(one["is_unordered"] for one in await client.data("GET", f"{path}/deliveries"))


async def test_failed_events_are_replayed(client: ApiClient, rows: Rows) -> None:
    """All failed ones by filter, any event by its id."""
    path = f"{PATH}/{(await create(client))['id']}"
    events = insert_events(rows, "order.changed", 3)
    await fan_out(client)
    rows.run(
        "update webhook_deliveries set state = 'failed', failures = 19, settled_at = now() where event_id = any(%s)",
        [UUID(one) for one in events[:2]],
    )
    body = {"filter": {"state": "failed"}, "expected_count": 2}
    assert await client.data("POST", f"{path}/replay", body) == {"count": 2}
    assert {one["state"] for one in await client.data("GET", f"{path}/deliveries")} == {"waiting"}
    assert await client.data("POST", f"{path}/replay", {"ids": [events[2]]}) == {"count": 1}
    unknown = refused(await client.call("POST", f"{path}/replay", {"ids": [str(uuid4())]}), 422, "invalid_input")
    assert paths(unknown) == ["ids.0"]
    refused(await client.call("POST", f"{path}/replay", {"filter": {}, "dry_run": True}), 422, "invalid_input")


async def test_a_test_event_reaches_only_its_endpoint(client: ApiClient) -> None:
    """It needs no subscription, and `*` of another endpoint does not match it."""
    mine, other = await create(client), await create(client, event_types=["*"])
    sent = await client.data("POST", f"{PATH}/{mine['id']}/test")
    created, tested = await client.data("GET", f"/api/events?subject=webhook_endpoint:{mine['id']}&order=asc")
    assert (tested["id"], tested["data"]) == (sent["event_id"], created["data"])
    await fan_out(client)
    listed = await client.data("GET", f"{PATH}/{mine['id']}/deliveries")
    assert [(one["event_id"], one["event_type"]) for one in listed] == [(sent["event_id"], "webhook_endpoint.test")]
    assert await client.data("GET", f"{PATH}/{other['id']}/deliveries?event_type=webhook_endpoint.test") == []
    unknown = await client.call("GET", f"{PATH}/{other['id']}/deliveries?event_type=order.undone")
    error = refused(unknown, 400, "invalid_request")
    assert "order.created" in error["details"]["parameters"][0]["message"]
