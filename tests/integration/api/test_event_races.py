"""Two writers commit in reverse order while clients follow: each event arrives once, in the order of its subject."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import groupby
from operator import itemgetter
from uuid import uuid4

import psycopg
import pytest

from tests.fixtures.builders import Json
from tests.fixtures.http_server import follow, serve
from tests.fixtures.in_process_api import ApiClient, Service
from tests.fixtures.polling import eventually
from tests.fixtures.receiver import Receiver, receiving
from tests.fixtures.rows import Rows

ROUNDS = 1_000
SUBJECTS = 7
"""Subjects of each writer. A webhook endpoint gets one event of a subject at a time."""
TYPES = ("order.changed", "order.changed", "order.changed", "order.status_changed")
"""Only the last type is sent as webhooks, because each takes several statements: every endpoint still reads all events
to find its own."""
SENT = 2 * ROUNDS // len(TYPES)
QUERY = "?type=order.*"
INSERT = """
    insert into events (organization_id, type, subject_type, subject_id) values (%s, %s, 'order', %s)
"""


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    """The API on a socket."""
    async with serve(service.app) as address:
        yield address


async def write(database_url: str, rows: Rows) -> None:
    """Insert two events per round, and commit the second one first. Each writer changes its subjects in turn."""
    subjects = [[uuid4() for _ in range(SUBJECTS)] for _ in range(2)]
    async with (
        await psycopg.AsyncConnection.connect(database_url) as slow,
        await psycopg.AsyncConnection.connect(database_url) as fast,
    ):
        for number in range(ROUNDS):
            kind = TYPES[number % len(TYPES)]
            await slow.execute(INSERT, (rows.organization_id, kind, subjects[0][number % SUBJECTS]))
            await fast.execute(INSERT, (rows.organization_id, kind, subjects[1][number % SUBJECTS]))
            await fast.commit()
            await slow.commit()


async def read_pages(client: ApiClient) -> list[Json]:
    """Follow the list until all events have arrived, and once more."""
    found, cursor = list[Json](), ""
    while True:
        page = (await client.call("GET", f"/api/events{QUERY}&order=asc&limit=100{cursor}")).json()
        cursor = f"&cursor={page['pagination']['nextCursor']}"
        if not page["data"] and len(found) >= 2 * ROUNDS:
            return found
        found += page["data"]


async def read_stream(url: str, client: ApiClient, start: str, batch: int) -> list[Json]:
    """Follow the stream, and connect again after each batch."""
    found, last_id = list[Json](), start
    while len(found) < 2 * ROUNDS:
        async with follow(url, client.secret, QUERY, last_id) as source:
            found += await source.take(min(batch, 2 * ROUNDS - len(found)))
            last_id = source.last_id or ""
    return found


async def receive(client: ApiClient, rows: Rows, receiver: Receiver, endpoint_id: str) -> list[Json]:
    """Run two senders until all webhooks are delivered; return the events in the order of their first arrival."""
    senders = [asyncio.create_task(client.service.container.webhook_sender().run()) for _ in range(2)]

    async def are_delivered() -> bool:
        delivered = "select count(*) from webhook_deliveries where endpoint_id = %s and state = 'delivered'"
        count: int = rows.value(delivered, endpoint_id)
        return count == SENT

    await eventually(are_delivered, 60.0, every=0.1)
    for sender in senders:
        sender.cancel()
    await asyncio.wait(senders)
    deliveries = rows.select("webhook_deliveries", endpoint_id=endpoint_id)
    assert len(deliveries) == SENT
    # A slow machine may repeat an attempt, but nothing is sent without one.
    assert len(receiver.received) <= sum(delivery["attempts"] for delivery in deliveries)
    bodies = {request.event_id: request.body for request in reversed(receiver.received)}
    return [json.loads(bodies[event_id]) for event_id in dict.fromkeys(receiver.event_ids)]


def number_subjects(events: list[Json]) -> dict[str, list[int]]:
    """Return the sequence numbers of each subject, in the order of the events."""
    pairs = sorted(((event["subject"]["id"], event["sequence"]) for event in events), key=itemgetter(0))
    return {subject: [number for _, number in found] for subject, found in groupby(pairs, itemgetter(0))}


async def test_each_event_arrives_once_and_in_order(
    url: str, client: ApiClient, rows: Rows, module_database_url: str
) -> None:
    """Lists and streams have one order of all events; webhooks keep the order of each subject."""
    page = (await client.call("GET", f"/api/events{QUERY}&order=asc")).json()
    start = page["pagination"]["nextCursor"]
    async with receiving() as receiver:
        hook = {"url": receiver.url, "event_types": TYPES[-1:]}
        endpoint = await client.data("POST", "/api/webhook-endpoints", hook)
        _, received, *readers = await asyncio.gather(
            write(module_database_url, rows),
            receive(client, rows, receiver, endpoint["id"]),
            read_pages(client),
            read_stream(url, client, start, 2 * ROUNDS),
            read_stream(url, client, start, 150),
        )
    order = [event["id"] for event in readers[0]]
    assert len(order) == len(set(order)) == 2 * ROUNDS
    assert [[event["id"] for event in found] for found in readers] == [order] * 3
    expected = number_subjects(readers[0])
    assert len(expected) == 2 * SUBJECTS
    assert all(numbers == [*range(1, len(numbers) + 1)] for numbers in expected.values())
    assert len(received) == SENT
    assert number_subjects(received) == number_subjects([event for event in readers[0] if event["type"] == TYPES[-1]])
