"""The store of carrier accounts: at most one of each mode is the default of its carrier."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import columns
from adapters.postgres.stores.connections import SORTS, PostgresConnections
from adapters.postgres.stores.pauses import PAUSE
from domain.errors import CarrierAccountInUse
from domain.shipping import CarrierAccount, Mode
from domain.vendors.catalogue import CARRIERS

DEFAULT = """
    carrier = %(carrier)s and is_default and mode = case when %(mode)s = 'live' and exists (
        select from carrier_accounts as live
        where live.organization_id = %(org)s and live.carrier = %(carrier)s and live.mode = 'live'
    ) then 'live' else 'test' end
"""
"""Live work uses the test account until the carrier has a live account."""


class PostgresCarrierAccounts(PostgresConnections[CarrierAccount]):
    """Implements `domain.ports.stores.CarrierAccountStore` in Postgres."""

    in_use = CarrierAccountInUse
    vendor_column = "carrier"
    profiles = CARRIERS
    listing = Listing(
        row=CarrierAccount,
        table="carrier_accounts",
        columns=columns(CarrierAccount, pause=PAUSE),
        sorts=SORTS,
        filters={"carrier": "carrier = {}", "status": "status = {}"},
    )

    async def create(self, row: Mapping[str, Any], credentials: Mapping[str, str]) -> CarrierAccount:
        carrier, mode = row["carrier"], Mode(row["mode"])
        await self._take_turns(carrier)
        is_default = bool(row.get("is_default")) or await self._is_first(carrier, mode)
        if is_default:
            await self._unset_default(carrier, mode)
        return await super().create({**row, "is_default": is_default}, credentials)

    async def default(self, carrier: str, mode: Mode) -> CarrierAccount | None:
        sql = f"{self._select()} and {DEFAULT}"
        return await self._transaction.fetch_one(CarrierAccount, sql, carrier=carrier, mode=str(mode))

    async def update(
        self, ident: UUID, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
    ) -> CarrierAccount | None:
        if changes.get("is_default"):
            account = await self.get(ident)
            if account is None:
                return None
            await self._take_turns(account.carrier)
            await self._unset_default(account.carrier, account.mode)
        if credentials is not None:
            changes = {**changes, "track_after": None}  # the refusal of the old credentials no longer delays tracking
        return await super().update(ident, changes, credentials)

    async def _take_turns(self, carrier: str) -> None:
        """Lock the carrier: one transaction at a time decides which of its accounts is the default."""
        sql = "select pg_advisory_xact_lock(hashtextextended(%(org)s::text || %(carrier)s, 1))"
        await self._transaction.execute(sql, carrier=carrier)

    async def _is_first(self, carrier: str, mode: Mode) -> bool:
        """Whether the carrier has no account of this mode yet."""
        sql = """
            select not exists (
                select from carrier_accounts
                where organization_id = %(org)s and carrier = %(carrier)s and mode = %(mode)s
            )
        """
        return bool(await self._transaction.fetch_value(sql, carrier=carrier, mode=str(mode)))

    async def _unset_default(self, carrier: str, mode: Mode) -> None:
        sql = """
            update carrier_accounts set is_default = false, updated_at = now()
            where organization_id = %(org)s and carrier = %(carrier)s and mode = %(mode)s and is_default
        """
        await self._transaction.execute(sql, carrier=carrier, mode=str(mode))
