"""Manages organizations and API keys directly in the database, for operators who have no key yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import click

from adapters.postgres.database import Database
from api.http.auth import Scope, cut_prefix, hash_secret, new_secret
from domain.ports.rows import PageQuery
from domain.ports.stores import ApiKey

FIRST_ORGANIZATION = "Default"
PAGE = 100


class KeysError(click.ClickException):
    """The command failed; the message is one line for an operator."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is not stored anywhere."""

    key: ApiKey
    secret: str


async def create_key(
    database: Database, organization: str | None, name: str, scopes: Sequence[Scope], expires_at: datetime | None
) -> NewKey:
    """Create a key, and its organization if it does not exist.

    Raises:
        KeysError: no organization is named, and there are several.
    """
    organization_id = await _organization(database, organization, make=True)
    secret = new_secret()
    row = {"name": name, "prefix": cut_prefix(secret), "scopes": list(scopes), "expires_at": expires_at}
    async with database.organization(organization_id) as data:
        return NewKey(await data.api_keys.create(row, hash_secret(secret)), secret)


async def list_keys(database: Database, organization: str | None) -> list[ApiKey]:
    """Return every key of an organization, oldest first; raises KeysError if the organization does not exist."""
    organization_id = await _organization(database, organization, make=False)
    found: list[ApiKey] = []
    async with database.organization(organization_id) as data:
        while True:
            page = PageQuery(page=len(found) // PAGE + 1, limit=PAGE, sort="created_at", descending=False)
            keys, total = await data.api_keys.list_({}, page)
            found.extend(keys)
            if not keys or len(found) >= total:
                return found


async def revoke_key(database: Database, key_id: UUID) -> ApiKey:
    """Revoke a key of any organization; raises KeysError if it does not exist."""
    for organization_id in await database.organizations():
        async with database.organization(organization_id) as data:
            revoked = await data.api_keys.revoke(key_id)
        if revoked is not None:
            return revoked
    raise KeysError(f"there is no key {key_id}")


async def _organization(database: Database, wanted: str | None, *, make: bool) -> UUID:
    known = await database.organizations()
    if wanted is None and len(known) > 1:
        raise KeysError(f"choose an organization with --organization: {', '.join(sorted(set(known.values())))}")
    if wanted is None and known:
        return next(iter(known))
    name = wanted or FIRST_ORGANIZATION
    for ident, own_name in known.items():
        if name in (own_name, str(ident)):
            return ident
    if not make:
        raise KeysError(f"there is no organization {name}")
    return await database.create_organization(name)
