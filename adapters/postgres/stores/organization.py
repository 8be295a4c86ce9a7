"""The store of the transaction's organization and its settings."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.transaction import OrganizationTransaction
from domain.organizations import Organization

COLUMNS = columns(Organization)
GET = f"select {COLUMNS} from organizations where id = %(org)s"
CHANGE = f"""
    update organizations set settings = settings || %(settings)s where id = %(org)s returning {COLUMNS}
"""


class PostgresOrganization:
    """Implements `domain.ports.stores.OrganizationStore` in Postgres."""

    def __init__(self, transaction: OrganizationTransaction) -> None:
        self._transaction = transaction

    async def get(self) -> Organization:
        return await self._fetch(GET)

    async def change_settings(self, settings: Mapping[str, Any]) -> Organization:
        return await self._fetch(CHANGE, settings=Jsonb(dict(settings)))

    async def _fetch(self, sql: str, **params: Any) -> Organization:
        found = await self._transaction.fetch_one(Organization, sql, **params)
        assert found is not None  # noqa: S101 (a key belongs to an organization, and none is ever deleted)
        return found
