"""What a case needs: a database, a namespace and a sandbox of its own, and the process that dies there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict
from temporalio.client import Client

from tests.chaos import effects
from tests.chaos.checker import check
from tests.chaos.client_log import ClientLog
from tests.chaos.records import UNSETTLED, Records, read_records
from tests.chaos.violation import Violation
from tests.crash.cases import Act, Case
from tests.crash.process import ServiceProcess
from tests.crash.seed_data import SeedData, place_orders
from tests.fixtures.builders import Json
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandboxes import Sandbox

DIES_WITHIN = 150.0
SETTLES_WITHIN = 150.0
KEY = "the one call that is repeated"
NOWHERE = "127.0.0.1:1"
RETRY_FOR = 86_400.0
RESOLUTION = {"outcome": "did_not_happen", "reason": "not in the carrier's portal", "force": True}


@dataclass
class Environment:
    """Where one case takes place."""

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
    """The operation that the case is about."""

    @property
    def process(self) -> ServiceProcess:
        """The newest process; the others are dead."""
        return self.processes[-1]

    @property
    def database_url(self) -> str:
        """The database of the process."""
        return self.env["DATABASE_URL"]

    async def close(self) -> None:
        """End the process and close the connections."""
        for process in self.processes:
            process.kill()
        self.connection.close()
        await self.sandbox.aclose()

    def __post_init__(self) -> None:
        """Connect: what the records say is asked for often."""
        self.connection = psycopg.connect(self.database_url, autocommit=True)
        self.operation_id = self.seed_data.operations[self.case.kind, self.case.vendor]

    async def prepare(self) -> None:
        """Bring the operation where the case begins."""
        await place_orders(self.sandbox)
        await self.sandbox.answers_after(self.case.answers_after)
        await self._script(self.case.before_faults)
        for act in self.case.before:
            await getattr(self, f"_before_{act}")()
        await self._script(self.case.faults)

    async def die(self) -> httpx.Response | None:
        """Do what kills the armed process, and see it dead; return the answer of the call, where there was one."""
        answer = None
        self.start(crash_at=f"{self.case.point}:{self.case.nth}")
        if self.case.act != "wait":
            answer = await self.call(self.case.act)
        await eventually(self._died, DIES_WITHIN, f"{self.case.name} dies")
        assert self.process.was_killed, self.process.read_output()
        assert f"crash point {self.case.point} is reached" in self.process.read_output()
        return answer

    async def _died(self) -> bool:
        return self.process.exit_code is not None

    def start(self, crash_at: str | None = None, **env: str) -> None:
        """Start the process: the API with the worker in it."""
        self.processes.append(ServiceProcess("api", {**self.env, **env}, self.log, crash_at=crash_at))

    async def call(self, act: Act) -> httpx.Response | None:
        """Make the act's call, with its key; None where no answer came."""
        headers = {"Idempotency-Key": KEY, "Prefer": f"wait={self.case.wait}"}
        async with await self._http() as http:
            try:
                if act == "create":
                    return await http.post("/api/operations", json=self.seed_data.creation, headers=headers)
                if act == "void":
                    self.operation_id, act = await self._new_void(http), "execute"
                body = RESOLUTION if act == "resolve" else None
                return await http.post(f"/api/operations/{self.operation_id}/{act}", json=body, headers=headers)
            except httpx.TransportError:
                return None

    async def _new_void(self, http: httpx.AsyncClient) -> str:
        """Record the operation that voids the shipment; made again, it is the same one."""
        ((shipment,),) = self._sql("select id::text from shipments")
        body = {**self.seed_data.creation, "type": "void_shipment", "input": {"shipment_id": shipment}}
        answer = await http.post("/api/operations", json=body, headers={"Idempotency-Key": f"void {shipment}"})
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["data"]["id"])

    async def repeat(self, act: Act) -> httpx.Response:
        """Make the same call again, until it does not run any more."""

        async def get_response() -> httpx.Response | None:
            answer = await self.call(act)
            return None if answer is not None and answer.status_code == httpx.codes.CONFLICT else answer

        answer = await eventually(get_response, SETTLES_WITHIN, f"{self.case.name} is answered", every=0.5)
        assert answer is not None
        return answer

    async def _http(self) -> httpx.AsyncClient:
        async def serves() -> bool:
            assert self.process.exit_code is None, self.process.read_output()
            return self.process.url is not None

        await eventually(serves, DIES_WITHIN, "the API serves")
        headers = {"Authorization": f"Bearer {self.seed_data.key}"}
        return httpx.AsyncClient(base_url=str(self.process.url), headers=headers, timeout=30)

    async def settled(self) -> Records:
        """Wait until nothing is left to come, and return the records."""

        async def nothing_left() -> bool:
            if self.case.end != "pending" and self._status() == "pending":
                return False
            return not self._sql(UNSETTLED) and not await self._running()

        await eventually(nothing_left, SETTLES_WITHIN, f"{self.case.name} settles", every=0.25)
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
            # Runs that the backup has forgotten are in Temporal, as they should be, and in no log.
            return [violation for each in effects.CHECKS for violation in each(records)]
        return check(ClientLog(), records)

    async def _running(self) -> list[str]:
        started = self._sql("select workflow_id from runs where started_at is not null")
        statuses = [(await self.client.get_workflow_handle(ident).describe()).status for (ident,) in started]
        return [status.name for status in statuses if status is not None and status.name == "RUNNING"]

    async def get(self) -> Json:
        """Return the operation as the API tells it."""
        async with await self._http() as http:
            data: Json = (await http.get(f"/api/operations/{self.operation_id}")).json()["data"]
            return data

    async def sends(self) -> int:
        """Count what ever reached the carrier and the channel to buy or to push."""
        return sum([len(await self.sandbox.requests(f"{book}.create")) for book in ("labels", "fulfillments")])

    def is_refused(self) -> bool:
        """Whether the account is known to have credentials that are refused."""
        return bool(self._sql("select 1 from carrier_accounts where status = 'auth_failed'"))

    async def _script(self, faults: tuple[tuple[str, str], ...]) -> None:
        for target, fault in faults:
            await self.sandbox.script(target, fault)

    async def _before_execute(self) -> None:
        """Execute it, to its end."""
        await self._by_another(self.settled)

    async def _before_undo(self) -> None:
        """Undo it, to its end."""
        await self._by_another(self.settled, act="undo")

    async def _before_accept(self) -> None:
        """Have an execution accepted while Temporal is away, by a process that dies; it is nobody's any more."""

        async def accepted() -> bool:
            return bool(self._sql("select 1 from runs"))

        await self._by_another(lambda: eventually(accepted), TEMPORAL_ADDRESS=NOWHERE)
        self._sql("update runs set lease_until = now()")

    async def _before_drift(self) -> None:
        """Terminate the run that waits for its channel, and let it be time to look."""

        async def waits() -> bool:
            return bool(self._sql("select 1 from operation_logs where event = 'step.waiting'"))

        await self._by_another(lambda: eventually(waits, SETTLES_WITHIN, "the push waits"))
        ((workflow_id,),) = self._sql("select workflow_id from runs")
        await self.client.get_workflow_handle(workflow_id).terminate("by a test")
        self._sql("update runs set started_at = coalesce(started_at, now()), checked_at = now() - interval '1 minute'")

    async def _before_track(self) -> None:
        """Let it be time to ask where the parcel is."""
        self._sql("update shipments set track_at = now()")

    async def _before_restore(self) -> None:
        """Lose everything that was written since the case began."""
        self.connection.close()
        self.postgres.drop(self.database_url)
        self.postgres.admin(f"create database {conninfo_to_dict(self.database_url)['dbname']} template {self.template}")
        self.connection = psycopg.connect(self.database_url, autocommit=True)

    async def _by_another(self, until: Callable[[], Awaitable[object]], act: Act = "execute", **env: str) -> None:
        """Have the act done by a process that is not armed."""
        self.start(**env)
        async with await self._http() as http:
            answer = await http.post(f"/api/operations/{self.operation_id}/{act}")
            assert answer.is_success, answer.text
        await until()
        self.process.kill()

    def _sql(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
