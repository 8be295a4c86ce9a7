"""A PostgreSQL server for the measurement, with the settings of the embedded stack."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bootstrap import migrate
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.postgres import EmbeddedPostgres
from bootstrap.embedded.processes import ManagedProcess

GRACE_SECONDS = 60.0


class Cluster:
    """Creates migrated databases by name."""

    def __init__(self, url: str) -> None:
        self._url = url

    def url(self, name: str) -> str:
        """Return a database's URL."""
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def database(self, name: str) -> bool:
        """Create a database if it does not exist; return True if it is new."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            found = connection.execute("select true from pg_database where datname = %s", [name]).fetchone()
            if found is None:
                connection.execute(f"create database {name}".encode())
        migrate.run(self.url(name))
        return found is None


@contextlib.asynccontextmanager
async def running_cluster(root: Path) -> AsyncIterator[Cluster]:
    """Run a server on a folder, which is created if it does not exist."""
    folder = DataFolder(root)
    folder.create()
    server = EmbeddedPostgres(folder)
    env = dict(os.environ)
    await server.create_cluster(env)
    process = ManagedProcess(server.spec(env), print)
    await process.start()
    try:
        async with asyncio.timeout(60):
            while not await server.is_ready(process.pid):  # noqa: ASYNC110 - readiness is only in a file
                await asyncio.sleep(0.1)
        yield Cluster(server.database_url)
    finally:
        await process.stop(GRACE_SECONDS)
