"""The `orderly` command: runs the whole stack, or one of its parts."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bootstrap.cli.accounts import check
from bootstrap.cli.credentials import credentials
from bootstrap.cli.exit import exit_now
from bootstrap.cli.installation import installation
from bootstrap.cli.keys import keys
from bootstrap.cli.prune import prune
from bootstrap.cli.users import users
from bootstrap.wrap import Wrap, leave_unwrapped
from client.commands import COMMANDS
from client.commands.connections import accounts

if TYPE_CHECKING:
    from bootstrap.settings import Settings

PORT = click.IntRange(0, 65535)
NEW_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.pass_context
def main(context: click.Context) -> None:
    """Orderly Operations buys shipping labels, pushes fulfillments to sales channels and updates orders."""
    context.obj = context.obj or leave_unwrapped  # tests pass a hook


main.add_command(keys)
main.add_command(users)
main.add_command(credentials)
main.add_command(prune)
main.add_command(installation)
for command in COMMANDS:
    main.add_command(command)
accounts.add_command(check)


@main.command()
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".orderly"),
    show_default=True,
    envvar="ORDERLY_DATA_DIR",
    help="Folder for all data of the stack.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar="ORDERLY_HOST",
    help="Listen address of the API. The other servers listen on 127.0.0.1.",
)
@click.option(
    "--api-port",
    type=PORT,
    default=8080,
    show_default=True,
    envvar="ORDERLY_API_PORT",
    help="Port of the API. For every port, 0 means any free port.",
)
@click.option(
    "--temporal-port",
    type=PORT,
    default=7233,
    show_default=True,
    envvar="ORDERLY_TEMPORAL_PORT",
    help="Port of Temporal.",
)
@click.option(
    "--temporal-ui-port",
    type=PORT,
    default=8233,
    show_default=True,
    envvar="ORDERLY_TEMPORAL_UI_PORT",
    help="Port of the Temporal UI.",
)
@click.option(
    "--sandbox-port",
    type=PORT,
    default=8090,
    show_default=True,
    envvar="ORDERLY_SANDBOX_PORT",
    help="Port of the sandbox.",
)
@click.option(
    "--separate-worker", is_flag=True, envvar="ORDERLY_SEPARATE_WORKER", help="Run the worker in a separate process."
)
def up(**flags: object) -> None:
    """Run the whole stack on this machine until Ctrl-C.

    Set DATABASE_URL or TEMPORAL_ADDRESS to use your own server instead of the embedded one.
    """
    try:
        from bootstrap.embedded.plan import StackOptions  # noqa: PLC0415
        from bootstrap.embedded.stack import run_stack  # noqa: PLC0415
    except ModuleNotFoundError as error:
        _refuse(f"{error.name} is not installed: run make up, or install the project as '.[embedded]'")
    options = StackOptions(
        **flags,  # type: ignore[arg-type]
        database_url=os.environ.get("DATABASE_URL") or None,
        temporal_address=os.environ.get("TEMPORAL_ADDRESS") or None,
        temporal_ui_url=os.environ.get("ORDERLY_TEMPORAL_UI_URL") or None,
    )
    sys.exit(run_stack(options))


@main.command()
@click.pass_obj
def api(wrap: Wrap) -> None:
    """Serve the API.

    With ORDERLY_EMBED_WORKER=1 the process also runs the worker.
    """
    settings = _service_settings()
    from bootstrap.processes.api import run  # noqa: PLC0415

    exit_now(run(settings, wrap))


@main.command()
@click.option(
    "--check", is_flag=True, help="Start nothing; report by the exit code whether this machine's worker works."
)
def worker(*, check: bool) -> None:
    """Run the worker and the dispatcher without the API."""
    if check:
        _require_temporal()
        from bootstrap.cli.health import find_clock_problem, is_worker_polling  # noqa: PLC0415

        database_url = os.environ.get("DATABASE_URL", "")
        problem = find_clock_problem(database_url)
        if problem is not None:
            click.echo(f"orderly: {problem}", err=True)
            exit_now(1)
        exit_now(0 if is_worker_polling(os.environ.get("TEMPORAL_ADDRESS") or None, database_url) else 1)
    settings = _service_settings()
    from bootstrap.processes.worker import run  # noqa: PLC0415

    exit_now(run(settings))


@main.command()
@click.option(
    "--restored",
    is_flag=True,
    help="The database was restored from a backup: also check the outcome of every open run.",
)
def drift(*, restored: bool) -> None:
    """Compare Temporal with the database.

    Lists the runs whose operations the database lacks. Resolves the differences that the service can resolve by itself,
    as the worker does every minute.
    """
    settings = _service_settings()
    from bootstrap.cli.drift import report  # noqa: PLC0415

    exit_now(report(settings, restored=restored))


@main.command()
def migrate() -> None:
    """Migrate the database to the newest schema.

    The database is that of DATABASE_URL.
    """
    _require("DATABASE_URL", "postgresql://user:password@host/database")
    from bootstrap.migrate import MigrationError, run  # noqa: PLC0415

    try:
        run(os.environ["DATABASE_URL"])
    except MigrationError as error:
        _refuse(str(error))


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run the simulators of carriers and channels.

    The flags are --host, --port, --data-dir and --latency-ms.
    """
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *arguments])  # noqa: S606


def _service_settings() -> "Settings":
    _require("DATABASE_URL", "postgresql://user:password@host/database")
    _require_temporal()
    _require("ORDERLY_ENCRYPTION_KEYS", f"the output of: {NEW_KEY}")
    from pydantic import ValidationError  # noqa: PLC0415

    from bootstrap.settings import Settings, describe_errors  # noqa: PLC0415

    try:
        return Settings()
    except ValidationError as error:
        _refuse(describe_errors(error))


def _require_temporal() -> None:
    if not any(os.environ.get(name) for name in ("TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")):
        _require("TEMPORAL_ADDRESS", "host:7233")


def _require(variable: str, example: str) -> None:
    if not os.environ.get(variable):
        _refuse(f"{variable} is not set: set it to {example}, or use orderly up, which starts its own servers")


def _refuse(message: str) -> NoReturn:
    click.echo(f"orderly: {message}", err=True)
    sys.exit(2)
