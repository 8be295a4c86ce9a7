"""`orderly drift`: compares Temporal with the database after a restore from a backup."""

import asyncio

import click
from temporalio.service import RPCError

from adapters.temporal.client import connect
from bootstrap.container import open_container
from bootstrap.settings import Settings
from domain.drift import ListedRun
from domain.errors import Unavailable
from domain.origin import run_as_service


def report(settings: Settings, *, restored: bool) -> int:
    """Compare once, settle the runs that can be settled, and list the others; return exit code 1 if any is listed.

    `restored`: Postgres was certainly restored, so every open run is in doubt.
    """
    try:
        orphans = asyncio.run(run_as_service("cli", _orphans(settings, restored=restored)))
    except (Unavailable, RPCError, RuntimeError) as error:
        click.echo(f"orderly: {error}", err=True)
        return 2
    for run in orphans:
        state = "running" if run.running else "ended"
        click.echo(f"{run.workflow_id}  {run.operation_type}  {state}  started {run.started_at:%Y-%m-%dT%H:%M:%SZ}")
    click.echo(f"{len(orphans)} runs in Temporal belong to operations that are not in the database.")
    return 1 if orphans else 0


async def _orphans(settings: Settings, *, restored: bool) -> list[ListedRun]:
    client = await connect(settings.temporal_address)
    async with open_container(settings) as container:
        search = container.lost_runs_search(await container.own_workflows(client))
        await search.compare(restored=restored)
        return sorted(search.orphans.values(), key=lambda run: run.started_at)
