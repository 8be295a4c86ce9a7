"""Finds the organizations and users that commands name."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import TypeVar
from uuid import UUID

import click

from adapters.postgres.database import Database, OrganizationData
from domain.errors import DomainError
from domain.ports.rows import PageQuery, RowStore
from domain.users import User

FIRST_ORGANIZATION = "Default"
PAGE = 100
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

Row = TypeVar("Row")


class CommandError(click.ClickException):
    """The command failed; the message is one line for an operator."""


async def find_organization(database: Database, wanted: str | None, *, make: bool = False) -> UUID:
    """Return an organization by name or id; `make` creates it if it does not exist.

    Raises:
        CommandError: it does not exist, or no name is given and there are several.
    """
    known = await database.organizations()
    if wanted is None and len(known) > 1:
        raise CommandError(f"choose an organization with --organization: {', '.join(sorted(set(known.values())))}")
    if wanted is None and known:
        return next(iter(known))
    name = wanted or FIRST_ORGANIZATION
    for ident, own_name in known.items():
        if name in (own_name, str(ident)):
            return ident
    if not make:
        raise CommandError(f"there is no organization {name}")
    return await database.create_organization(name)


async def lock_user(data: OrganizationData, wanted: str) -> User:
    """Return a user by e-mail address or id, locked; raises CommandError if the organization has no such user."""
    if _UUID.fullmatch(wanted):
        idents = [UUID(wanted)]
    else:
        page = PageQuery(page=1, limit=PAGE, sort="created_at", descending=True)
        found, _ = await data.users.list_({"email": wanted}, page)
        idents = [user.id for user in found if user.removed_at is None]
    user = await data.users.lock(idents[0]) if idents else None
    if user is None:
        raise CommandError(f"there is no user {wanted}")
    return user


async def all_rows(store: RowStore[Row]) -> list[Row]:
    """Return every row of a store, oldest first."""
    found: list[Row] = []
    while True:
        page = PageQuery(page=len(found) // PAGE + 1, limit=PAGE, sort="created_at", descending=False)
        rows, total = await store.list_({}, page)
        found.extend(rows)
        if not rows or len(found) >= total:
            return found


@contextlib.asynccontextmanager
async def changing(database: Database, organization_id: UUID) -> AsyncIterator[OrganizationData]:
    """Open a transaction; a refusal becomes a CommandError."""
    try:
        async with database.organization(organization_id) as data:
            yield data
    except DomainError as error:
        raise CommandError(error.message) from None
