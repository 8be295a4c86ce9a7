"""Reads and changes the organization of the calling key."""

from api.http.auth import Caller
from api.http.idempotency import run_once
from api.http.responses import Answer, answer_one
from api.http.types import dump_sent_fields
from api.organization.schemas import OrganizationRead, OrganizationUpdate
from domain.ports.stores import OrganizationData


async def get_organization(caller: Caller) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(OrganizationRead.model_validate(await data.organization.get()))


async def update_organization(caller: Caller, body: OrganizationUpdate) -> Answer:
    async def update(data: OrganizationData) -> Answer:
        changed = await data.organization.change_settings(dump_sent_fields(body.settings))
        return answer_one(OrganizationRead.model_validate(changed))

    return await run_once(caller, update, single=True)
