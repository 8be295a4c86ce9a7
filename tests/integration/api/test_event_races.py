"""Two writers commit in reverse order while clients follow: each event arrives once, in the order of its subject."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest

from tests.fixtures.builders import Json
from tests.fixtures.http_server import follow, serve
from tests.fixtures.in_process_api import ApiClient, Service
from tests.fixtures.rows import Rows

ROUNDS = 1_000
QUERY = "?type=order.changed"
INSERT = """
    insert into events (organization_id, type, subject_type, subject_id) values (%s, 'order.changed', 'order', %s)
"""


@pytest.fixture
async def url(service: Service) -> AsyncIterator[str]:
    """The API on a socket."""
    async with serve(service.app) as address:
        yield address


async def write(database_url: str, rows: Rows) -> None:
    """Insert two events per round, and commit the second one first. Each writer changes three subjects in turn."""
    subjects = [[uuid4() for _ in range(3)] for _ in range(2)]
    async with (
        await psycopg.AsyncConnection.connect(database_url) as slow,
        await psycopg.AsyncConnection.connect(database_url) as fast,
    ):
        for number in range(ROUNDS):
            await slow.execute(INSERT, (rows.organization_id, subjects[0][number % 3]))
            await fast.execute(INSERT, (rows.organization_id, subjects[1][number % 3]))
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


async def test_each_event_arrives_once_and_in_order(
    url: str, client: ApiClient, rows: Rows, module_database_url: str
) -> None:
    page = (await client.call("GET", f"/api/events{QUERY}&order=asc")).json()
    start = page["pagination"]["nextCursor"]
    _, *readers = await asyncio.gather(
        write(module_database_url, rows),
        read_pages(client),
        read_stream(url, client, start, 2 * ROUNDS),
        read_stream(url, client, start, 150),
    )
    order = [event["id"] for event in readers[0]]
    assert len(order) == len(set(order)) == 2 * ROUNDS
    assert [[event["id"] for event in found] for found in readers] == [order] * 3
    by_subject: dict[str, list[int]] = {}
    for event in readers[0]:
        by_subject.setdefault(event["subject"]["id"], []).append(event["sequence"])
    assert len(by_subject) == 6
    assert all(numbers == [*range(1, len(numbers) + 1)] for numbers in by_subject.values())
