"""`orderly orders`: list and show orders."""

from typing import Any
from urllib.parse import quote

import click

from client.commands.columns import ORDER, ORDER_FIELDS
from client.inputs import (
    all_option,
    created_after_option,
    created_before_option,
    json_help,
    limit_option,
    metadata_option,
    metadata_query,
    order_option,
    read_json,
)
from client.session import Session, api_command

PATH = "/api/orders"


@click.group()
def orders() -> None:
    """List, show and send orders."""


@orders.command("list")
@click.option("--status", multiple=True, help="Repeatable.")
@click.option("--external-id", multiple=True, help="The shop's id. Repeatable.")
@click.option("--order-number", multiple=True, help="Repeatable.")
@click.option("--bridge", "bridge_ids", multiple=True, help="Id of a bridge. Repeatable.")
@click.option("--search", help="Start of an id or number of the order or its shipments.")
@created_after_option
@created_before_option
@metadata_option
@order_option
@limit_option
@all_option
@api_command
def list_(session: Session, **flags: Any) -> None:
    """List orders, newest first."""
    same = ("status", "external_id", "order_number", "created_after", "created_before")
    query = {name: flags[name] for name in same} | metadata_query(flags["metadata"])
    query |= {"bridge_id": flags["bridge_ids"], "q": flags["search"], "order": flags["direction"]}
    limit = None if flags["show_all"] else flags["limit"]
    session.out.show_list(ORDER, session.api.list_(PATH, query, limit))


@orders.command()
@click.argument("ident", metavar="ID")
@api_command
def show(session: Session, ident: str) -> None:
    """Show one order."""
    session.out.show_fields(session.api.get(f"{PATH}/{quote(ident, safe='')}"), ORDER_FIELDS)


@orders.command()
@click.option("--input", "input_text", required=True, help=json_help)
@api_command
def send(session: Session, input_text: str) -> None:
    """Create or update an order."""
    session.out.show_list(ORDER, [session.api.change("POST", PATH, read_json(input_text, "--input"))])
