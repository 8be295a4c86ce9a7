"""`orderly operations`: list, show and change operations."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import click

from client.commands.columns import LOG, OPERATION, OPERATION_FIELDS, RUN, UNDO_STEP
from client.errors import CommandError, ExitCode
from client.inputs import (
    all_option,
    created_after_option,
    created_before_option,
    idents_argument,
    json_help,
    limit_option,
    metadata_option,
    metadata_query,
    order_option,
    read_json,
    read_pairs,
)
from client.session import Session, api_command
from client.watch import find_problem, watch_operation

PATH = "/api/operations"
STATUSES = ("pending", "executing", "completed", "failed", "cancelled", "undone")
wait_option = click.option(
    "--wait", type=click.FloatRange(0, 60), metavar="SECONDS", help="Wait for the end of the run, at most 60 s."
)
force_option = click.option("--force", is_flag=True, help="Override checks. Needs --reason.")
reason_option = click.option("--reason", help="Why, for the log.")


def path_of(ident: str, *parts: str) -> str:
    """Return the path of an operation; an id from a person may have any characters."""
    return "/".join((PATH, quote(ident, safe=""), *parts))


def read_result(pairs: Sequence[str]) -> dict[str, str | list[str]]:
    """Return the result of a step; `tracking_numbers` are separated by commas."""
    result = read_pairs(pairs, "--result")
    return {key: value.split(",") if key == "tracking_numbers" else value for key, value in result.items()}


@click.group()
def operations() -> None:
    """List, show and change operations."""


@operations.command("list")
@click.option("--status", type=click.Choice(STATUSES), multiple=True, help="Repeatable.")
@click.option("--type", "types", multiple=True, help="Operation type. Repeatable.")
@click.option("--order-id", multiple=True, help="Repeatable.")
@click.option("--order-number", multiple=True, help="Repeatable.")
@click.option("--tracking-number", multiple=True, help="Repeatable.")
@click.option("--account", "account_ids", multiple=True, help="Id of a carrier account. Repeatable.")
@click.option("--bridge", "bridge_ids", multiple=True, help="Id of a bridge. Repeatable.")
@click.option("--error-code", multiple=True, help="Repeatable.")
@click.option("--attention", is_flag=True, help="Only operations that need a person.")
@click.option("--search", help="Start of an id or number of the operation, its order or its shipment.")
@created_after_option
@created_before_option
@metadata_option
@click.option(
    "--sort",
    type=click.Choice(["created_at", "updated_at", "executed_at", "type", "status"]),
    default="created_at",
    show_default=True,
    help="Field to sort by.",
)
@order_option
@limit_option
@all_option
@api_command
def list_(session: Session, **flags: Any) -> None:
    """List operations, newest first."""
    query = {
        "type": flags["types"],
        "carrier_account_id": flags["account_ids"],
        "bridge_id": flags["bridge_ids"],
        "attention": "true" if flags["attention"] else None,
        "q": flags["search"],
        "order": flags["direction"],
        **metadata_query(flags["metadata"]),
    }
    same = ("status", "order_id", "order_number", "tracking_number", "error_code", "sort")
    query |= {name: flags[name] for name in (*same, "created_after", "created_before")}
    limit = None if flags["show_all"] else flags["limit"]
    session.out.show_list(OPERATION, session.api.list_(PATH, query, limit))


@operations.command()
@click.argument("ident", metavar="ID")
@api_command
def show(session: Session, ident: str) -> None:
    """Show one operation with its steps, runs and log."""
    show_operation(session, session.api.get(path_of(ident)))


def show_operation(session: Session, operation: Any) -> None:
    """Show an operation, and what the answer has of its steps, runs and log."""
    session.out.show_fields(operation, OPERATION_FIELDS)
    session.out.show_part("steps", UNDO_STEP, operation["undo"]["steps"] or [])
    session.out.show_part("runs", RUN, operation.get("runs", []))
    session.out.show_part("log", LOG, operation.get("logs", []))


@operations.command()
@click.argument("type_name", metavar="TYPE")
@click.option("--order-id", help="Id of the order, if the type needs one.")
@click.option("--input", "input_text", default="{}", help=json_help)
@click.option("--execute", is_flag=True, help="Execute it in the same call.")
@metadata_option
@wait_option
@api_command
def create(session: Session, type_name: str, input_text: str, **flags: Any) -> None:
    """Create an operation of a type such as create_shipment."""
    body = {
        "type": type_name,
        "input": read_json(input_text, "--input"),
        "execute": flags["execute"],
        "metadata": read_pairs(flags["metadata"], "--metadata"),
    }
    if flags["order_id"]:
        body["order_id"] = flags["order_id"]
    show_result(session, session.api.change("POST", PATH, body, wait=flags["wait"]))


def show_result(session: Session, operation: Any) -> None:
    """Show a changed operation in one line; raises CommandError if its run failed or needs a person."""
    session.out.show_list(OPERATION, [operation])
    problem = find_problem(operation)
    if problem is not None:
        raise CommandError(f"{operation['id']}: {problem}", ExitCode.FAILED)


@operations.command()
@idents_argument
@wait_option
@api_command
def execute(session: Session, idents: tuple[str, ...], wait: float | None) -> None:
    """Execute pending operations."""
    _post_each(session, idents, "execute", wait)


@operations.command()
@idents_argument
@api_command
def cancel(session: Session, idents: tuple[str, ...]) -> None:
    """Cancel pending or waiting operations."""
    _post_each(session, idents, "cancel", None)


@operations.command()
@idents_argument
@wait_option
@api_command
def retry(session: Session, idents: tuple[str, ...], wait: float | None) -> None:
    """Execute failed operations again."""
    _post_each(session, idents, "retry", wait)


def _post_each(session: Session, idents: tuple[str, ...], action: str, wait: float | None) -> None:
    def post(ident: str) -> None:
        show_result(session, session.api.change("POST", path_of(ident, action), wait=wait))

    session.for_each(idents, post)


@operations.command()
@idents_argument
@click.option("--preview", is_flag=True, help="Show whether each step can be undone, and change nothing.")
@force_option
@reason_option
@wait_option
@api_command
def undo(session: Session, idents: tuple[str, ...], *, preview: bool, **flags: Any) -> None:
    """Undo completed operations."""
    body = {"force": flags["force"], "reason": flags["reason"]} if flags["force"] or flags["reason"] else None

    def change(ident: str) -> None:
        if preview:
            _show_preview(session, ident)
        else:
            show_result(session, session.api.change("POST", path_of(ident, "undo"), body, wait=flags["wait"]))

    session.for_each(idents, change)


def _show_preview(session: Session, ident: str) -> None:
    found = session.api.get(path_of(ident, "undo"))
    if session.out.as_json:
        session.out.show_line({"operation_id": ident, **found}, "")
        return
    answer = "can be undone" if found["available"] else f"can't be undone: {found['reason']}"
    session.out.show_line(found, f"{ident}: {answer}")
    session.out.show_list(UNDO_STEP, found["steps"] or [])


@operations.command()
@click.argument("ident", metavar="ID")
@click.option("--outcome", type=click.Choice(["happened", "did_not_happen", "retry"]), required=True, help="Outcome.")
@click.option("--reason", required=True, help="How you know the outcome, for the log.")
@click.option("--step", help="Step to settle. Default: the step that needs attention.")
@click.option("--result", multiple=True, metavar="KEY=VALUE", help="Result of the step if it happened. Repeatable.")
@click.option("--force", is_flag=True, help="Override too_early, contradicted and in_use.")
@wait_option
@api_command
def resolve(session: Session, ident: str, outcome: str, wait: float | None, **flags: Any) -> None:
    """Settle an operation that needs a person."""
    body = {"outcome": outcome, "reason": flags["reason"], "force": flags["force"]}
    if flags["step"]:
        body["step"] = flags["step"]
    if flags["result"]:
        body["result"] = read_result(flags["result"])
    show_result(session, session.api.change("POST", path_of(ident, "resolve"), body, wait=wait))


@operations.command()
@click.argument("ident", metavar="ID")
@api_command
def watch(session: Session, ident: str) -> None:
    """Show the events of an operation until its end."""
    operation = watch_operation(session, ident)
    problem = find_problem(operation)
    if problem is not None:
        raise CommandError(f"{operation['id']}: {problem}", ExitCode.FAILED)
