"""`orderly accounts` and `orderly bridges`: list, show, pause and resume the connections to vendors."""

from typing import Any
from urllib.parse import quote

import click

from client.commands.columns import CONNECTION_FIELDS, CONNECTION_LOG, connection_columns
from client.inputs import all_option, idents_argument, limit_option, order_option
from client.output import to_text
from client.session import Session, api_command

STATUSES = ("active", "paused", "auth_failed")
required_reason = click.option("--reason", required=True, help="Why, for the log.")


def make_group(name: str, path: str, vendor: str, vendors: str) -> click.Group:
    """Return the commands of carrier accounts or bridges; `vendor` is the field with the vendor's name."""

    @click.group(name, help=f"List, show, pause and resume {vendors}.")
    def group() -> None: ...

    @group.command("list", help=f"List {vendors}, newest first.")
    @click.option(f"--{vendor}", vendor, help="Vendor.")
    @click.option("--status", type=click.Choice(STATUSES), help="Status.")
    @order_option
    @limit_option
    @all_option
    @api_command
    def list_(session: Session, **flags: Any) -> None:
        query = {vendor: flags[vendor], "status": flags["status"], "order": flags["direction"]}
        limit = None if flags["show_all"] else flags["limit"]
        session.out.show_list(connection_columns(vendor), session.api.list_(path, query, limit))

    @group.command(help="Show one with its log.")
    @click.argument("ident", metavar="ID")
    @api_command
    def show(session: Session, ident: str) -> None:
        found = session.api.get(f"{path}/{quote(ident, safe='')}")
        session.out.show_fields(found, CONNECTION_FIELDS)
        session.out.show_part("log", CONNECTION_LOG, found["logs"])

    def change(session: Session, idents: tuple[str, ...], action: str, reason: str) -> None:
        def post(ident: str) -> None:
            changed = session.api.change("POST", f"{path}/{quote(ident, safe='')}/{action}", {"reason": reason})
            session.out.show_list(connection_columns(vendor), [changed])

        session.for_each(idents, post)

    @group.command(help="Hold the executions that need it.")
    @idents_argument
    @required_reason
    @api_command
    def pause(session: Session, idents: tuple[str, ...], reason: str) -> None:
        change(session, idents, "pause", reason)

    @group.command(help="Continue the waiting executions.")
    @idents_argument
    @required_reason
    @api_command
    def resume(session: Session, idents: tuple[str, ...], reason: str) -> None:
        change(session, idents, "resume", reason)

    return group


PATH = "/api/carrier-accounts"
accounts = make_group("accounts", PATH, "carrier", "carrier accounts")
bridges = make_group("bridges", "/api/bridges", "channel", "sales channels")


@accounts.command()
@idents_argument
@api_command
def test(session: Session, idents: tuple[str, ...]) -> None:
    """Ask the carrier whether it accepts the credentials. Buys nothing."""

    def post(ident: str) -> None:
        found = session.api.change("POST", f"{PATH}/{quote(ident, safe='')}/test")
        session.out.show_line(found, f"{found['carrier_account_id']}\t{to_text(found['message'])}")

    session.for_each(idents, post)
