"""While Postgres or Temporal is stopped or killed, no call gets a 500 and no purchase is lost or repeated."""

import asyncio
import contextlib
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import psutil
import pytest

from tests.fixtures.api import LABEL, Api, data, refused
from tests.fixtures.postgres import read_only
from tests.fixtures.stack import Stack, get_status, wait_until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]

SETTLES_WITHIN = 180.0
"""A purchase whose send could not be recorded waits until its delivery times out; then a look-up finds the outcome."""

OPERATIONS = "/api/operations"
SOON = 6.0
"""Seconds; a call gets 503 within this time if Postgres is down: it waits 3 s for a connection."""
CLIENTS = 6


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose servers the tests stop and kill."""
    stack = Stack(tmp_path_factory.mktemp("outages") / "data").start()
    try:
        stack.wait_ready()
        yield stack
    finally:
        stack.kill()


@pytest.fixture
def api(own_stack: Stack) -> Iterator[Api]:
    """The stack's organization, after the stack is ready."""
    wait_until(own_stack.is_ready, 30, own_stack.read_output)
    api = Api(own_stack.info, own_stack.info["api_key"])
    yield api
    api.close()


def tree(stack: Stack, name: str) -> list[psutil.Process]:
    """Return a server's process and all its descendants: PostgreSQL has a process for each connection."""
    process = psutil.Process(stack.info["pids"][name])
    return [process, *process.children(recursive=True)]


@contextlib.contextmanager
def stop_process(stack: Stack, name: str) -> Iterator[None]:
    """Stop a server with SIGSTOP during the block, like a machine that hangs."""
    processes = tree(stack, name)
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def kill(stack: Stack, name: str) -> None:
    """Kill a server with SIGKILL; the stack restarts it."""
    psutil.Process(stack.info["pids"][name]).kill()


@dataclass
class Traffic:
    """Clients that buy labels one after the other, and repeat calls that got 503."""

    api: Api
    order_id: str
    account_id: str
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)
    executed: list[str] = field(default_factory=list)
    keys: int = 0
    over: bool = False

    async def send(self, client: httpx.AsyncClient, method: str, path: str, **options: object) -> httpx.Response:
        """Make one call and check its response."""
        started = time.monotonic()
        answer = await client.request(method, path, **options)  # type: ignore[arg-type]
        self.slowest = max(self.slowest, time.monotonic() - started)
        self.statuses[answer.status_code] += 1
        if answer.status_code == 503:
            refused(answer, 503, "service_unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
        elif answer.status_code not in (200, 201, 202):
            self.wrong.append(answer.text)
        return answer

    async def send_until_accepted(self, client: httpx.AsyncClient, path: str, **options: object) -> httpx.Response:
        """Repeat a call with the same Idempotency-Key until the status is not 503."""
        headers = {"Idempotency-Key": str(uuid4())}
        self.keys += 1
        while True:
            answer = await self.send(client, "POST", path, headers=headers, **options)
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.2)

    async def buy(self, client: httpx.AsyncClient) -> None:
        """Buy labels until `over` is set."""
        fields = {"carrier_account_id": self.account_id, "service": LABEL["service"]}
        body = {"type": "create_shipment", "order_id": self.order_id, "input": fields}
        while not self.over:
            made = await self.send_until_accepted(client, OPERATIONS, json=body)
            ident = data(made, 201)["id"]
            await self.send_until_accepted(client, f"{OPERATIONS}/{ident}/execute")
            self.executed.append(ident)
            await self.send(client, "GET", f"{OPERATIONS}/{ident}")
            await self.send(client, "GET", OPERATIONS)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Buy labels during the block, and finish the purchases in progress at its end."""
        async with self.api.racers(is_patient=False) as client, asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(self.buy(client))
            yield
            self.over = True


async def buy_through(api: Api, outage: Callable[[Traffic], Awaitable[None]]) -> Traffic:
    """Buy labels before, during and after an outage; check that each label was bought exactly once."""
    before = len(api.sandbox.labels())
    traffic = Traffic(api, api.order()["id"], api.account(read_timeout_seconds=2)["id"])
    async with traffic.running():
        await until(lambda: len(traffic.executed) >= 5)
        await outage(traffic)
        after = len(traffic.executed)
        await until(lambda: len(traffic.executed) >= after + 5)
    assert not traffic.wrong, traffic.wrong[:3]
    for ident in traffic.executed:
        api.until(ident, lambda operation: operation["status"] == "completed", timeout=SETTLES_WITHIN)
    found = api.http.get(OPERATIONS, params={"order_id": traffic.order_id}).json()["pagination"]
    assert found["total"] == len(traffic.executed) == len(set(traffic.executed))
    labels = api.sandbox.labels()
    assert len(labels) - before == len(traffic.executed)
    assert all(label["status"] == "live" for label in labels[before:])
    return traffic


async def until(holds: Callable[[], bool]) -> None:
    """Poll until a condition is true."""
    async with asyncio.timeout(90):
        while True:
            if holds():
                return
            await asyncio.sleep(0.05)


async def test_postgres_killed_while_labels_are_bought(own_stack: Stack, api: Api) -> None:
    """Calls get 503 with Retry-After until Postgres is back; then the purchases continue."""

    async def outage(_: Traffic) -> None:
        old = own_stack.info["pids"]["postgres"]
        kill(own_stack, "postgres")
        await until(lambda: own_stack.info["pids"]["postgres"] != old)

    traffic = await buy_through(api, outage)
    assert traffic.slowest < SOON


async def test_postgres_hangs_while_labels_are_bought(own_stack: Stack, api: Api) -> None:
    """Calls get 503 within seconds if Postgres does not answer."""

    async def outage(traffic: Traffic) -> None:
        with stop_process(own_stack, "postgres"):
            await until(lambda: traffic.statuses[503] >= CLIENTS)

    traffic = await buy_through(api, outage)
    assert traffic.slowest < 12  # a statement that was sent may wait 10 s for its answer


async def test_postgres_is_read_only_while_labels_are_bought(own_stack: Stack, api: Api) -> None:
    """The API answers 503 and is not ready until Postgres accepts writes; the engine waits and does not restart."""
    database_url = psutil.Process(own_stack.info["pids"]["api"]).environ()["DATABASE_URL"]

    async def outage(traffic: Traffic) -> None:
        with read_only(database_url):
            await until(lambda: traffic.statuses[503] >= 3 * CLIENTS)
            await until(lambda: get_status(api.url + "/readyz") == 503)

    traffic = await buy_through(api, outage)
    assert traffic.slowest < SOON
    log = (own_stack.data_dir / "logs" / "api.log").read_text()
    assert "a part of the engine failed" not in log


async def test_temporal_killed_while_labels_are_bought(own_stack: Stack, api: Api) -> None:
    """No call fails, and every accepted operation completes."""

    async def outage(_: Traffic) -> None:
        old = own_stack.info["pids"]["temporal"]
        kill(own_stack, "temporal")
        await until(lambda: own_stack.info["pids"]["temporal"] != old)

    traffic = await buy_through(api, outage)
    assert traffic.statuses[503] == 0


async def test_temporal_hangs_while_labels_are_bought(own_stack: Stack, api: Api) -> None:
    """No call fails while Temporal does not answer."""

    async def outage(_: Traffic) -> None:
        with stop_process(own_stack, "temporal"):
            await asyncio.sleep(4)  # the outage itself

    traffic = await buy_through(api, outage)
    assert traffic.statuses[503] == 0
    assert traffic.slowest < SOON


def test_every_call_gets_503_while_postgres_is_down(own_stack: Stack, api: Api) -> None:
    """Every call gets 503 with Retry-After; /healthz answers 200, and /readyz names Postgres as down."""
    some = api.label()
    with stop_process(own_stack, "postgres"):
        for method, path, body in (
            ("GET", OPERATIONS, None),
            ("GET", f"{OPERATIONS}/{some['id']}", None),
            ("POST", OPERATIONS, {"type": "void_shipment", "input": {"shipment_id": str(uuid4())}}),
            ("POST", f"{OPERATIONS}/{some['id']}/execute", None),
            ("POST", "/api/orders", {"external_id": "x"}),
        ):
            answer = httpx.request(method, api.url + path, json=body, headers=api.http.headers, timeout=60)
            refused(answer, 503, "service_unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.elapsed.total_seconds() < SOON
        assert httpx.get(api.url + "/healthz").status_code == 200
        ready = httpx.get(api.url + "/readyz", timeout=20)
        assert (ready.status_code, ready.json()["postgres"]) == (503, "down")
    wait_until(own_stack.is_ready, 20, own_stack.read_output)
    assert api.get(some["id"])["status"] == "pending"
    api.done(some)


def test_operations_are_accepted_while_temporal_is_down(own_stack: Stack, api: Api) -> None:
    """Calls get 202, after the wait if they asked for one; the operations complete when Temporal is back."""
    first, second = api.label(), api.label()
    with stop_process(own_stack, "temporal"):
        answer = api.http.post(f"{OPERATIONS}/{first['id']}/execute")
        assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")
        assert answer.elapsed.total_seconds() < 2
        answer = api.http.post(f"{OPERATIONS}/{second['id']}/execute", headers={"Prefer": "wait=2"})
        assert (answer.status_code, answer.json()["data"]["status"]) == (202, "executing")
        assert 1.5 < answer.elapsed.total_seconds() < 4
        ready = httpx.get(api.url + "/readyz", timeout=20)
        assert (ready.status_code, ready.json()["temporal"]) == (200, "down")
        refused(api.http.post(f"{OPERATIONS}/{first['id']}/cancel"), 409, "operation_not_pending")
    for operation in (first, second):
        api.until(operation["id"], lambda operation: operation["status"] == "completed", timeout=SETTLES_WITHIN)


def test_api_killed_after_it_accepted_executions(own_stack: Stack, api: Api) -> None:
    """Operations accepted before SIGKILL complete after the restart, with one label each."""
    before = len(api.sandbox.labels())
    account = api.account(read_timeout_seconds=2)["id"]
    ids = [api.label(carrier_account_id=account)["id"] for _ in range(10)]
    for ident in ids:
        assert api.http.post(f"{OPERATIONS}/{ident}/execute").status_code == 202
    old = own_stack.info["pids"]["api"]
    kill(own_stack, "api")
    wait_until(lambda: own_stack.info["pids"]["api"] != old and own_stack.is_ready(), 30, own_stack.read_output)
    for ident in ids:
        api.until(ident, lambda operation: operation["status"] == "completed", timeout=SETTLES_WITHIN)
    assert len(api.sandbox.labels()) == before + len(ids)


def test_no_outage_caused_an_internal_error(own_stack: Stack) -> None:
    """The API's log has no error: it would have one for each response with status 500."""
    log = (own_stack.data_dir / "logs" / "api.log").read_text()
    assert "ERROR orderly.api" not in log, log[-3000:]
