"""`python -m tests.replay.record` records the current version's histories for the replay tests.

It adds missing histories and replaces none: see README.md in this folder.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
import tomllib
from pathlib import Path

from temporalio.client import WorkflowFailureError

from bootstrap import migrate
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.postgres import TEMPLATE, PostgresServer
from tests.fixtures.sandboxes import Sandbox, SandboxFarm
from tests.fixtures.temporal import TemporalServer
from tests.replay.scenarios import RECORDINGS, Recording, run_scenario

HISTORIES = Path(__file__).with_name("histories")
PROJECT = Path(__file__).resolve().parents[2]


def current_version() -> str:
    """Return the version in pyproject.toml."""
    return str(tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"])


def path_of(name: str) -> Path:
    """Return the path of a history of the current version."""
    return HISTORIES / current_version() / f"{name}.json"


async def _record_all(folder: Path, server: PostgresServer) -> None:
    missing = [
        recording for recording in RECORDINGS if any(name and not path_of(name).exists() for name in recording.saved)
    ]
    farm, temporal = SandboxFarm(len(missing), folder), TemporalServer(folder)
    temporal.start()
    try:
        await temporal.ready()
        settings = settings_for(server.create(), temporal.address)
        async with running_engine(settings, temporal.new_namespace()) as rig:
            pairs = zip(farm.urls, missing, strict=True)
            await asyncio.gather(*(_record(rig, Sandbox(url), recording) for url, recording in pairs))
    finally:
        temporal.kill()
        farm.close()


async def _record(rig: Rig, sandbox: Sandbox, recording: Recording) -> None:
    record = await run_scenario(rig, sandbox, recording)
    await sandbox.aclose()
    assert len(record.runs) == len(recording.saved), (recording, record.operation)
    for run, name in zip(record.runs, recording.saved, strict=True):
        if not name or path_of(name).exists():
            continue
        handle = rig.client.get_workflow_handle(run.workflow_id)
        with contextlib.suppress(WorkflowFailureError):
            await handle.result()  # Postgres has the outcome just before the run ends
        text = (await handle.fetch_history()).to_json()
        path = path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_replace_machine(text) + "\n")
        sys.stdout.write(f"{path.relative_to(HISTORIES)}\n")


def _replace_machine(text: str) -> str:
    """Replace the recording machine's name and folders."""
    folders = {sys.prefix: "python", sys.base_prefix: "python", str(PROJECT): "orderly"}
    for folder, name in folders.items():
        text = text.replace(folder, name)
    return text.replace(socket.gethostname(), "worker")


def main() -> None:
    """Record the current version's missing histories."""
    folder = Path(tempfile.mkdtemp(prefix="orderly-record-"))
    server = PostgresServer()
    try:
        server.start()
        server.admin(f"create database {TEMPLATE}")
        migrate.run(server.url(TEMPLATE))
        asyncio.run(_record_all(folder, server))
        sys.stdout.flush()
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
    os._exit(0)  # Temporal's threads can abort an interpreter that exits normally
