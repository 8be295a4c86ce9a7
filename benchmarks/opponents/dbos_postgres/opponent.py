"""Starts Postgres with two databases, and the API, which also runs the workflows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.contestant import Running
from benchmarks.opponents import environment
from benchmarks.opponents.host import Host
from benchmarks.opponents.http_subject import Waited, offer, run_host


class DbosPostgres:
    """DBOS with Postgres."""

    name = "DBOS + Postgres"

    def versions(self) -> str:
        """Return the versions of its parts."""
        return environment.package_versions("dbos", "fastapi", "psycopg")

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator[Running]:
        """Start its servers; stop them at the end of the context."""
        python = environment.python()
        async with run_host(Host(folder)) as host:
            url_of = await host.postgres("shipments", "shipments_system")
            env = {
                "DATABASE_URL": url_of("shipments"),
                "SYSTEM_DATABASE_URL": url_of("shipments_system"),
                "SANDBOX_URL": await host.sandbox(),
            }
            url = await host.uvicorn(python, "benchmarks.opponents.dbos_postgres.service:create_app", env)
            async with offer(Waited, self.name, url, env["SANDBOX_URL"], host) as running:
                yield running
