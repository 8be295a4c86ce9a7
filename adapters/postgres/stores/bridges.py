"""Bridges, the connections to sales channels."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from adapters.encryption import CredentialCipher
from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import as_json, assignments, columns
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores.credentials import IN_USE, credential_columns, update_columns
from domain.channels import Bridge
from domain.errors import BridgeInUse
from domain.ids import new_id
from domain.ports.stores import PageQuery

COLUMNS = columns(Bridge)
LISTING = Listing(
    row=Bridge,
    table="bridges",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "updated_at": ("updated_at",), "name": ("name",)},
    filters={"channel": "channel = {}", "status": "status = {}"},
)

INSERT = f"""
    insert into bridges (id, organization_id, channel, name, mode, status, settings, credentials,
                         credential_names)
    values (%(id)s, %(org)s, %(channel)s, %(name)s, %(mode)s, 'active', %(settings)s, %(credentials)s,
            %(credential_names)s)
    returning {COLUMNS}
"""


class PostgresBridges:
    """See `domain.ports.stores.BridgeStore`."""

    def __init__(self, transaction: OrganizationTransaction, cipher: CredentialCipher) -> None:
        self._transaction = transaction
        self._cipher = cipher

    async def create(self, bridge: Mapping[str, Any], credentials: Mapping[str, str]) -> Bridge:
        created = await self._transaction.fetch_one(
            Bridge,
            INSERT,
            id=new_id(),
            channel=bridge["channel"],
            name=bridge["name"],
            mode=bridge["mode"],
            settings=as_json(bridge["settings"]),
            **credential_columns(self._cipher, credentials),
        )
        assert created is not None  # noqa: S101 (an insert returns its row)
        return created

    async def get(self, bridge_id: UUID) -> Bridge | None:
        sql = f"select {COLUMNS} from bridges where organization_id = %(org)s and id = %(id)s"
        return await self._transaction.fetch_one(Bridge, sql, id=bridge_id)

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[Bridge], int]:
        return await LISTING.list_(self._transaction, filters, page)

    async def update(
        self, bridge_id: UUID, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
    ) -> Bridge | None:
        values = update_columns(self._cipher, changes, credentials)
        sql = f"""
            update bridges set {assignments(values)}
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        return await self._transaction.fetch_one(Bridge, sql, id=bridge_id, **values)

    async def delete(self, bridge_id: UUID) -> bool:
        if await self._transaction.fetch_value(IN_USE, id=bridge_id):
            raise BridgeInUse(bridge_id)
        sql = "delete from bridges where organization_id = %(org)s and id = %(id)s"
        try:
            return await self._transaction.execute(sql, id=bridge_id) == 1
        except psycopg.errors.ForeignKeyViolation as error:
            raise BridgeInUse(bridge_id) from error
