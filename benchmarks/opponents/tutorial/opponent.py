"""Starts a default development server on a file, Postgres, the API and the worker, each in its own process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.contestant import Running
from benchmarks.opponents import environment
from benchmarks.opponents.host import LOOPBACK, Host
from benchmarks.opponents.http_subject import Polled, offer, run_host
from benchmarks.stack import free_port
from bootstrap.embedded.probes import is_listening
from bootstrap.embedded.temporal import find_binary


async def _always() -> bool:
    return True


class Tutorial:
    """FastAPI and Temporal as in tutorials."""

    name = "tutorial: FastAPI + Temporal"

    def versions(self) -> str:
        """Return the versions of its parts."""
        packages = environment.package_versions("temporalio", "fastapi", "sqlmodel")
        return f"{environment.version_of(str(find_binary()), '--version')}; {packages}"

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator[Running]:
        """Start its servers; stop them at the end of the context."""
        python = environment.python()
        async with run_host(Host(folder)) as host:
            address = await _temporal(host)
            env = {
                "DATABASE_URL": (await host.postgres("shipments"))("shipments"),
                "SANDBOX_URL": await host.sandbox(),
                "TEMPORAL_ADDRESS": address,
            }
            url = await host.uvicorn(python, "benchmarks.opponents.tutorial.service:create_app", env)
            await host.run("worker", (str(python), "-m", "benchmarks.opponents.tutorial.worker"), env, _always)
            async with offer(Polled, self.name, url, env["SANDBOX_URL"], host) as running:
                yield running


async def _temporal(host: Host) -> str:
    port = free_port()
    file = host.folder / "temporal" / "temporal.db"
    argv = (
        str(find_binary()), "server", "start-dev", "--db-filename", str(file), "--ip", LOOPBACK,
        "--port", str(port), "--ui-port", str(free_port()),
    )  # fmt: skip
    await host.run("engine", argv, {}, lambda: is_listening(LOOPBACK, port))
    return f"{LOOPBACK}:{port}"
