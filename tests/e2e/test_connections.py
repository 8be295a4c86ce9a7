"""The number of database connections of a process is limited by its settings."""

import asyncio
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.fixtures.api import LABEL, new_organization
from tests.fixtures.builders import build_account, build_order, new_external_id
from tests.fixtures.polling import eventually
from tests.fixtures.stack import Stack

POOL, SYSTEM_POOL, NOTIFICATIONS = 3, 2, 1
CLIENTS = 20


@pytest.fixture
def stack(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with small pools, whose worker runs in the API's process."""
    made = Stack(tmp_path_factory.mktemp("connections") / "data")
    env = {"DATABASE_POOL_SIZE": str(POOL), "DATABASE_SYSTEM_POOL_SIZE": str(SYSTEM_POOL)}
    made.start(env={"DATABASE_URL": database_url, "DATABASE_APPLICATION_NAME": "limited", **env})
    try:
        made.wait_ready()
        yield made
    finally:
        made.kill()


async def buy(http: httpx.AsyncClient) -> None:
    """Buy a label; a call that waited too long for a connection is repeated."""
    order = (await http.post("/api/orders", json=build_order(external_id=new_external_id()))).json()["data"]
    body = {"type": "create_shipment", "order_id": order["id"], "input": LABEL, "execute": True}

    async def get_answer() -> httpx.Response | None:
        answer = await http.post("/api/operations", json=body)
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

    answer = await eventually(get_answer, 60.0, "a connection becomes free", every=1.0)
    assert answer is not None
    assert answer.json()["data"]["status"] == "completed", answer.text


async def count_connections(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("select count(*) from pg_stat_activity where application_name = 'limited'")
        row = await found.fetchone()
    assert row is not None
    count: int = row[0]
    return count


async def test_a_busy_process_opens_only_the_connections_of_its_settings(stack: Stack, database_url: str) -> None:
    key = await new_organization(database_url, "Busy")
    headers = {"Authorization": f"Bearer {key}", "Prefer": "wait=30"}
    async with httpx.AsyncClient(base_url=stack.info["api_url"], headers=headers, timeout=60) as http:
        (await http.post("/api/carrier-accounts", json=build_account("shipengine"))).raise_for_status()
        counts: list[int] = []
        load = asyncio.gather(*(buy(http) for _ in range(CLIENTS)))
        while not load.done():
            counts.append(await count_connections(database_url))
        await load
    assert max(counts) == POOL + SYSTEM_POOL + NOTIFICATIONS
