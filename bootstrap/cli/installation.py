"""`orderly installation`: the id that separates databases in one Temporal namespace."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from bootstrap.cli.database import run_on_database

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from adapters.postgres.maintenance.installation import PostgresInstallation


@click.group()
def installation() -> None:
    """Show or renew the id of this database's installation."""


@installation.command()
def show() -> None:
    """Print the id and the task queue."""
    _print(_run(lambda stored: stored.read()))


@installation.command()
def renew() -> None:
    """Store a new id.

    For a copied database, before its first start: otherwise its workers take the runs of the original. Stop all
    processes of the database first.
    """
    _print(_run(lambda stored: stored.renew()))


def _run(call: "Callable[[PostgresInstallation], Awaitable[str]]") -> str:
    from adapters.postgres.maintenance.installation import PostgresInstallation  # noqa: PLC0415 - not for --help

    async def work(database: "Database") -> str:
        return await call(PostgresInstallation(database))

    return run_on_database(work)


def _print(ident: str) -> None:
    from adapters.temporal.client import task_queue_of  # noqa: PLC0415 - not for --help

    click.echo(f"installation {ident}, task queue {task_queue_of(ident)}")
