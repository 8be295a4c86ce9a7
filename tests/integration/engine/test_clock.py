"""A process with a wrong clock, or an answer that kills its worker, does not buy twice."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from tests.fixtures.api import LABEL, new_organization
from tests.fixtures.builders import Json, build_account, build_account_settings, build_order
from tests.fixtures.polling import eventually
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shifted_clock import ShiftedProcess, running_shifted
from tests.fixtures.temporal import TemporalServer

pytestmark = pytest.mark.timeout(300)

DEADLY = "tests.fixtures.deadly_answers"


@dataclass
class Clients:
    """Starts processes on the same data and calls their APIs with the key of one organization."""

    env: dict[str, str]
    key: str
    folder: Path
    sandbox: Sandbox

    @contextmanager
    def process(self, seconds: int, module: str = "bootstrap.cli") -> Iterator[ShiftedProcess]:
        """Run a process with a shifted clock."""
        with running_shifted(seconds, self.env, self.folder / f"{seconds}.log", module) as process:
            yield process

    @asynccontextmanager
    async def client(self, process: ShiftedProcess) -> AsyncIterator[httpx.AsyncClient]:
        """Return a client of the process when it serves."""

        async def serves() -> bool:
            assert process.process.poll() is None, process.read_log()
            return process.url is not None

        await eventually(serves, 60.0, "the process serves")
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(base_url=process.url or "", headers=headers, timeout=60) as http:
            yield http


@pytest.fixture
async def clients(database_url: str, temporal_server: TemporalServer, sandbox: Sandbox, tmp_path: Path) -> Clients:
    """An organization in a database and a Temporal namespace of its own."""
    await temporal_server.ready()
    env = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "TEMPORAL_ADDRESS": temporal_server.address,
        "TEMPORAL_NAMESPACE": temporal_server.new_namespace(),
        "ORDERLY_API_PORT": "0",
        "ORDERLY_EMBED_WORKER": "1",
        "ORDERLY_ALLOW_LOOPBACK": "1",
        "ORDERLY_SANDBOX_URL": sandbox.url,
        "ORDERLY_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }
    return Clients(env, await new_organization(database_url, "Shop"), tmp_path, sandbox)


async def post(http: httpx.AsyncClient, path: str, body: Json | None = None) -> Json:
    """Return the data of a successful call."""
    answer = await http.post(f"/api/{path}", json=body)
    assert answer.is_success, answer.text
    found: Json = answer.json()["data"]
    return found


async def execute_purchase(http: httpx.AsyncClient) -> str:
    """Begin to buy a label; return the operation's id."""
    settings = build_account_settings(read_timeout_seconds=2)
    await post(http, "carrier-accounts", build_account("shipengine", settings=settings))
    order = await post(http, "orders", build_order())
    operation = await post(http, "operations", {"type": "create_shipment", "order_id": order["id"], "input": LABEL})
    await post(http, f"operations/{operation['id']}/execute")
    return str(operation["id"])


async def wait_for_status(http: httpx.AsyncClient, operation_id: str, status: str) -> Json:
    """Wait until an operation has a status; return the operation."""

    async def found() -> Json | None:
        operation: Json = (await http.get(f"/api/operations/{operation_id}")).json()["data"]
        return operation if operation["status"] == status else None

    operation = await eventually(found, 90.0, f"the operation is {status}")
    assert operation is not None
    return operation


@pytest.mark.parametrize(("seconds", "word"), [(300, "ahead of"), (-300, "behind")])
async def test_a_process_with_a_wrong_clock_buys_nothing(clients: Clients, seconds: int, word: str) -> None:
    """It is not ready and reports the skew; another process executes the waiting purchase."""
    with clients.process(seconds) as wrong:
        async with clients.client(wrong) as http:
            operation_id = await execute_purchase(http)

            async def is_refused() -> bool:
                logs = (await http.get(f"/api/operations/{operation_id}")).json()["data"]["logs"]
                return any(f"s {word} Postgres's" in entry["message"] for entry in logs)

            await eventually(is_refused, 60.0, "the purchase is put off")
            ready = await http.get("/readyz")
            assert await clients.sandbox.requests("labels.create") == []
            assert wrong.process.poll() is None
    assert ready.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert (ready.json()["clock"], ready.json()["postgres"]) == ("wrong", "ok")
    assert ready.json()["clock_skew_seconds"] == pytest.approx(seconds, abs=5)
    warnings = [line for line in wrong.read_log().splitlines() if "WARNING" in line and "Postgres's" in line]
    assert len(warnings) == 1

    with clients.process(0) as right:
        async with clients.client(right) as http:
            operation = await wait_for_status(http, operation_id, "completed")
    assert count_live(await clients.sandbox.labels(operation["undo"]["steps"][0]["reference"])) == 1


async def test_a_call_ages_by_the_clock_of_postgres(clients: Clients) -> None:
    """The worker's clock would end the call while the carrier is still making the label."""
    await clients.sandbox.script("labels.create", "gateway_timeout:3")
    with clients.process(50) as fast:
        async with clients.client(fast) as http:
            operation_id = await execute_purchase(http)
            operation = await wait_for_status(http, operation_id, "completed")
            ready = await http.get("/readyz")

    assert (ready.status_code, ready.json()["clock"]) == (200, "ok")
    assert len(await clients.sandbox.requests("labels.create")) == 1
    assert count_live(await clients.sandbox.labels(operation["undo"]["steps"][0]["reference"])) == 1


async def test_an_answer_that_killed_three_workers_is_not_read_again(clients: Clients) -> None:
    """A person is asked, and nothing is sent again."""
    operation_id = None
    for _ in range(3):
        with clients.process(0, DEADLY) as process:
            if operation_id is None:
                async with clients.client(process) as http:
                    operation_id = await execute_purchase(http)

            async def has_died(dying: ShiftedProcess = process) -> bool:
                return dying.process.poll() is not None

            await eventually(has_died, 90.0, "the process dies")
            assert process.process.returncode == -signal.SIGKILL
    with clients.process(0, DEADLY) as process:
        async with clients.client(process) as http:

            async def needs_person() -> Json | None:
                operation: Json = (await http.get(f"/api/operations/{operation_id}")).json()["data"]
                return operation if operation["attention"] else None

            operation = await eventually(needs_person, 90.0, "a person is asked")
            assert process.process.poll() is None

    assert operation is not None
    assert operation["attention"]["reason"] == "outcome_unknown"
    assert "3 workers died" in operation["attention"]["message"]
    assert len(await clients.sandbox.requests("labels.create")) == 1
