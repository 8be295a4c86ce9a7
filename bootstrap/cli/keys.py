"""`orderly keys`: commands on API keys in the database of DATABASE_URL."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import click

from bootstrap.cli.database import run_on_database

if TYPE_CHECKING:
    from domain.ports.stores import ApiKey

organization_option = click.option(
    "--organization",
    envvar="ORDERLY_ORGANIZATION",
    help="Name or id of the organization. Optional if there is only one.",
)


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command()
@organization_option
@click.option("--name", default="command line", show_default=True, help="Purpose of the key.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="A scope such as operations:read. Repeatable. Default: all scopes (of the user's role).",
)
@click.option("--user", help="E-mail address or id of the user who owns the key. Default: a service owns it.")
@click.option(
    "--expires-in-days", type=click.FloatRange(min=0, min_open=True), help="Days until the key expires. Default: never."
)
@click.option("--test", "is_test", is_flag=True, help="The key changes only resources with mode test.")
def create(
    organization: str | None,
    name: str,
    scopes: tuple[str, ...],
    user: str | None,
    expires_in_days: float | None,
    *,
    is_test: bool,
) -> None:
    """Create a key and print its secret.

    The secret is never shown again. If the organization does not exist, the command creates it, except for --user.
    """
    from api.http.auth import Scope  # noqa: PLC0415 - the service is not imported for --help
    from bootstrap.cli.key_admin import create_key  # noqa: PLC0415
    from domain.shipping import Mode  # noqa: PLC0415

    try:
        wanted = [Scope(scope) for scope in scopes]
    except ValueError as error:
        raise click.UsageError(f"{error}; scopes: {', '.join(Scope)}") from None
    mode = Mode.TEST if is_test else Mode.LIVE
    expires_at = None if expires_in_days is None else datetime.now(UTC) + timedelta(days=expires_in_days)
    created = run_on_database(
        lambda database: create_key(database, organization, name, wanted, expires_at, user=user, mode=mode)
    )
    click.echo(
        f"key {created.key.id} of organization {created.key.organization_id}; its secret is shown only once:", err=True
    )
    click.echo(created.secret)


@keys.command("list")
@organization_option
def list_(organization: str | None) -> None:
    """List an organization's keys, including revoked ones."""
    from bootstrap.cli.key_admin import list_keys  # noqa: PLC0415

    for key in run_on_database(lambda database: list_keys(database, organization)):
        click.echo(f"{key.id}  {key.prefix}...  {_state(key):<28}  {key.name}  [{' '.join(key.scopes)}]")


@keys.command()
@click.argument("key_id", type=click.UUID)
def revoke(key_id: UUID) -> None:
    """Revoke a key immediately and permanently."""
    from bootstrap.cli.key_admin import revoke_key  # noqa: PLC0415

    revoked = run_on_database(lambda database: revoke_key(database, key_id))
    click.echo(f"revoked {revoked.id} ({revoked.name})")


def _state(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    if key.expires_at is None:
        return "active"
    word = "expired" if key.expires_at <= datetime.now(UTC) else "until"
    return f"{word} {key.expires_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
