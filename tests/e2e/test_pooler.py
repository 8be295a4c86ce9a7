"""pgbouncer in transaction mode between the service and Postgres: identities never mix."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from tests.fixtures.api import LABEL
from tests.fixtures.builders import build_account, build_order, new_external_id
from tests.fixtures.pooler import get_free_port, pooled
from tests.fixtures.stack import PROJECT, Stack, get_status, run_up, wait_until

pytestmark = pytest.mark.timeout(300)

ORGANIZATIONS, OPERATIONS = 4, 500
CLIENTS = 4
"""Clients of each organization."""


@dataclass
class Reader:
    """One organization's key, the ids that belong to the organization, and the ids that lists showed."""

    key: str
    own: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Prefer": "wait=30"}


def process_env(stack: Stack, name: str) -> dict[str, str]:
    """Return the environment of one of the stack's processes."""
    return psutil.Process(stack.info["pids"][name]).environ()


@contextmanager
def second(stack: Stack, name: str, **env: str) -> Iterator[None]:
    """Run another `orderly api` or `orderly worker` with the environment of the stack's own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bootstrap.cli", name], cwd=PROJECT, env={**process_env(stack, name), **env}
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def stack(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose database is behind pgbouncer, with its worker in a process of its own."""
    with pooled(database_url) as url:
        made = Stack(tmp_path_factory.mktemp("pooler") / "data")
        made.start("--separate-worker", env={"DATABASE_URL": url, "DATABASE_PREPARE": "0"})
        try:
            made.wait_ready()
            yield made
        finally:
            made.kill()


def create_key(stack: Stack, organization: str) -> str:
    env = {"DATABASE_URL": process_env(stack, "api")["DATABASE_URL"], "DATABASE_PREPARE": "0"}
    made = run_up("keys", "create", "--organization", organization, "--name", "first", **env)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


async def send(client: httpx.AsyncClient, reader: Reader, verb: str, path: str, body: Any = None) -> httpx.Response:
    """Send a request, again with its key if no server connection became free in time."""
    headers = {**reader.headers, **({"Idempotency-Key": uuid4().hex} if verb == "POST" else {})}
    async with asyncio.timeout(60):
        while True:
            answer = await client.request(verb, path, json=body, headers=headers)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            await asyncio.sleep(float(answer.headers["retry-after"]))


async def request(client: httpx.AsyncClient, reader: Reader, verb: str, path: str, body: Any = None) -> Any:
    """Send a request and return its data."""
    answer = await send(client, reader, verb, path, body)
    assert answer.status_code < 300, answer.text
    return answer.json()["data"]


async def work(clients: list[httpx.AsyncClient], reader: Reader, account_id: str, number: int) -> None:
    """Record, execute and read operations, each call at the next API process."""
    api = cycle(clients)
    for index in range(number):
        order = await request(next(api), reader, "POST", "/api/orders", build_order(external_id=new_external_id()))
        label = {**LABEL, "carrier_account_id": account_id}
        label.pop("carrier")
        kind, fields = ("create_shipment", label) if index % 10 == 0 else ("update_order_status", {"status": "on_hold"})
        body = {"type": kind, "order_id": order["id"], "input": fields}
        operation = await request(next(api), reader, "POST", "/api/operations", body)
        reader.own |= {order["id"], operation["id"]}
        done = await request(next(api), reader, "POST", f"/api/operations/{operation['id']}/execute")
        assert done["status"] == "completed", done["error"]
        found = await request(next(api), reader, "GET", "/api/operations?limit=50")
        reader.seen |= {shown[name] for shown in found for name in ("id", "order_id")}


async def fill(clients: list[httpx.AsyncClient], reader: Reader) -> None:
    """Work with several clients of one organization at the same time."""
    account = await request(clients[0], reader, "POST", "/api/carrier-accounts", build_account("shipengine"))
    reader.own.add(account["id"])
    each = OPERATIONS // ORGANIZATIONS // CLIENTS + 1
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(work(clients, reader, account["id"], each))


async def test_organizations_share_two_connections_and_see_their_own(stack: Stack) -> None:
    """4 organizations, 2 API and 2 worker processes, 500 operations."""
    port = get_free_port()
    with second(stack, "worker"), second(stack, "api", ORDERLY_API_PORT=str(port)):
        urls = [stack.info["api_url"], f"http://127.0.0.1:{port}"]
        wait_until(lambda: get_status(f"{urls[1]}/readyz") == 200, 60, "the second API is ready")
        readers = [Reader(create_key(stack, f"Shop {number}")) for number in range(ORGANIZATIONS)]
        async with AsyncExitStack() as opened:
            clients = [await opened.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60)) for url in urls]
            async with asyncio.TaskGroup() as group:
                for reader in readers:
                    group.create_task(fill(clients, reader))
            for reader in readers:
                assert reader.seen
                assert reader.seen <= reader.own
            for ident in sorted(readers[1].own):
                answer = await send(clients[0], readers[0], "GET", f"/api/operations/{ident}")
                assert answer.status_code == 404
