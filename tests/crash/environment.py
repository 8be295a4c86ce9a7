"""The environment of a case: its database, namespace and sandbox, and the process that dies."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict
from temporalio.client import Client

from tests.chaos import effects, events
from tests.chaos.checker import check
from tests.chaos.client_log import ClientLog
from tests.chaos.records import UNSETTLED, Records, read_records
from tests.chaos.violation import Violation
from tests.crash.cases import Act, Case, Fault
from tests.crash.process import ServiceProcess
from tests.crash.seed_data import SeedData, create_shop_orders
from tests.fixtures.builders import Json
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandboxes import Sandbox

T = TypeVar("T")

WITHIN = 300.0
MAX_CALLS = 100
"""More calls to a target than any case makes during one phase."""
LONG = "3600"
BUSY = (httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE)
"""Statuses that ask for another call: an earlier call with the key still runs, or no database connection is free."""
KEY = "the one call that is repeated"
BOOKS = ("labels", "fulfillments")
UNREACHABLE = "127.0.0.1:1"
RETRY_FOR = 86_400.0
RESOLUTION = {"outcome": "did_not_happen", "reason": "not in the carrier's portal", "force": True}


@dataclass
class Environment:
    """The environment of one case."""

    case: Case
    seed_data: SeedData
    postgres: PostgresServer
    template: str
    client: Client
    sandbox: Sandbox
    env: dict[str, str]
    log: Path
    processes: list[ServiceProcess] = field(default_factory=list)
    connection: psycopg.Connection[Any] = field(init=False)
    operation_id: str = field(init=False)
    """The operation of the case."""

    @property
    def process(self) -> ServiceProcess:
        """The newest process; the others have ended."""
        return self.processes[-1]

    @property
    def database_url(self) -> str:
        """The database of the process."""
        return self.env["DATABASE_URL"]

    async def close(self) -> None:
        """Kill the processes and close the connections."""
        for process in self.processes:
            process.kill()
        self.connection.close()
        await self.sandbox.aclose()

    def __post_init__(self) -> None:
        """Open one database connection for the frequent reads."""
        self.connection = psycopg.connect(self.database_url, autocommit=True)
        self.operation_id = self.seed_data.operations[self.case.kind, self.case.vendor]

    async def prepare(self) -> None:
        """Bring the operation to the state where the case begins."""
        await create_shop_orders(self.sandbox)
        await self.sandbox.answers_after(self.case.answers_after)
        await self._script(self.case.before_faults)
        for act in self.case.before:
            await getattr(self, f"_before_{act}")()
        await self._script(self.case.faults)

    async def die(self) -> None:
        """Perform the action that kills the armed process."""
        self.start(crash_at=f"{self.case.point}:{self.case.nth}")
        if self.case.act != "wait":
            await self._eventually(self._was_accepted, "is accepted", every=0.25)
        await self._eventually(self._has_died, "dies")
        assert self.process.was_killed, self.process.read_output()
        assert f"crash point {self.case.point} is reached" in self.process.read_output()
        await self._script(self.case.after_faults)

    async def _was_accepted(self) -> bool:
        """Make the call; return whether the process accepted it or died during it."""
        answer = await self.call(self.case.act)
        if answer is None:
            return await self._has_died()
        assert answer.is_success or answer.status_code in BUSY, answer.text
        return answer.is_success

    async def _has_died(self) -> bool:
        return self.process.exit_code is not None

    async def _eventually(self, condition: Callable[[], Awaitable[T]], what: str, *, every: float = 0.05) -> T:
        """Wait for a condition; an error has the operation's log and the output of the process."""
        try:
            return await eventually(condition, WITHIN, f"{self.case.name} {what}", every=every)
        except AssertionError as error:
            log = self._sql("select created_at::text, type, message from events order by ordinal")
            requests = [await self.sandbox.requests(f"{book}.create") for book in BOOKS]
            raise AssertionError(f"{error}\n{log}\n{requests}\n{self.process.read_output()}") from error

    def start(self, crash_at: str | None = None, **env: str) -> None:
        """Start the process: the API with an embedded worker."""
        self.processes.append(ServiceProcess("api", {**self.env, **env}, self.log, crash_at=crash_at))

    async def call(self, act: Act) -> httpx.Response | None:
        """Make the action's call with its key; return None without an answer."""
        headers = {"Idempotency-Key": KEY, "Prefer": f"wait={self.case.wait}"}
        async with await self._http() as http:
            try:
                if act == "create":
                    return await http.post("/api/operations", json=self.seed_data.creation, headers=headers)
                if act == "void":
                    self.operation_id, act = await self._new_void(http), "execute"
                if act.startswith("bulk_"):
                    action = {"action": act.removeprefix("bulk_"), "ids": [self.operation_id]}
                    return await http.post("/api/bulk-actions", json=action, headers=headers)
                body = RESOLUTION if act == "resolve" else None
                return await http.post(f"/api/operations/{self.operation_id}/{act}", json=body, headers=headers)
            except httpx.TransportError:
                return None

    async def _new_void(self, http: httpx.AsyncClient) -> str:
        """Create the operation that voids the shipment; the key makes a repeated call return the same operation."""
        ((shipment,),) = self._sql("select id::text from shipments")
        body = {**self.seed_data.creation, "type": "void_shipment", "input": {"shipment_id": shipment}}
        headers = {"Idempotency-Key": f"void {shipment}"}
        answer = await self._call(http, "POST", "/api/operations", json=body, headers=headers)
        return str(answer.json()["data"]["id"])

    async def repeat(self, act: Act) -> httpx.Response:
        """Repeat the call until the first call no longer runs and the process is not too busy."""

        async def get_response() -> httpx.Response | None:
            answer = await self.call(act)
            return None if answer is not None and answer.status_code in BUSY else answer

        answer = await self._eventually(get_response, "is answered", every=0.5)
        assert answer is not None
        return answer

    async def _call(self, http: httpx.AsyncClient, method: str, path: str, **content: Any) -> httpx.Response:
        """Return the successful answer to a call, which is repeated while the process is too busy for it."""

        async def get_answer() -> httpx.Response | None:
            answer = await http.request(method, path, **content)
            return None if answer.status_code in BUSY else answer

        answer = await self._eventually(get_answer, f"{method} {path}", every=0.5)
        assert answer is not None
        assert answer.is_success, answer.text
        return answer

    async def _http(self) -> httpx.AsyncClient:
        async def serves() -> bool:
            if self.process.url is None:
                assert self.process.exit_code is None, self.process.read_output()
            return self.process.url is not None

        await self._eventually(serves, "serves")
        headers = {"Authorization": f"Bearer {self.seed_data.key}"}
        return httpx.AsyncClient(base_url=str(self.process.url), headers=headers, timeout=60)

    async def wait_until_settled(self) -> Records:
        """Wait until everything has settled, and return the records."""

        async def has_settled() -> bool:
            if self.case.end != "pending" and self._status() == "pending":
                return False
            if self._sql("select 1 from bulk_actions where ended_at is null"):
                return False
            return not self._sql(UNSETTLED) and not await self._running()

        await self._eventually(has_settled, "settles", every=0.25)
        info = {"database_url": self.database_url, "sandbox_url": self.sandbox.url}
        records = await read_records(info, RETRY_FOR, self.client)
        violations = self._violations(records)
        assert not violations, "\n".join(map(str, violations))
        return records

    def _status(self) -> str:
        ((status,),) = self._sql(f"select status from operations where id = '{self.operation_id}'")
        return str(status)

    def _violations(self, records: Records) -> list[Violation]:
        if "restore" in self.case.before:
            # Temporal has the runs that the backup lacks, and no log has them.
            return [violation for each in (*effects.CHECKS, *events.CHECKS) for violation in each(records)]
        return check(ClientLog(), records)

    async def _running(self) -> list[str]:
        started = self._sql("select workflow_id from runs where started_at is not null")
        statuses = [(await self.client.get_workflow_handle(ident).describe()).status for (ident,) in started]
        return [status.name for status in statuses if status is not None and status.name == "RUNNING"]

    async def get(self) -> Json:
        """Return the operation from the API."""
        async with await self._http() as http:
            answer = await self._call(http, "GET", f"/api/operations/{self.operation_id}")
            data: Json = answer.json()["data"]
            return data

    async def sends(self) -> int:
        """Count the purchases and pushes that reached the carrier and the channel; those with a fault count as one."""
        return sum([_count(await self.sandbox.requests(f"{book}.create")) for book in BOOKS])

    def is_refused(self) -> bool:
        """Return whether the account has rejected credentials."""
        return bool(self._sql("select 1 from carrier_accounts where status = 'auth_failed'"))

    async def _script(self, faults: Iterable[Fault]) -> None:
        """Give the faults to all calls of the next phase, and no others."""
        await self.sandbox.clear_faults()
        for target, fault in faults:
            await self.sandbox.script(target, *[fault] * MAX_CALLS)

    async def _before_execute(self) -> None:
        """Execute the operation until it settles."""
        await self._run_unarmed(self.wait_until_settled)

    async def _before_undo(self) -> None:
        """Undo the operation until it settles."""
        await self._run_unarmed(self.wait_until_settled, act="undo")

    async def _before_accept(self) -> None:
        """Accept an execution while Temporal is down, in a process that then dies, and end its lease."""

        async def accepted() -> bool:
            return bool(self._sql("select 1 from runs"))

        until = partial(self._eventually, accepted, "is accepted")
        await self._run_unarmed(until, TEMPORAL_ADDRESS=UNREACHABLE)
        self._sql("update runs set lease_until = now()")

    async def _before_drift(self) -> None:
        """Terminate the run that waits for its channel, and make it due for a check."""

        async def waits() -> bool:
            return bool(self._sql("select 1 from events where type = 'step.waiting'"))

        await self._run_unarmed(partial(self._eventually, waits, "waits for the channel"))
        ((workflow_id,),) = self._sql("select workflow_id from runs")
        await self.client.get_workflow_handle(workflow_id).terminate("by a test")
        self._sql("update runs set started_at = coalesce(started_at, now()), checked_at = now() - interval '1 minute'")

    async def _before_hold(self) -> None:
        """Execute until the account is paused, and make its probe due."""

        async def is_held() -> bool:
            return bool(self._sql("select 1 from events where type = 'operation.held'"))

        until = partial(self._eventually, is_held, "is held")
        await self._run_unarmed(until, ORDERLY_PROBE_AFTER_SECONDS=LONG)
        self._sql("update carrier_accounts set probe_at = now() where probe_at is not null")

    async def _before_track(self) -> None:
        """Make the parcel due for tracking."""
        self._sql("update shipments set track_at = now()")

    async def _before_restore(self) -> None:
        """Replace the database by the copy from before the case."""
        self.connection.close()
        self.postgres.drop(self.database_url)
        self.postgres.admin(f"create database {conninfo_to_dict(self.database_url)['dbname']} template {self.template}")
        self.connection = psycopg.connect(self.database_url, autocommit=True)

    async def _run_unarmed(self, until: Callable[[], Awaitable[object]], act: Act = "execute", **env: str) -> None:
        """Perform the action in an unarmed process."""
        self.start(**env)
        async with await self._http() as http:
            path = f"/api/operations/{self.operation_id}/{act}"
            await self._call(http, "POST", path, headers={"Idempotency-Key": act})
        await until()
        self.process.kill()

    def _sql(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def _count(requests: list[Json]) -> int:
    faulty = sum(request["fault"] is not None for request in requests)
    return len(requests) - max(faulty - 1, 0)
