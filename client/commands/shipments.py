"""`orderly shipments`: list and show shipments, save labels, and read tracking."""

import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from client.commands.columns import SHIPMENT, SHIPMENT_FIELDS, TRACKING_EVENT
from client.errors import UsageError
from client.inputs import (
    all_option,
    created_after_option,
    created_before_option,
    dates_option,
    limit_option,
    order_option,
)
from client.session import Session, api_command

PATH = "/api/shipments"


def path_of(ident: str, *parts: str) -> str:
    return "/".join((PATH, quote(ident, safe=""), *parts))


@click.group()
def shipments() -> None:
    """List and show shipments, save labels, and read tracking."""


@shipments.command("list")
@click.option("--status", multiple=True, help="Repeatable.")
@click.option("--order-id", multiple=True, help="Repeatable.")
@click.option("--operation-id", multiple=True, help="Repeatable.")
@click.option("--account", "account_ids", multiple=True, help="Id of a carrier account. Repeatable.")
@click.option("--tracking-number", multiple=True, help="Repeatable.")
@click.option("--unused", is_flag=True, help="Only labels that are not voided and not scanned.")
@dates_option("void_before", "whose void window closes before this time")
@click.option("--search", help="Start of an id or number of the shipment, its order or its operation.")
@created_after_option
@created_before_option
@order_option
@limit_option
@all_option
@api_command
def list_(session: Session, **flags: Any) -> None:
    """List shipments, newest first."""
    same = ("status", "order_id", "operation_id", "tracking_number", "void_before", "created_after", "created_before")
    query = {name: flags[name] for name in same}
    query |= {"carrier_account_id": flags["account_ids"], "q": flags["search"], "order": flags["direction"]}
    query["unused"] = "true" if flags["unused"] else None
    limit = None if flags["show_all"] else flags["limit"]
    session.out.show_list(SHIPMENT, session.api.list_(PATH, query, limit))


@shipments.command()
@click.argument("ident", metavar="ID")
@api_command
def show(session: Session, ident: str) -> None:
    """Show one shipment."""
    session.out.show_fields(session.api.get(path_of(ident)), SHIPMENT_FIELDS)


@shipments.command()
@click.argument("ident", metavar="ID")
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File. Default: standard output.")
@click.option("--voided", is_flag=True, help="Also the label of a voided shipment.")
@api_command
def label(session: Session, ident: str, output: Path | None, *, voided: bool) -> None:
    """Save the label of a shipment."""
    if output is None and sys.stdout.isatty():
        raise UsageError("a label is a binary document: name a file with --output, or redirect standard output")
    query = {"voided": "true" if voided else None}
    headers = {"Accept": "application/octet-stream"}
    answer = session.api.call("GET", path_of(ident, "label"), query=query, headers=headers)
    if output is None:
        sys.stdout.buffer.write(answer.content)
        return
    try:
        output.write_bytes(answer.content)
    except OSError as error:
        raise UsageError(f"{output}: {error.strerror}") from None
    saved = {"file": str(output), "bytes": len(answer.content)}
    session.out.show_line(saved, f"{output}\t{len(answer.content)} bytes")


@shipments.command()
@click.argument("ident", metavar="ID")
@click.option("--refresh", is_flag=True, help="Ask the carrier again, which takes some seconds.")
@api_command
def track(session: Session, ident: str, *, refresh: bool) -> None:
    """Show the tracking events of a shipment."""
    path = path_of(ident, "tracking")
    found = session.api.change("POST", path) if refresh else session.api.get(path)
    if session.out.as_json:
        session.out.show_line(found, "")
        return
    session.out.show_line(found, f"{found['tracking_number']}\t{found['status']}")
    session.out.show_list(TRACKING_EVENT, found["events"])
