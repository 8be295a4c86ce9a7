"""The base of the stores of carrier accounts and bridges: changeable settings, write-only credentials."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from adapters.encryption import CipherError, CredentialCipher
from adapters.postgres.core.row_factory import as_json, assignments, columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from adapters.postgres.stores import pauses
from domain.channels import Bridge
from domain.errors import BridgeInUse, CarrierAccountInUse
from domain.fingerprint import Fingerprint
from domain.pauses import ConnectionLogEntry
from domain.shipping import CarrierAccount, ConnectionSettings, Mode
from domain.vendors.profile import Profile

Row = TypeVar("Row", CarrierAccount, Bridge)

SORTS = {"created_at": ("created_at",), "updated_at": ("updated_at",), "name": ("name",)}

CHANGEABLE = frozenset({"name", "is_default", "settings", "track_after"})

IN_USE = """
    select exists (
        select from operations
        where organization_id = %(org)s and %(id)s = any(touches) and (
            status in ('pending', 'executing') or undo_status = 'in_progress' or attention is not null or exists (
                select from effects
                where effects.organization_id = %(org)s and operation_id = operations.id and state = 'done'
                  and direction = 'do' and reversed_at is null and exists (
                      select from jsonb_each_text(result) as named where named.value = %(id)s::text
                  )
            )
        )
    )
"""
"""True if an unfinished operation touches the account or bridge, or a live effect names it in its result: an undo would
stop there, half done."""


@dataclass(frozen=True, slots=True)
class StoredFingerprint:
    """The columns of an account or bridge that determine its fingerprint."""

    id: UUID
    vendor: str
    mode: Mode
    settings: ConnectionSettings
    credentials: bytes


class PostgresConnections(PostgresRows[Row]):
    """Implements `domain.ports.stores.ConnectionStore` in Postgres."""

    in_use: type[CarrierAccountInUse | BridgeInUse]
    vendor_column: str
    profiles: Mapping[str, Profile]

    def __init__(self, transaction: OrganizationTransaction, cipher: CredentialCipher) -> None:
        super().__init__(transaction)
        self._cipher = cipher

    async def create(self, row: Mapping[str, Any], credentials: Mapping[str, str]) -> Row:
        columns = self._credential_columns(credentials)
        return await self._insert({**row, "status": "active", "settings": as_json(row["settings"]), **columns})

    async def update(
        self, ident: UUID, changes: Mapping[str, Any], credentials: Mapping[str, str] | None
    ) -> Row | None:
        values = {name: value for name, value in changes.items() if name in CHANGEABLE}
        if "settings" in values:
            values["settings"] = as_json(values["settings"])
        if credentials is not None:
            values |= self._credential_columns(credentials)
        sql = f"""
            update {self.listing.table} set {assignments(values)}
            where organization_id = %(org)s and id = %(id)s
            returning {self.listing.columns}
        """
        return await self._transaction.fetch_one(self.listing.row, sql, id=ident, **values)

    async def pause(self, ident: UUID, *, reason: str | None) -> None:
        await pauses.pause(self._transaction, self.listing.table, ident, reason=reason)

    async def resume(self, ident: UUID, *, reason: str | None) -> None:
        await pauses.resume(self._transaction, self.listing.table, ident, reason=reason)

    async def log(self, ident: UUID) -> list[ConnectionLogEntry]:
        return await pauses.read_log(self._transaction, ident)

    async def fingerprints(self, idents: Collection[UUID]) -> dict[UUID, Fingerprint]:
        sql = f"""
            select {columns(StoredFingerprint, vendor=self.vendor_column)} from {self.listing.table}
            where organization_id = %(org)s and id = any(%(ids)s)
        """
        stored = await self._transaction.fetch_all(StoredFingerprint, sql, ids=list(idents))
        found = {row.id: self._compute_fingerprint(row) for row in stored}
        return {ident: fingerprint for ident, fingerprint in found.items() if fingerprint is not None}

    def _compute_fingerprint(self, row: StoredFingerprint) -> Fingerprint | None:
        profile = self.profiles.get(row.vendor)
        try:
            credentials = self._cipher.decrypt(row.credentials)
        except CipherError:
            return None
        return profile.fingerprint(row.mode, row.settings, credentials) if profile is not None else None

    async def delete(self, ident: UUID) -> bool:
        if await self._transaction.fetch_value(IN_USE, id=ident):
            raise self.in_use(ident)
        sql = f"delete from {self.listing.table} where organization_id = %(org)s and id = %(id)s"
        try:
            return await self._transaction.execute(sql, id=ident) == 1
        except psycopg.errors.ForeignKeyViolation as error:
            raise self.in_use(ident) from error

    def _credential_columns(self, credentials: Mapping[str, str]) -> Params:
        return {"credentials": self._cipher.encrypt(credentials), "credential_names": sorted(credentials)}
