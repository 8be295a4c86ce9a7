"""Creates, finds and cancels operations."""

from functools import partial
from typing import TypeVar
from uuid import UUID

from api.http.auth import Caller
from api.http.idempotency import run_once
from api.http.resources import list_rows
from api.http.responses import Answer, answer_one
from api.http.types import parse_path_id
from api.operations.schemas import OperationQuery
from api.operations.undo_policy import gather_facts, show_undo
from api.operations.views import show_brief, show_detail
from domain.errors import OperationNotFound
from domain.operation_errors import OperationNotPending
from domain.operations import Operation
from domain.ports.stores import OperationRecord, OrganizationData

T = TypeVar("T")


async def list_operations(caller: Caller, query: OperationQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.operations, partial(show_brief, caller.context))


async def get_operation(caller: Caller, raw_id: str) -> Answer:
    operation_id = parse_path_id(raw_id, OperationNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return await show_whole(caller, data, await require_record(data, operation_id))


async def show_whole(caller: Caller, data: OrganizationData, record: OperationRecord, status: int = 200) -> Answer:
    facts = await gather_facts(caller.context, data, record)
    return answer_one(show_detail(caller.context, record, facts), status)


async def get_undo_preflight(caller: Caller, raw_id: str) -> Answer:
    """Return the preflight of an undo, step by step; changes nothing."""
    operation_id = parse_path_id(raw_id, OperationNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        record = await require_record(data, operation_id)
        facts = await gather_facts(caller.context, data, record)
    return answer_one(show_undo(facts))


async def cancel_operation(caller: Caller, raw_id: str) -> Answer:
    operation_id = parse_path_id(raw_id, OperationNotFound)

    async def cancel(data: OrganizationData) -> Answer:
        return answer_one(show_brief(caller.context, await cancel_pending(data, operation_id, caller.actor)))

    return await run_once(caller, cancel)


async def cancel_pending(data: OrganizationData, operation_id: UUID, actor: str) -> Operation:
    """Cancel an operation that is pending, or waits for a paused account."""
    cancelled = await data.operations.cancel(operation_id, actor)
    if cancelled is None:
        raise OperationNotPending((await require_operation(data, operation_id)).status)
    return cancelled


async def require_operation(data: OrganizationData, operation_id: UUID) -> Operation:
    """Return an operation; raises OperationNotFound if the organization has no such operation."""
    return _require(await data.operations.get(operation_id), operation_id)


async def require_record(data: OrganizationData, operation_id: UUID) -> OperationRecord:
    """Return an operation with its ledger, runs and log.

    Raises:
        OperationNotFound: the organization has no such operation.
    """
    return _require(await data.operations.record(operation_id), operation_id)


def _require(looked_up: T | None, operation_id: UUID) -> T:
    if looked_up is None:
        raise OperationNotFound(operation_id)
    return looked_up
