"""`orderly users`: commands on users in the database of DATABASE_URL."""

from typing import TYPE_CHECKING

import click

from bootstrap.cli.database import run_on_database
from bootstrap.cli.keys import organization_option
from domain.users import Role

if TYPE_CHECKING:
    from domain.users import User

user_argument = click.argument("user")
role_choice = click.Choice([str(role) for role in Role])


@click.group()
def users() -> None:
    """Add, list, change and remove the users of an organization.

    USER is an e-mail address or an id.
    """


@users.command()
@organization_option
@click.argument("email")
@click.option("--role", type=role_choice, required=True, help="What the user may do.")
@click.option("--name", help="Name of the user.")
def add(organization: str | None, email: str, role: str, name: str | None) -> None:
    """Add a user to an organization."""
    from bootstrap.cli.user_admin import add_user  # noqa: PLC0415 - the service is not imported for --help

    _show(run_on_database(lambda database: add_user(database, organization, email, Role(role), name)))


@users.command("list")
@organization_option
def list_(organization: str | None) -> None:
    """List an organization's users, including removed ones."""
    from bootstrap.cli.user_admin import list_users  # noqa: PLC0415

    for user in run_on_database(lambda database: list_users(database, organization)):
        _show(user)


@users.command()
@organization_option
@user_argument
@click.argument("role", type=role_choice)
def role(organization: str | None, user: str, role: str) -> None:
    """Change the role of a user."""
    _change(organization, user, {"role": role})


@users.command()
@organization_option
@user_argument
def disable(organization: str | None, user: str) -> None:
    """Refuse the keys of a user until the user is enabled."""
    _change(organization, user, {"is_disabled": True})


@users.command()
@organization_option
@user_argument
def enable(organization: str | None, user: str) -> None:
    """Accept the keys of a disabled user again."""
    _change(organization, user, {"is_disabled": False})


@users.command()
@organization_option
@user_argument
def remove(organization: str | None, user: str) -> None:
    """Remove a user and revoke the user's keys, permanently."""
    from bootstrap.cli.user_admin import remove_user  # noqa: PLC0415

    _show(run_on_database(lambda database: remove_user(database, organization, user)))


def _change(organization: str | None, user: str, changes: dict[str, str | bool]) -> None:
    from bootstrap.cli.user_admin import change_user  # noqa: PLC0415

    _show(run_on_database(lambda database: change_user(database, organization, user, changes)))


def _show(user: "User") -> None:
    state = "removed" if user.removed_at else "disabled" if user.disabled_at else "active"
    click.echo(f"{user.id}  {user.role:<8}  {state:<8}  {user.email}  {user.name or ''}".rstrip())
