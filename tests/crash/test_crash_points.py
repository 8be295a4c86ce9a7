"""A process killed at every named instant: what was accepted ends as it should, and nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict
from temporalio.client import Client

from tests.chaos.client_log import Json
from tests.chaos.records import Records
from tests.crash.cases import Case, cases
from tests.crash.environment import Environment
from tests.crash.process import ServiceProcess
from tests.crash.seed_data import SeedData, create_seed_data
from tests.fixtures.api import new_organization
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandboxes import Sandbox, SandboxFarm
from tests.fixtures.temporal import TemporalServer

pytestmark = pytest.mark.timeout(600)

AT_ONCE = 16


@dataclass(frozen=True)
class Servers:
    """What stays alive while processes die."""

    postgres: PostgresServer
    temporal: TemporalServer
    sandboxes: list[str]
    key: str
    folder: Path

    def env(self, database_url: str, namespace: str, sandbox_url: str) -> dict[str, str]:
        """The environment of a process: nothing of the person's own."""
        return {
            "DATABASE_URL": database_url,
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_NAMESPACE": namespace,
            "ORDERLY_API_PORT": "0",
            "ORDERLY_EMBED_WORKER": "1",
            "ORDERLY_SANDBOX_URL": sandbox_url,
            "ORDERLY_ALLOW_LOOPBACK": "1",
            "ORDERLY_PROBE_AFTER_SECONDS": "1",
            "ORDERLY_ENCRYPTION_KEYS": self.key,
        }


@pytest.fixture(scope="module")
def selected_cases(request: pytest.FixtureRequest) -> list[Case]:
    """The cases that this run of the tests is about."""
    names = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    return [case for case in cases() if case.name in names]


@pytest.fixture(scope="module")
async def servers(
    selected_cases: list[Case], postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Servers]:
    """A Temporal with a namespace for each case, and as many sandboxes."""
    folder = tmp_path_factory.mktemp("crash")
    temporal = TemporalServer(folder, namespaces=len(selected_cases) + 1)
    temporal.start()
    farm = SandboxFarm(len(selected_cases), folder)
    try:
        await temporal.ready()
        yield Servers(postgres_server, temporal, farm.urls, Fernet.generate_key().decode(), folder)
    finally:
        farm.close()
        temporal.kill()


@pytest.fixture(scope="module")
async def furnished(servers: Servers) -> AsyncIterator[tuple[str, SeedData]]:
    """The name of the database to copy, and what is in it."""
    url = servers.postgres.create()
    env = servers.env(url, servers.temporal.new_namespace(), servers.sandboxes[0])
    process = ServiceProcess("api", env, servers.folder / "seed_data.log")

    async def serves() -> str | None:
        return process.url

    try:
        served = await eventually(serves, 30, process.read_output())
        seed_data = await create_seed_data(str(served), await new_organization(url, f"crash {uuid4()}"))
    finally:
        process.kill()
    name = str(conninfo_to_dict(url)["dbname"])

    async def left_alone() -> bool:
        with psycopg.connect(servers.postgres.url()) as connection:
            found = connection.execute("select 1 from pg_stat_activity where datname = %s", [name])
            return found.fetchone() is None

    await eventually(left_alone, 20, "the killed process's connections are gone")
    yield name, seed_data
    servers.postgres.drop(url)


@dataclass(frozen=True)
class Seen:
    """What a case came to."""

    repeated: httpx.Response | None
    operation: Json
    records: Records
    sends: int
    refused: bool


async def rehearse(servers: Servers, furnished: tuple[str, SeedData], case: Case, sandbox_url: str) -> Seen:
    """Let a process die, start another one, and see what becomes of it all."""
    template, seed_data = furnished
    database_url = servers.postgres.create(template)
    namespace = servers.temporal.new_namespace()
    environment = Environment(
        case=case,
        seed_data=seed_data,
        postgres=servers.postgres,
        template=template,
        client=await Client.connect(servers.temporal.address, namespace=namespace),
        sandbox=Sandbox(sandbox_url),
        env=servers.env(database_url, namespace, sandbox_url),
        log=servers.folder / f"{case.name}.log",
    )
    try:
        await environment.prepare()
        await environment.die()
        environment.start()
        # Whoever got no answer, and whoever did, may send the same again with its key.
        repeated = await environment.repeat(case.act) if case.act != "wait" else None
        records = await environment.settled()
        return Seen(repeated, await environment.get(), records, await environment.sends(), environment.is_refused())
    finally:
        await environment.close()
        servers.postgres.drop(database_url)


@pytest.fixture(scope="module")
async def rehearsals(
    selected_cases: list[Case], servers: Servers, furnished: tuple[str, SeedData]
) -> AsyncIterator[Callable[[Case], "asyncio.Task[Seen]"]]:
    """Every case that was selected_cases for, several of them on their way at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def run(case: Case, sandbox_url: str) -> Seen:
        async with places:
            return await rehearse(servers, furnished, case, sandbox_url)

    pairs = zip(selected_cases, servers.sandboxes, strict=True)
    tasks = {case.name: asyncio.create_task(run(case, url)) for case, url in pairs}
    yield lambda case: tasks[case.name]
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
async def test_crash_point(case: Case, rehearsals: Callable[[Case], "asyncio.Task[Seen]"]) -> None:
    """The process died there; the next one brings the operation to its right end, with every book in agreement."""
    seen = await rehearsals(case)
    found = seen.operation
    summary = f"{found['status']} {found['error']} {found['attention']} {[log['message'] for log in found['logs']]}"
    assert (found["attention"] is not None) is (case.end == "attention"), summary
    assert found["status"] == ("executing" if case.end == "attention" else case.end), summary
    assert seen.sends == case.sends, summary
    assert (found["error"] or {}).get("code") == case.code, summary
    assert seen.refused is (case.code == "auth_failed")
    if case.act != "wait":
        assert seen.repeated is not None
        assert seen.repeated.is_success, seen.repeated.text
    if case.point.startswith("request.commit") and seen.repeated is not None:
        assert ("Idempotent-Replayed" in seen.repeated.headers) is case.point.endswith(".after")
