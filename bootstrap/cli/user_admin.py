"""Manages users directly in the database, for operators who have no key yet."""

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from adapters.postgres.database import Database
from api.users.schemas import Email
from bootstrap.cli.lookup import CommandError, all_rows, changing, find_organization, lock_user
from domain.users import Role, User


async def add_user(database: Database, organization: str | None, email: str, role: Role, name: str | None) -> User:
    """Add a user; raises CommandError if the organization does not exist or has the user already."""
    try:
        TypeAdapter(Email).validate_python(email)
    except ValidationError:
        raise CommandError(f"{email} is not an e-mail address") from None
    organization_id = await find_organization(database, organization)
    person_id = await database.register_person(email)
    async with changing(database, organization_id) as data:
        return await data.users.add(person_id, role, name)


async def list_users(database: Database, organization: str | None) -> list[User]:
    """Return every user of an organization, oldest first; raises CommandError if the organization does not exist."""
    organization_id = await find_organization(database, organization)
    async with database.organization(organization_id) as data:
        return await all_rows(data.users)


async def change_user(
    database: Database, organization: str | None, user: str, changes: Mapping[str, str | bool]
) -> User:
    """Change a user; raises CommandError if the change is refused."""
    async with changing(database, await find_organization(database, organization)) as data:
        return await data.users.update(await lock_user(data, user), changes)


async def remove_user(database: Database, organization: str | None, user: str) -> User:
    """Remove a user and revoke the user's keys; raises CommandError if the removal is refused."""
    async with changing(database, await find_organization(database, organization)) as data:
        return await data.users.remove(await lock_user(data, user))
