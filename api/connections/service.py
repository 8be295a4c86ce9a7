"""CRUD of carrier accounts and bridges, which share their calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from api.connections.schemas import (
    MASK,
    ConnectionCreate,
    ConnectionLogRead,
    ConnectionRead,
    ConnectionUpdate,
    PauseRequest,
    SettingsFields,
    check_settings,
    merge_settings,
    refuse_another_address,
)
from api.http.auth import Caller
from api.http.idempotency import run_once
from api.http.pagination import ListQuery
from api.http.resources import find_row, list_rows
from api.http.responses import NO_CONTENT, Answer, answer_one
from api.http.types import dump_sent_fields, parse_path_id
from domain.channels import Bridge
from domain.errors import NotFound
from domain.ports.stores import ConnectionStore, OrganizationData
from domain.shipping import AccountStatus, CarrierAccount
from domain.vendors.profile import Profile

Row = TypeVar("Row", CarrierAccount, Bridge)


@dataclass(frozen=True)
class ConnectionService(Generic[Row]):
    """One of the two resources.

    `profile` returns the vendor's facts for a row or for the body of a creation.
    """

    missing: type[NotFound]
    path: str
    settings: type[SettingsFields]
    read: type[ConnectionRead]
    detail: type[ConnectionRead]
    store: Callable[[OrganizationData], ConnectionStore[Row]]
    profile: Callable[[Any], Profile]

    def to_read_model(self, row: Row) -> ConnectionRead:
        return self.read.of(row, credentials=dict.fromkeys(sorted(row.credential_names), MASK))

    async def list_(self, caller: Caller, query: ListQuery) -> Answer:
        return await list_rows(caller, query, self.store, self.to_read_model)

    async def get(self, caller: Caller, raw_id: str) -> Answer:
        async with caller.context.database.autocommit(caller.organization_id) as data:
            row = await find_row(self.store(data), raw_id, self.missing)
            return answer_one(await self._show_whole(data, row))

    async def create(self, caller: Caller, body: ConnectionCreate) -> Answer:
        caller.require_mode(body.mode, "an account or bridge with mode live")
        settings = check_settings(body.settings, self.profile(body), body.mode, body.credentials, caller.context)
        row = {**body.model_dump(exclude={"settings", "credentials"}), "settings": settings}

        async def change(data: OrganizationData) -> Answer:
            created = await self.store(data).create(row, body.credentials)
            return answer_one(self.to_read_model(created), 201, f"{self.path}/{created.id}")

        return await run_once(caller, change)

    async def update(self, caller: Caller, raw_id: str, body: ConnectionUpdate) -> Answer:
        """Change an account or bridge; a new address requires new credentials."""

        async def change(data: OrganizationData) -> Answer:
            # Lock before reading: the merge below would lose a concurrent change of the settings.
            await data.take_turns(parse_path_id(raw_id, self.missing))
            existing = await self._find(caller, data, raw_id)
            changes = dump_sent_fields(body)
            credentials = changes.pop("credentials", None)
            status = changes.pop("status", None)
            if "settings" in changes or credentials is not None:
                merged = merge_settings(self.settings, existing.settings, body.settings)
                profile, mode = self.profile(existing), existing.mode
                # An account without credentials is at the sandbox, and needs credentials to leave it.
                checked = {} if credentials is None and not existing.credential_names else credentials
                has_new_defaults = not {"shipping_defaults", "customs_defaults"}.isdisjoint(body.settings)
                settings = check_settings(
                    merged, profile, mode, checked, caller.context, has_new_defaults=has_new_defaults
                )
                changes["settings"] = settings
                if credentials is None:
                    refuse_another_address(existing, settings)
            if status is not None:
                await self._set_status(data, existing.id, AccountStatus(status), None)
            updated = await self.store(data).update(existing.id, changes, credentials)
            if updated is None:
                raise self.missing(existing.id)
            return answer_one(self.to_read_model(updated))

        return await run_once(caller, change)

    async def set_status(self, caller: Caller, raw_id: str, status: AccountStatus, body: PauseRequest) -> Answer:
        """Pause or resume an account or bridge, with a reason for the log."""

        async def change(data: OrganizationData) -> Answer:
            ident = (await self._find(caller, data, raw_id)).id
            await self._set_status(data, ident, status, body.reason)
            return answer_one(await self._show_whole(data, await find_row(self.store(data), raw_id, self.missing)))

        answer = await run_once(caller, change)
        caller.context.dispatch.sweep_soon()
        return answer

    async def _set_status(self, data: OrganizationData, ident: UUID, status: AccountStatus, reason: str | None) -> None:
        store = self.store(data)
        change = store.resume if status is AccountStatus.ACTIVE else store.pause
        await change(ident, reason=reason)

    async def _find(self, caller: Caller, data: OrganizationData, raw_id: str) -> Row:
        """Return the account or bridge to change; a test key can't change a live one."""
        row = await find_row(self.store(data), raw_id, self.missing)
        caller.require_mode(row.mode, f"the account or bridge {row.id}, whose mode is live")
        return row

    async def _show_whole(self, data: OrganizationData, row: Row) -> ConnectionRead:
        logs = [ConnectionLogRead.model_validate(entry) for entry in await self.store(data).log(row.id)]
        return self.detail.of(row, credentials=dict.fromkeys(sorted(row.credential_names), MASK), logs=logs)

    async def delete(self, caller: Caller, raw_id: str) -> Answer:
        async def change(data: OrganizationData) -> Answer:
            ident = (await self._find(caller, data, raw_id)).id
            if not await self.store(data).delete(ident):
                raise self.missing(ident)
            return NO_CONTENT

        return await run_once(caller, change)
