"""`orderly webhooks`: list webhook endpoints and their deliveries, and send events again."""

from typing import Any
from urllib.parse import quote

import click

from client.commands.columns import DELIVERY, WEBHOOK
from client.errors import UsageError
from client.inputs import (
    all_option,
    created_after_option,
    created_before_option,
    limit_option,
    order_option,
    yes_option,
)
from client.session import Session, api_command

PATH = "/api/webhook-endpoints"
endpoint_argument = click.argument("ident", metavar="ENDPOINT_ID")


def path_of(ident: str, *parts: str) -> str:
    return "/".join((PATH, quote(ident, safe=""), *parts))


@click.group()
def webhooks() -> None:
    """List and test webhook endpoints, and send events again."""


@webhooks.command("list")
@order_option
@limit_option
@all_option
@api_command
def list_(session: Session, limit: int, direction: str, *, show_all: bool) -> None:
    """List webhook endpoints with counts of their deliveries."""
    session.out.show_list(WEBHOOK, session.api.list_(PATH, {"order": direction}, None if show_all else limit))


@webhooks.command()
@endpoint_argument
@click.option("--state", type=click.Choice(["waiting", "delivered", "failed"]), help="State of the delivery.")
@click.option("--event-type", help="Type of the event.")
@click.option("--event", "event_id", help="Id of the event.")
@order_option
@limit_option
@all_option
@api_command
def deliveries(session: Session, ident: str, **flags: Any) -> None:
    """List the deliveries of an endpoint, newest first."""
    query = {name: flags[name] for name in ("state", "event_type", "event_id")} | {"order": flags["direction"]}
    limit = None if flags["show_all"] else flags["limit"]
    session.out.show_list(DELIVERY, session.api.list_(path_of(ident, "deliveries"), query, limit))


@webhooks.command()
@endpoint_argument
@api_command
def test(session: Session, ident: str) -> None:
    """Send a test event to an endpoint."""
    sent = session.api.change("POST", path_of(ident, "test"))
    session.out.show_line(sent, f"event {sent['event_id']} will be sent; see orderly webhooks deliveries")


@webhooks.command()
@endpoint_argument
@click.option("--event", "event_ids", multiple=True, help="Id of an event. Repeatable.")
@click.option("--failed", is_flag=True, help="Events whose delivery failed for good.")
@created_after_option
@created_before_option
@click.option("--dry-run", is_flag=True, help="Count the events and send nothing.")
@yes_option
@api_command
def replay(session: Session, ident: str, *, event_ids: tuple[str, ...], **flags: Any) -> None:
    """Send events again, by ids or by a filter."""
    chosen = {"state": "failed" if flags["failed"] else None}
    chosen |= {name: flags[name] for name in ("created_after", "created_before")}
    wanted = {name: value for name, value in chosen.items() if value is not None}
    if bool(event_ids) == bool(wanted):
        raise UsageError("choose events: with --event, or with --failed, --created-after and --created-before")
    path = path_of(ident, "replay")
    if event_ids:
        if flags["dry_run"]:
            raise UsageError("--dry-run needs a filter, not --event")
        sent = session.api.change("POST", path, {"ids": list(event_ids)})
    else:
        sent = session.api.change("POST", path, {"filter": wanted, "dry_run": True})
        if not flags["dry_run"]:
            session.confirm(f"Send {sent['count']} events again?", is_confirmed=flags["is_confirmed"])
            sent = session.api.change("POST", path, {"filter": wanted, "expected_count": sent["count"]})
    session.out.show_line(sent, f"{sent['count']} events")
