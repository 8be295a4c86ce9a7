"""`orderly events`: list events, and follow them as they happen."""

from pathlib import Path
from typing import Any

import click

from client.commands.columns import EVENT
from client.errors import UsageError
from client.inputs import all_option, created_after_option, created_before_option, limit_option
from client.session import Session, api_command
from client.stream import follow

PATH = "/api/events"


@click.group()
def events() -> None:
    """List events, and follow them as they happen."""


type_option = click.option("--type", "types", multiple=True, help="Type, such as 'operation.*'. Repeatable.")
subject_option = click.option("--subject", help="Resource, such as operation:ID.")
actor_option = click.option("--actor", help="Actor, such as key:ID.")
request_option = click.option("--request-id", help="X-Request-Id of the call that caused the change.")


@events.command("list")
@type_option
@subject_option
@actor_option
@request_option
@created_after_option
@created_before_option
@limit_option
@all_option
@api_command
def list_(session: Session, **flags: Any) -> None:
    """List events, newest first."""
    query = _to_query(flags) | {name: flags[name] for name in ("created_after", "created_before")}
    # The first page of events has no cursor.
    rows = session.api.list_(PATH, {"cursor": None, **query}, None if flags["show_all"] else flags["limit"])
    session.out.show_list(EVENT, rows)


@events.command()
@type_option
@subject_option
@actor_option
@request_option
@click.option("--cursor", help="Place to go on from. Default: the events from now on.")
@click.option(
    "--cursor-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the place: read at the start, written after each event, so that no event is lost or repeated.",
)
@api_command
def tail(session: Session, cursor: str | None, cursor_file: Path | None, **flags: Any) -> None:
    """Show events as they happen until Ctrl-C. A lost connection loses no event."""
    if cursor_file is not None and cursor is None:
        cursor = _read_cursor(cursor_file)
    for position in follow(session.api, _to_query(flags), cursor):
        event = position.event
        if event is not None:
            session.out.show_line(event, "\t".join(column.value(event) for column in EVENT))
        if cursor_file is not None:
            _write_cursor(cursor_file, position.cursor)


def _to_query(flags: dict[str, Any]) -> dict[str, Any]:
    return {"type": flags["types"]} | {name: flags[name] for name in ("subject", "actor", "request_id")}


def _read_cursor(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None


def _write_cursor(path: Path, cursor: str) -> None:
    """Replace the file in one step, so that a crash leaves the old place or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(cursor + "\n")
        fresh.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
