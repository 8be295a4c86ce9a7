"""Starts the server with its defaults, and the service as Restate's documentation recommends for production."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.contestant import NotDone, Running
from benchmarks.http_client import Connection
from benchmarks.opponents import environment
from benchmarks.opponents.host import LOOPBACK, Host
from benchmarks.opponents.http_subject import Handled, offer, run_host
from benchmarks.stack import free_port
from bootstrap.embedded.probes import get_status, is_listening

UNLIMITED = 2147483647


class RestateServer:
    """Restate."""

    name = "Restate"

    def versions(self) -> str:
        """Return the versions of its parts."""
        server = environment.version_of(str(environment.restate_server()), "--version")
        return f"{server}; {environment.package_versions('restate-sdk', 'hypercorn')}"

    @asynccontextmanager
    async def start(self, folder: Path) -> AsyncIterator[Running]:
        """Start its servers; stop them at the end of the context."""
        python, binary = environment.python(), environment.restate_server()
        async with run_host(Host(folder)) as host:
            sandbox_url = await host.sandbox()
            service = await _service(host, python, sandbox_url)
            ingress, admin = await _server(host, binary)
            await _register(admin, service)
            async with offer(Handled, self.name, ingress, sandbox_url, host) as running:
                yield running


async def _service(host: Host, python: Path, sandbox_url: str) -> str:
    """Serve the handlers, one process per core."""
    port = free_port()
    settings = host.folder / "hypercorn.toml"
    settings.write_text(
        f'bind = "{LOOPBACK}:{port}"\nh2_max_concurrent_streams = {UNLIMITED}\nkeep_alive_max_requests = {UNLIMITED}\n'
        f"keep_alive_timeout = {UNLIMITED}\nworkers = {os.cpu_count() or 1}\n"
    )
    argv = (
        str(python),
        "-m",
        "hypercorn",
        "--config",
        str(settings),
        "benchmarks.opponents.restate_server.service:app",
    )
    await host.run("service", argv, {"SANDBOX_URL": sandbox_url}, lambda: is_listening(LOOPBACK, port))
    return f"http://{LOOPBACK}:{port}"


async def _server(host: Host, binary: Path) -> tuple[str, str]:
    """Start the server; return the URLs of its ingress and its admin API."""
    node, ingress, admin = free_port(), free_port(), free_port()
    env = {
        "RESTATE_BIND_ADDRESS": f"{LOOPBACK}:{node}",
        "RESTATE_ADVERTISED_ADDRESS": f"http://{LOOPBACK}:{node}",
        "RESTATE_INGRESS__BIND_ADDRESS": f"{LOOPBACK}:{ingress}",
        "RESTATE_ADMIN__BIND_ADDRESS": f"{LOOPBACK}:{admin}",
        "RESTATE_DISABLE_TELEMETRY": "true",
        "RESTATE_LOG_FILTER": "warn",
    }
    argv = (str(binary), "--no-logo", "--base-dir", str(host.folder / "restate"), "--listen-mode", "tcp")

    async def is_ready() -> bool:
        return await get_status(LOOPBACK, admin, "/health") == 200

    await host.run("engine", argv, env, is_ready)
    return f"http://{LOOPBACK}:{ingress}", f"http://{LOOPBACK}:{admin}"


async def _register(admin_url: str, service_url: str) -> None:
    connection = Connection(admin_url, "")
    status, answer = await connection.call("POST", "/deployments", {"uri": service_url})
    await connection.close()
    if status != 201 or "Operation" not in {service["name"] for service in json.loads(answer)["services"]}:
        raise NotDone(f"Restate did not take the service: {status} {answer[:1000].decode()}")
