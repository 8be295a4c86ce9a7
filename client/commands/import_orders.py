"""`orderly import`: sends the orders of a CSV file."""

import csv
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from client.errors import ApiRefused, CommandError, ExitCode, UsageError
from client.order_file import DELIMITERS, ERROR, FileOrder, OrderFile, Problem, read_orders
from client.output import show_progress, to_text
from client.session import Session, api_command

PATH = "/api/orders"
NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
assert set(NAMES.values()) == set(DELIMITERS)  # noqa: S101 - both are constants


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--bridge", "bridge_id", help="Id of the bridge of all orders that have no bridge_id.")
@click.option("--delimiter", type=click.Choice(list(NAMES)), help="Default: what the first line uses.")
@click.option("--all-or-nothing", is_flag=True, help="Send nothing if the command finds a bad line.")
@click.option("--dry-run", is_flag=True, help="Only check the file.")
@click.option(
    "--errors",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the bad lines with their errors to this CSV file. Correct and import it.",
)
@click.option("--jobs", type=click.IntRange(1, 32), default=8, show_default=True, help="Calls at the same time.")
@api_command
def import_orders(session: Session, file: Path, **flags: Any) -> None:
    """Send the orders of a CSV file.

    An order that exists is updated. After an interruption, run the same command again.
    """
    orders = _read(file, flags["delimiter"])
    for order in orders.orders:
        if flags["bridge_id"]:
            order.body.setdefault("bridge_id", flags["bridge_id"])
    if flags["errors"]:
        _write_errors(flags["errors"], orders)  # also finds out that it can't be written, before anything is sent
    is_refused = flags["all_or_nothing"] and bool(orders.problems)
    sent = 0 if is_refused or flags["dry_run"] else _send_all(session, orders, flags["jobs"])
    for problem in sorted(orders.problems, key=lambda found: found.line):
        shown = {"line": problem.line, "field": problem.field, "message": problem.message}
        session.out.show_line(shown, f"{file}:{problem.line}\t{problem.field}\t{to_text(problem.message)}")
    if flags["errors"]:
        _write_errors(flags["errors"], orders)
    checked = len(orders.orders) if flags["dry_run"] or is_refused else sent
    word = "checked; nothing was sent" if flags["dry_run"] or is_refused else "imported"
    click.echo(f"{checked} orders {word}; {len(orders.bad_lines)} lines refused", err=True)
    if orders.problems:
        raise CommandError("some lines are bad", ExitCode.FAILED)


def _read(file: Path, delimiter: str | None) -> OrderFile:
    try:
        return read_orders(file.read_bytes(), NAMES[delimiter] if delimiter else None)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None


def _send_all(session: Session, orders: OrderFile, jobs: int) -> int:
    """Send the orders, add the refusals to the problems, and return the number of the sent ones."""
    api = session.api  # opened before the threads start
    sent = 0
    with ThreadPoolExecutor(jobs) as pool, show_progress("orders", len(orders.orders)) as move:
        calls = [(order, pool.submit(api.change, "POST", PATH, order.body, key=_key(order))) for order in orders.orders]
        try:
            for position, (order, call) in enumerate(calls, 1):
                problems = list(_find_problems(order, call))
                orders.problems += problems
                orders.bad_lines.update({line.number: line for line in order.lines if problems})
                sent += not problems
                move(position)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            click.echo(f"orderly: {sent} orders are imported; run the command again to import the others", err=True)
            raise
    return sent


def _key(order: FileOrder) -> str:
    """Return the idempotency key of an order: a repeated import does not send it twice."""
    return "import-" + hashlib.sha256(json.dumps(order.body, sort_keys=True).encode()).hexdigest()


def _find_problems(order: FileOrder, call: "Future[Any]") -> Iterator[Problem]:
    """Wait for a call, and yield what the API refused; another error ends the import."""
    try:
        call.result()
    except ApiRefused as error:
        if error.exit_code != ExitCode.REFUSED:
            raise
        fields = error.details.get("fields", ())
        for found in fields:
            path = found["path"]
            name = ".".join(str(part) for part in path if not isinstance(part, int))
            yield Problem(order.find_line(path), name, found["message"])
        if not fields:
            yield Problem(order.lines[0].number, "", error.message)


def _write_errors(path: Path, orders: OrderFile) -> None:
    """Write the bad lines, each with its errors in the last column."""
    is_shown = [name != ERROR for name in orders.header]
    width = len(orders.header)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=orders.delimiter)
            writer.writerow([*(name for name in orders.header if name != ERROR), ERROR])
            for number, line in sorted(orders.bad_lines.items()):
                found = [f"{p.field}: {p.message}".removeprefix(": ") for p in orders.problems if p.line == number]
                cells = [*line.cells, *[""] * width][:width]
                kept = [cell for cell, shown in zip(cells, is_shown, strict=True) if shown]
                writer.writerow([*kept, "; ".join(found)])
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
