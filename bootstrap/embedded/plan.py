"""Plans a stack: addresses, environments and command lines, before anything runs."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.orphan_processes import MARKER
from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports, make_url, reachable_host
from bootstrap.embedded.postgres import EmbeddedPostgres
from bootstrap.embedded.probes import get_status, is_listening
from bootstrap.embedded.processes import ProcessSpec
from bootstrap.embedded.temporal import EmbeddedTemporal

DATABASE_PATIENCE = 60  # seconds; a first start creates the cluster meanwhile
API, TEMPORAL, UI, SANDBOX = "--api-port", "--temporal-port", "--temporal-ui-port", "--sandbox-port"


@dataclass(frozen=True)
class StackOptions:
    """The flags of `orderly up`; port 0 means any free port.

    `database_url` and `temporal_address`: real servers to use in place of embedded ones.
    """

    data_dir: Path
    host: str
    api_port: int
    temporal_port: int
    temporal_ui_port: int
    sandbox_port: int
    separate_worker: bool = False
    database_url: str | None = None
    temporal_address: str | None = None
    temporal_ui_url: str | None = None


@dataclass(frozen=True)
class StackPlan:
    """The parts of one stack; `postgres` or `temporal` is None if a real server is used."""

    options: StackOptions
    folder: DataFolder
    ports: Mapping[str, int]
    postgres: EmbeddedPostgres | None
    temporal: EmbeddedTemporal | None

    @classmethod
    def make(cls, options: StackOptions, folder: DataFolder, remembered: Mapping[str, int]) -> "StackPlan":
        """Choose the ports and find the servers; `remembered` are the last start's ports by flag.

        Raises:
            StackError: a port is in use, or a server's wheel is missing.
        """
        wanted = [
            PortRequest(API, options.host, options.api_port),
            PortRequest(SANDBOX, LOOPBACK, options.sandbox_port),
        ]
        if options.temporal_address is None:
            wanted.append(PortRequest(TEMPORAL, LOOPBACK, options.temporal_port))
            wanted.append(PortRequest(UI, LOOPBACK, options.temporal_ui_port))
        ports = choose_ports(wanted, remembered)
        return cls(
            options=options,
            folder=folder,
            ports=ports,
            postgres=EmbeddedPostgres(folder) if options.database_url is None else None,
            temporal=EmbeddedTemporal(folder, ports[TEMPORAL], ports[UI]) if TEMPORAL in ports else None,
        )

    @property
    def api_url(self) -> str:
        """The API's URL on this machine."""
        return make_url(self.options.host, self.api_port)

    @property
    def api_port(self) -> int:
        return self.ports[API]

    @property
    def sandbox_url(self) -> str:
        return make_url(LOOPBACK, self.ports[SANDBOX])

    @property
    def temporal_ui_url(self) -> str | None:
        """The URL of the Temporal UI; None for a real server whose UI is unknown."""
        return make_url(LOOPBACK, self.ports[UI]) if self.temporal else self.options.temporal_ui_url

    @property
    def temporal_address(self) -> str:
        return self.temporal.address if self.temporal else self.options.temporal_address or ""

    @property
    def database_url(self) -> str:
        return self.postgres.database_url if self.postgres else self.options.database_url or ""

    @property
    def server_env(self) -> dict[str, str]:
        """The environment of PostgreSQL and Temporal; of the user's variables it only contains the path."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.folder.temporal),
            MARKER: str(self.folder.root),
        }

    def _service_env(self, *, embed_worker: bool) -> dict[str, str]:
        env = {
            **os.environ,
            MARKER: str(self.folder.root),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": self.database_url,
            "TEMPORAL_ADDRESS": self.temporal_address,
            "ORDERLY_HOST": self.options.host,
            "ORDERLY_API_PORT": str(self.api_port),
            "ORDERLY_SANDBOX_URL": self.sandbox_url,
            "ORDERLY_EMBED_WORKER": "1" if embed_worker else "0",
            "ORDERLY_ALLOW_LOOPBACK": "1",
        }
        if self.temporal_ui_url:
            env["ORDERLY_TEMPORAL_UI_URL"] = self.temporal_ui_url
        if not env.get("ORDERLY_ENCRYPTION_KEYS"):
            env["ORDERLY_ENCRYPTION_KEYS"] = self.folder.encryption_key()
        return env

    def _python(self, name: str, *arguments: str, embed_worker: bool = False) -> ProcessSpec:
        return ProcessSpec(
            name=name,
            argv=(sys.executable, "-m", *arguments),
            env=self._service_env(embed_worker=embed_worker),
            log_path=self.folder.log_path(name),
        )

    def api(self) -> ProcessSpec:
        """Return the API's process, which includes the worker unless that has its own process."""
        patience = DATABASE_PATIENCE if self.postgres else 0  # a real server is up already, or will not come up
        arguments = ("bootstrap.embedded.service", str(self.folder.root), str(patience))
        return self._python("api", *arguments, embed_worker=not self.options.separate_worker)

    def worker(self) -> ProcessSpec:
        return self._python("worker", "bootstrap.cli", "worker")

    def sandbox(self) -> ProcessSpec:
        flags = ("--host", LOOPBACK, "--port", str(self.ports[SANDBOX]), "--data-dir", str(self.folder.sandbox))
        return self._python("sandbox", "sandbox", *flags)

    async def sandbox_is_ready(self, pid: int) -> bool:
        return await is_listening(LOOPBACK, self.ports[SANDBOX], pid)

    async def api_is_ready(self, pid: int) -> bool:
        host = reachable_host(self.options.host)
        if not await is_listening(host, self.api_port, pid):
            return False
        return await get_status(host, self.api_port, "/readyz") == 200  # noqa: PLR2004 (HTTP's OK)
