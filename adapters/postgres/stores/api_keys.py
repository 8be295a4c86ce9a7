"""The store of API keys."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import Transaction
from domain.ports.stores import ApiKey, CallingKey

COLUMNS = columns(ApiKey, user_id="membership_id")
LISTING = Listing(
    row=ApiKey,
    table="api_keys",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "name": ("name",)},
    filters={"user_id": "membership_id = {}"},
)


class PostgresApiKeys(PostgresRows[ApiKey]):
    """Implements `domain.ports.stores.ApiKeyStore` in Postgres."""

    listing = LISTING

    async def create(self, key: Mapping[str, Any], secret_hash: bytes) -> ApiKey:
        values = {name: value for name, value in key.items() if name != "user_id"}
        scopes = [str(scope) for scope in key["scopes"]]
        owner = key.get("user_id")
        return await self._insert({**values, "membership_id": owner, "secret_hash": secret_hash, "scopes": scopes})

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        """Revoke a key immediately and permanently; idempotent."""
        sql = f"""
            update api_keys set revoked_at = coalesce(revoked_at, now())
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        return await self._transaction.fetch_one(ApiKey, sql, id=key_id)


SETTINGS = "(select settings from organizations where id = organization_id)"
IS_DISABLED = "disabled_at is not null"
FIND = f"""
    select {columns(CallingKey, settings=SETTINGS, user_id="membership_id", is_user_disabled=IS_DISABLED)}
    from api_keys left join lateral (
        select role, disabled_at from memberships where id = membership_id and removed_at is null
    ) as owner on true
    where secret_hash = %(secret_hash)s
"""


async def find_by_secret(transaction: Transaction, secret_hash: bytes) -> CallingKey | None:
    """Find an API key of any organization by the SHA-256 of its secret."""
    return await transaction.fetch_one(CallingKey, FIND, secret_hash=secret_hash)
