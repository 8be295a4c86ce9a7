"""A process that dies at any point loses no accepted operation and repeats nothing."""

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
from tests.crash.environment import WITHIN, Environment
from tests.crash.process import ServiceProcess
from tests.crash.seed_data import SeedData, create_seed_data
from tests.fixtures.api import new_organization
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandboxes import Sandbox, SandboxFarm
from tests.fixtures.temporal import TemporalServer

pytestmark = pytest.mark.timeout(900)

MAX_CONCURRENT = 16


@dataclass(frozen=True)
class Servers:
    """The servers that keep running while processes die."""

    postgres: PostgresServer
    temporal: TemporalServer
    sandboxes: list[str]
    key: str
    folder: Path

    def env(self, database_url: str, namespace: str, sandbox_url: str) -> dict[str, str]:
        """Return the environment variables of a process, without the user's own."""
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
    """The cases that pytest selected."""
    names = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    return [case for case in cases() if case.name in names]


@pytest.fixture(scope="module")
async def servers(
    selected_cases: list[Case], postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Servers]:
    """A Temporal server with a namespace for each case, and a sandbox for each case."""
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
async def template_database(servers: Servers) -> AsyncIterator[tuple[str, SeedData]]:
    """The name of the database to copy, and its data."""
    url = servers.postgres.create()
    env = servers.env(url, servers.temporal.new_namespace(), servers.sandboxes[0])
    process = ServiceProcess("api", env, servers.folder / "seed_data.log")

    async def serves() -> str | None:
        return process.url

    try:
        served = await eventually(serves, WITHIN, "the process of the template serves")
        seed_data = await create_seed_data(str(served), await new_organization(url, f"crash {uuid4()}"))
    finally:
        process.kill()
    name = str(conninfo_to_dict(url)["dbname"])

    async def is_unused() -> bool:
        with psycopg.connect(servers.postgres.url()) as connection:
            found = connection.execute("select 1 from pg_stat_activity where datname = %s", [name])
            return found.fetchone() is None

    await eventually(is_unused, WITHIN, "the killed process's connections are gone")
    yield name, seed_data
    servers.postgres.drop(url)


@dataclass(frozen=True)
class Result:
    """The result of a case."""

    repeated: httpx.Response | None
    operation: Json
    records: Records
    sends: int
    refused: bool


async def run_case(servers: Servers, template_database: tuple[str, SeedData], case: Case, sandbox_url: str) -> Result:
    """Crash a process, start another one, and return the settled result."""
    template, seed_data = template_database
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
        # A client may repeat its call with the key, with or without an answer.
        repeated = await environment.repeat(case.act) if case.act != "wait" else None
        records = await environment.wait_until_settled()
        return Result(repeated, await environment.get(), records, await environment.sends(), environment.is_refused())
    finally:
        await environment.close()
        servers.postgres.drop(database_url)


@pytest.fixture(scope="module")
async def case_tasks(
    selected_cases: list[Case], servers: Servers, template_database: tuple[str, SeedData]
) -> AsyncIterator[Callable[[Case], "asyncio.Task[Result]"]]:
    """Run all selected cases, MAX_CONCURRENT at a time; return the task of a case."""
    limit = asyncio.Semaphore(MAX_CONCURRENT)

    async def run(case: Case, sandbox_url: str) -> Result:
        async with limit:
            return await run_case(servers, template_database, case, sandbox_url)

    pairs = zip(selected_cases, servers.sandboxes, strict=True)
    tasks = {case.name: asyncio.create_task(run(case, url)) for case, url in pairs}
    yield lambda case: tasks[case.name]
    for task in tasks.values():
        task.cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
async def test_crash_point(case: Case, case_tasks: Callable[[Case], "asyncio.Task[Result]"]) -> None:
    """The next process brings the operation to the expected end, and all records agree."""
    result = await case_tasks(case)
    found = result.operation
    summary = f"{found['status']} {found['error']} {found['attention']} {[log['message'] for log in found['logs']]}"
    assert (found["attention"] is not None) is (case.end == "attention"), summary
    assert found["status"] == ("executing" if case.end == "attention" else case.end), summary
    assert result.sends == case.sends, summary
    assert (found["error"] or {}).get("code") == case.code, summary
    assert result.refused is (case.code == "auth_failed")
    if case.act != "wait":
        assert result.repeated is not None
        assert result.repeated.is_success, result.repeated.text
    if case.point.startswith("request.commit") and result.repeated is not None:
        assert ("Idempotent-Replayed" in result.repeated.headers) is case.point.endswith(".after")
