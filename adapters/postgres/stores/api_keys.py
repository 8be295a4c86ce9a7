"""API keys."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import Transaction
from domain.ids import new_id
from domain.ports.stores import ApiKey

COLUMNS = columns(ApiKey)
LISTING = Listing(
    row=ApiKey,
    table="api_keys",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "name": ("name",)},
    filters={},
)

INSERT = f"""
    insert into api_keys (id, organization_id, name, prefix, secret_hash, scopes, expires_at)
    values (%(id)s, %(org)s, %(name)s, %(prefix)s, %(secret_hash)s, %(scopes)s, %(expires_at)s)
    returning {COLUMNS}
"""


class PostgresApiKeys(PostgresRows[ApiKey]):
    """See `domain.ports.stores.ApiKeyStore`."""

    listing = LISTING

    async def create(self, key: Mapping[str, Any], secret_hash: bytes) -> ApiKey:
        created = await self._transaction.fetch_one(
            ApiKey,
            INSERT,
            id=new_id(),
            name=key["name"],
            prefix=key["prefix"],
            secret_hash=secret_hash,
            scopes=[str(scope) for scope in key["scopes"]],
            expires_at=key.get("expires_at"),
        )
        assert created is not None  # noqa: S101 (an insert returns its row)
        return created

    async def revoke(self, key_id: UUID) -> ApiKey | None:
        """Revoke a key, at once and for good; a second time changes nothing."""
        sql = f"""
            update api_keys set revoked_at = coalesce(revoked_at, now())
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        return await self._transaction.fetch_one(ApiKey, sql, id=key_id)


async def find_by_secret(transaction: Transaction, secret_hash: bytes) -> ApiKey | None:
    """Find the key of any organization by the SHA-256 of its secret."""
    sql = f"select {COLUMNS} from api_keys where secret_hash = %(secret_hash)s"
    return await transaction.fetch_one(ApiKey, sql, secret_hash=secret_hash)
