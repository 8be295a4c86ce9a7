"""Starts Redis with `appendfsync always`, Postgres for the operations, the API, and a worker with 32 threads."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.contestant import Running
from benchmarks.opponents import environment
from benchmarks.opponents.host import LOOPBACK, Host
from benchmarks.opponents.http_subject import Polled, offer, run_host
from benchmarks.stack import free_port
from bootstrap.embedded.probes import is_listening

THREADS = 32


async def _always() -> bool:
    return True


class CeleryRedis:
    """Celery with Redis."""

    name = "Celery + Redis"

    def versions(self) -> str:
        """Return the versions of its parts."""
        server = environment.version_of(str(environment.redis_server()), "--version")
        return f"{environment.package_versions('celery', 'redis', 'fastapi')}; {server}"

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator[Running]:
        """Start its servers; stop them at the end of the context."""
        python = environment.python()
        async with run_host(Host(folder)) as host:
            env = {
                "DATABASE_URL": (await host.postgres("shipments"))("shipments"),
                "SANDBOX_URL": await host.sandbox(),
                "REDIS_URL": await _redis(host),
            }
            url = await host.uvicorn(python, "benchmarks.opponents.celery_redis.service:create_app", env)
            worker = (
                str(python), "-m", "celery", "--app", "benchmarks.opponents.celery_redis.worker:app", "worker",
                "--pool", "threads", "--concurrency", str(THREADS), "--loglevel", "WARNING",
                "--without-gossip", "--without-mingle",
            )  # fmt: skip
            await host.run("worker", worker, env, _always)
            async with offer(Polled, self.name, url, env["SANDBOX_URL"], host) as running:
                yield running


async def _redis(host: Host) -> str:
    port = free_port()
    argv = (
        str(environment.redis_server()), "--bind", LOOPBACK, "--port", str(port), "--dir", str(host.folder),
        "--appendonly", "yes", "--appendfsync", "always", "--save", "",
    )  # fmt: skip
    await host.run("engine", argv, {}, lambda: is_listening(LOOPBACK, port))
    return f"redis://{LOOPBACK}:{port}/0"
