"""`orderly prune`: deletes old closed operations from the database of DATABASE_URL."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bootstrap.cli.database import run_on_database
from bootstrap.runtime.retention import MAX_DAYS, ArchiveInUse, open_archive
from bootstrap.runtime.retention import prune as prune_all
from bootstrap.wrap import Wrap

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from domain.ports.retention import WriteLines


@click.command()
@click.option(
    "--older-than-days",
    "days",
    type=click.IntRange(min=1, max=MAX_DAYS),
    required=True,
    envvar="ORDERLY_RETAIN_OPERATIONS_DAYS",
    help="Minimum days since the last change of an operation.",
)
@click.option(
    "--archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Before deleting, append each operation to this file as a line of JSON.",
)
@click.pass_obj
def prune(wrap: Wrap, days: int, archive: Path | None) -> None:
    """Delete old closed operations and old events.

    Deletes operations with their log, ledger and runs, except those that are still needed. A deleted operation can't be
    undone. Also deletes events that are as old, except those of remaining operations; the archive does not contain
    them. The service may keep running, and you can repeat the command.
    """
    if archive is None:
        deleted = _prune(wrap, days, None)
    else:
        try:
            with open_archive(archive) as writer:
                deleted = _prune(wrap, days, writer.add)
        except (ArchiveInUse, OSError) as error:
            raise click.ClickException(f"{archive}: {error}") from None
    click.echo(f"{deleted} operations deleted")


def _prune(wrap: Wrap, days: int, write_lines: "WriteLines | None") -> int:
    from adapters.postgres.maintenance.retention import PostgresRetention  # noqa: PLC0415 - not imported for --help

    async def work(database: "Database") -> int:
        return await prune_all(wrap("retention", PostgresRetention(database)), days, write_lines)

    return run_on_database(work)
