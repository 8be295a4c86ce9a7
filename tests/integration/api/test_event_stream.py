"""Streams of events over HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from adapters.postgres.core import pools
from api.app import create_app
from api.events import live, stream
from api.events.live import LiveEvents
from api.http.context import ApiContext
from bootstrap.runtime import http_limits
from tests.fixtures.http_server import EventSource, follow, serve
from tests.fixtures.in_process_api import ApiClient, Service
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.rows import Rows, now

ORDERS = "?type=order.*"


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    """The API on a socket."""
    async with serve(service.app) as address:
        yield address


def insert(rows: Rows, kind: str = "order.changed", subject_id: UUID | None = None) -> str:
    """Insert an event; return its id."""
    subject_type = kind.partition(".")[0]
    return str(rows.insert_with_id("events", type=kind, subject_type=subject_type, subject_id=subject_id or uuid4()))


async def take_ids(source: EventSource, count: int) -> list[str]:
    return [event["id"] for event in await source.take(count)]


def limit_streams(service: Service, max_streams: int) -> ApiContext:
    """Return a context as another process has it, with this limit."""
    return replace(service.context, live_events=LiveEvents(service.container.event_feed, max_streams))


async def test_new_events_arrive_as_the_list_shows_them(
    url: str, client: ApiClient, rows: Rows, other_rows: Rows
) -> None:
    """Only those of the own organization that pass the filters."""
    subject = uuid4()
    insert(rows)
    async with follow(url, client.secret, f"?subject=order:{subject}") as source:
        assert source.response.headers["content-type"].startswith("text/event-stream")
        insert(other_rows, subject_id=subject)
        insert(rows)
        first, second = insert(rows, subject_id=subject), insert(rows, subject_id=subject)
        events = await source.take(2)
    assert [(event["id"], event["sequence"]) for event in events] == [(first, 1), (second, 2)]
    assert events[0] == await client.data("GET", f"/api/events/{first}")


async def test_a_stream_goes_on_after_the_last_event(url: str, client: ApiClient, rows: Rows) -> None:
    """Also if more events came meanwhile than one read returns, and on another process."""
    async with follow(url, client.secret, ORDERS) as source:
        expected = [insert(rows) for _ in range(3)]
        found = await take_ids(source, 2)
        last_id = source.last_id
    subject = uuid4()
    rows.run(
        "insert into events (organization_id, type, subject_type, subject_id)"
        " select %s, 'order.changed', 'order', %s from generate_series(1, %s)",
        rows.organization_id, subject, 2 * stream.PAGE,
    )  # fmt: skip
    async with (
        serve(create_app(limit_streams(client.service, 5))) as other_url,
        follow(other_url, client.secret, ORDERS, last_id) as source,
    ):
        found += await take_ids(source, 1)
        many = await source.take(2 * stream.PAGE)
        assert found == expected
        assert [event["sequence"] for event in many] == [*range(1, 2 * stream.PAGE + 1)]
        last = insert(rows)
        assert await take_ids(source, 1) == [last]


async def test_a_stream_escapes_line_breaks_of_unicode(url: str, client: ApiClient, rows: Rows) -> None:
    """Many clients split lines there, and would read half of the JSON."""
    data = {"external_id": "A\x85B\u2028C\u2029D\u00e9"}
    async with follow(url, client.secret) as source:
        rows.insert("events", type="order.changed", subject_type="order", subject_id=uuid4(), data=data)
        assert (await source.next())["data"] == data


async def test_a_stream_has_a_place_before_its_first_event(url: str, client: ApiClient, rows: Rows) -> None:
    async with follow(url, client.secret, ORDERS) as source:
        last_id = source.last_id
    missed = insert(rows)
    async with follow(url, client.secret, ORDERS, last_id) as source:
        assert await take_ids(source, 1) == [missed]


async def test_a_stream_goes_on_where_a_list_ended(url: str, client: ApiClient, rows: Rows) -> None:
    insert(rows)
    answer = await client.call("GET", f"/api/events{ORDERS}&order=asc")
    cursor = answer.json()["pagination"]["nextCursor"]
    missed = insert(rows)
    async with follow(url, client.secret, f"{ORDERS}&cursor={cursor}") as source:
        assert await take_ids(source, 1) == [missed]


async def test_a_heartbeat_moves_the_place(
    url: str, client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream whose filter excludes all events need not read them again."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.05)
    async with follow(url, client.secret, "?type=bridge.*") as source:
        before = source.last_id
        insert(rows)

        async def has_moved() -> bool:
            assert await anext(source.blocks()) is None
            return source.last_id not in (None, before)

        await eventually(has_moved, every=0)


async def test_places_of_other_events_are_refused(url: str, client: ApiClient, rows: Rows) -> None:
    async with follow(url, client.secret, ORDERS) as source:
        insert(rows)
        await source.next()
        last_id = source.last_id
    for query, name in (("", "Last-Event-ID"), ("?type=order.created", "Last-Event-ID")):
        async with follow(url, client.secret, query, last_id) as source:
            assert source.response.status_code == 400
            assert source.response.json()["error"]["details"]["parameter"] == name


async def test_a_process_has_a_limited_number_of_streams(client: ApiClient) -> None:
    """A closed stream makes room."""
    context = limit_streams(client.service, 2)
    async with serve(create_app(context)) as url:
        async with follow(url, client.secret), follow(url, client.secret), follow(url, client.secret) as third:
            assert third.response.status_code == 503
            assert third.response.headers["retry-after"] == "5"
            assert third.response.json()["error"]["code"] == "too_many_streams"

        async def are_closed() -> bool:
            return context.live_events.count_streams() == 0

        await eventually(are_closed)
        async with follow(url, client.secret) as fourth:
            assert fourth.response.status_code == 200


async def test_an_organization_has_a_limited_number_of_streams(client: ApiClient, other_rows: Rows) -> None:
    """Another organization still gets one, and a closed stream makes room."""
    events = LiveEvents(client.service.container.event_feed, max_streams=4, max_of_organization=2)
    async with serve(create_app(replace(client.service.context, live_events=events))) as url:
        async with follow(url, client.secret), follow(url, client.secret), follow(url, client.secret) as third:
            assert (third.response.status_code, third.response.headers["retry-after"]) == (429, "5")
            error = third.response.json()["error"]
            assert (error["code"], error["details"]) == ("too_many_organization_streams", {"limit": 2})
            async with follow(url, other_rows.insert_key()) as theirs:
                assert theirs.response.status_code == 200

        async def are_closed() -> bool:
            return events.count_streams() == 0

        await eventually(are_closed)
        async with follow(url, client.secret) as fourth:
            assert fourth.response.status_code == 200


async def test_a_process_serves_200_streams(client: ApiClient, rows: Rows) -> None:
    """Those of four organizations get their events, and they use no database connection."""
    database, streams = client.service.container.database, live.MAX_STREAMS_OF_ORGANIZATION
    context = limit_streams(client.service, live.MAX_STREAMS)
    shops = [Rows(rows.connection, await database.create_organization(f"Shop {n}")) for n in range(4)]
    opened: list[list[EventSource]] = []
    async with serve(create_app(context)) as url, contextlib.AsyncExitStack() as stack:
        for shop in shops:
            secret = shop.insert_key()
            opened.append([await stack.enter_async_context(follow(url, secret, ORDERS)) for _ in range(streams)])
        assert context.live_events.count_streams() == len(shops) * streams == 200
        events = [insert(shop) for shop in shops]
        found = await asyncio.gather(*(take_ids(source, 1) for sources in opened for source in sources))
        assert found == [[event] for event in events for _ in range(streams)]
        assert await client.data("GET", "/api/events?limit=1")
        async with follow(url, client.secret) as refused:
            assert refused.response.status_code == 503


async def test_a_stream_outlives_an_outage(  # noqa: PLR0917 - fixtures are passed by name
    url: str,
    client: ApiClient,
    rows: Rows,
    postgres_server: PostgresServer,
    module_database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Events of the outage arrive after it, and the place before it is still valid."""
    monkeypatch.setattr(pools, "BEGIN_SECONDS", 0.5)
    monkeypatch.setattr(stream, "RETRY_SECONDS", 0.05)
    start = (await client.call("GET", f"/api/events{ORDERS}&order=asc")).json()["pagination"]["nextCursor"]
    stored = [insert(rows) for _ in range(2)]
    async with follow(url, client.secret, ORDERS) as live_source:
        expected = [insert(rows)]
        found = await take_ids(live_source, 1)
        with postgres_server.unreachable(module_database_url):
            expected.append(insert(rows))
            refused = await client.call("GET", "/api/events")
        assert refused.status_code == 503
        found += await take_ids(live_source, 1)
        assert found == expected
    async with follow(url, client.secret, ORDERS, start) as source:
        assert await take_ids(source, 4) == [*stored, *expected]


async def test_a_stream_ends_if_a_backup_replaces_the_database(url: str, client: ApiClient, rows: Rows) -> None:
    """The place of the client is refused with a place to go on from, also if other events have its position."""
    async with follow(url, client.secret, ORDERS) as source:
        lost = insert(rows)
        assert await take_ids(source, 1) == [lost]
        rows.run("delete from events where id = %s", lost)
        with pytest.raises(EOFError):
            await source.next()
    async with follow(url, client.secret, ORDERS, source.last_id) as refused:
        assert refused.response.status_code == 410
        error = refused.response.json()["error"]
    assert error["code"] == "events_restored"
    async with follow(url, client.secret, ORDERS, error["details"]["cursor"]) as source:
        event = insert(rows)
        assert await take_ids(source, 1) == [event]


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
async def test_the_stream_of_a_key_that_is_no_longer_valid_ends(
    url: str, rows: Rows, column: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.05)
    secret = rows.insert_key(name="short")
    async with follow(url, secret, "?type=bridge.*") as source:
        rows.update("api_keys", rows.select_one("api_keys", name="short")["id"], **{column: now()})
        with pytest.raises(EOFError):
            await source.next()


async def test_shutdown_ends_streams_at_once(client: ApiClient) -> None:
    """New streams are refused with the time to wait."""
    context = limit_streams(client.service, 5)
    async with serve(create_app(context)) as url, follow(url, client.secret, "?type=bridge.*") as source:
        context.live_events.end()
        with pytest.raises(EOFError):
            await source.next()
        async with follow(url, client.secret) as refused:
            assert refused.response.status_code == 503


async def test_a_client_that_does_not_read_is_disconnected(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most the buffers of the sockets and one page are waiting for it."""
    monkeypatch.setattr(http_limits, "SECONDS_TO_READ", 0.2)
    context = limit_streams(client.service, 5)
    async with serve(create_app(context)) as url:
        parts = urlsplit(url)
        with socket.socket() as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.setblocking(False)
            await asyncio.get_running_loop().sock_connect(wire, (parts.hostname, parts.port))
            head = f"GET /api/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.secret}\r\n\r\n"
            await asyncio.get_running_loop().sock_sendall(wire, head.encode())

            async def is_open() -> bool:
                return context.live_events.count_streams() == 1

            await eventually(is_open)
            rows.run(
                "insert into events (organization_id, type, subject_type, subject_id, data)"
                " select %s, 'order.changed', 'order', %s, jsonb_build_object('text', repeat('x', 8000))"
                " from generate_series(1, 900)",
                rows.organization_id, uuid4(),
            )  # fmt: skip

            async def is_closed() -> bool:
                return context.live_events.count_streams() == 0

            await eventually(is_closed)
