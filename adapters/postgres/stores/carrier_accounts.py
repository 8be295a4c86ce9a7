"""Carrier accounts: at most one is the default of its carrier."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from adapters.encryption import CredentialCipher
from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import as_json, assignments, columns
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores.credentials import IN_USE, credential_columns, update_columns
from domain.errors import CarrierAccountInUse
from domain.ids import new_id
from domain.ports.stores import PageQuery
from domain.shipping import CarrierAccount

COLUMNS = columns(CarrierAccount)
LISTING = Listing(
    row=CarrierAccount,
    table="carrier_accounts",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",), "updated_at": ("updated_at",), "name": ("name",)},
    filters={"carrier": "carrier = {}", "status": "status = {}"},
)

INSERT = f"""
    insert into carrier_accounts (id, organization_id, carrier, name, mode, is_default, status, settings,
                                  credentials, credential_names)
    values (%(id)s, %(org)s, %(carrier)s, %(name)s, %(mode)s,
            %(is_default)s or not exists (
                select from carrier_accounts where organization_id = %(org)s and carrier = %(carrier)s
            ),
            'active', %(settings)s, %(credentials)s, %(credential_names)s)
    returning {COLUMNS}
"""


class PostgresCarrierAccounts:
    """See `domain.ports.stores.CarrierAccountStore`."""

    def __init__(self, transaction: OrganizationTransaction, cipher: CredentialCipher) -> None:
        self._transaction = transaction
        self._cipher = cipher

    async def create(self, account: Mapping[str, Any], credentials: Mapping[str, str]) -> CarrierAccount:
        """Insert an account; the first of its carrier is the default whatever is asked."""
        carrier, is_default = account["carrier"], bool(account.get("is_default"))
        await self._take_turns(carrier)
        if is_default:
            await self._unset_default(carrier)
        created = await self._transaction.fetch_one(
            CarrierAccount,
            INSERT,
            id=new_id(),
            carrier=carrier,
            name=account["name"],
            mode=account["mode"],
            is_default=is_default,
            settings=as_json(account["settings"]),
            **credential_columns(self._cipher, credentials),
        )
        assert created is not None  # noqa: S101 (an insert returns its row)
        return created

    async def get(self, account_id: UUID) -> CarrierAccount | None:
        sql = f"select {COLUMNS} from carrier_accounts where organization_id = %(org)s and id = %(id)s"
        return await self._transaction.fetch_one(CarrierAccount, sql, id=account_id)

    async def default(self, carrier: str) -> CarrierAccount | None:
        sql = f"""
            select {COLUMNS} from carrier_accounts
            where organization_id = %(org)s and carrier = %(carrier)s and is_default
        """
        return await self._transaction.fetch_one(CarrierAccount, sql, carrier=carrier)

    async def list_(self, filters: Mapping[str, Any], page: PageQuery) -> tuple[list[CarrierAccount], int]:
        return await LISTING.list_(self._transaction, filters, page)

    async def update(
        self, account_id: UUID, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
    ) -> CarrierAccount | None:
        if changes.get("is_default"):
            account = await self.get(account_id)
            if account is None:
                return None
            await self._take_turns(account.carrier)
            await self._unset_default(account.carrier)
        values = update_columns(self._cipher, changes, credentials)
        if credentials is not None:
            values["track_after"] = None  # what the old ones were refused for is no reason to wait any more
        sql = f"""
            update carrier_accounts set {assignments(values)}
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        return await self._transaction.fetch_one(CarrierAccount, sql, id=account_id, **values)

    async def delete(self, account_id: UUID) -> bool:
        if await self._transaction.fetch_value(IN_USE, id=account_id):
            raise CarrierAccountInUse(account_id)
        sql = "delete from carrier_accounts where organization_id = %(org)s and id = %(id)s"
        try:
            return await self._transaction.execute(sql, id=account_id) == 1
        except psycopg.errors.ForeignKeyViolation as error:
            raise CarrierAccountInUse(account_id) from error

    async def _take_turns(self, carrier: str) -> None:
        """Let one transaction at a time decide which account of the carrier is the default."""
        sql = "select pg_advisory_xact_lock(hashtextextended(%(org)s::text || %(carrier)s, 1))"
        await self._transaction.execute(sql, carrier=carrier)

    async def _unset_default(self, carrier: str) -> None:
        sql = """
            update carrier_accounts set is_default = false, updated_at = now()
            where organization_id = %(org)s and carrier = %(carrier)s and is_default
        """
        await self._transaction.execute(sql, carrier=carrier)
