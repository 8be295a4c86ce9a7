"""Manages organizations and API keys directly in the database, for operators who have no key yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.database import Database
from api.http.auth import ROLE_SCOPES, Scope, cut_prefix, hash_secret, new_secret
from bootstrap.cli.lookup import CommandError, all_rows, find_organization, lock_user
from domain.ports.stores import ApiKey
from domain.shipping import Mode
from domain.users import User


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is not stored anywhere."""

    key: ApiKey
    secret: str


async def create_key(
    database: Database,
    organization: str | None,
    name: str,
    scopes: Sequence[Scope],
    expires_at: datetime | None,
    *,
    user: str | None = None,
    mode: Mode = Mode.LIVE,
) -> NewKey:
    """Create a key, and its organization if it does not exist; without `scopes`, a key with every possible scope.

    Raises:
        CommandError: no organization is named, and there are several; or the user can't own the key.
    """
    organization_id = await find_organization(database, organization, make=user is None)
    secret = new_secret(mode)
    row = {"name": name, "prefix": cut_prefix(secret), "scopes": list(scopes or Scope), "expires_at": expires_at}
    async with database.organization(organization_id) as data:
        if user is not None:
            row |= _check_owner(await lock_user(data, user), scopes)
        return NewKey(await data.api_keys.create(row, hash_secret(secret)), secret)


def _check_owner(user: User, scopes: Sequence[Scope]) -> dict[str, Any]:
    if user.removed_at is not None:
        raise CommandError(f"{user.email} was removed")
    allowed = ROLE_SCOPES[user.role]
    lacking = sorted(set(scopes) - allowed)
    if lacking:
        raise CommandError(f"the role {user.role} of {user.email} lacks the scope {lacking[0]}")
    return {"user_id": user.id, "scopes": sorted(scopes or allowed)}


async def list_keys(database: Database, organization: str | None) -> list[ApiKey]:
    """Return every key of an organization, oldest first; raises CommandError if the organization does not exist."""
    organization_id = await find_organization(database, organization)
    async with database.organization(organization_id) as data:
        return await all_rows(data.api_keys)


async def revoke_key(database: Database, key_id: UUID) -> ApiKey:
    """Revoke a key of any organization; raises CommandError if it does not exist."""
    for organization_id in await database.organizations():
        async with database.organization(organization_id) as data:
            revoked = await data.api_keys.revoke(key_id)
        if revoked is not None:
            return revoked
    raise CommandError(f"there is no key {key_id}")
