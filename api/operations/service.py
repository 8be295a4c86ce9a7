"""Creates, finds and cancels operations."""

from collections.abc import Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from api.http.auth import Caller, Scope
from api.http.idempotency import run_once
from api.http.resources import read_page
from api.http.responses import Answer, answer_one, answer_page
from api.http.types import parse_path_id
from api.operations.reach import require_reach
from api.operations.schemas import Include, OperationQuery
from api.operations.undo_policy import gather_facts, show_undo
from api.operations.views import show_brief, show_detail
from domain.errors import OperationNotFound
from domain.operation_errors import OperationNotPending
from domain.operations import Operation
from domain.ports.stores import OperationRecord, OrganizationData

T = TypeVar("T")

INCLUDE_SCOPES: Mapping[str, Scope] = {"order": Scope.ORDERS_READ, "shipment": Scope.SHIPMENTS_READ}


async def list_operations(caller: Caller, query: OperationQuery) -> Answer:
    included = _require_scopes(caller, query)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        operations, place = await read_page(caller, query, data.operations)
        related = await data.related(operations, included)
    return answer_page([show_brief(caller.context, operation, related) for operation in operations], place)


async def get_operation(caller: Caller, raw_id: str, query: Include) -> Answer:
    included = _require_scopes(caller, query)
    operation_id = parse_path_id(raw_id, OperationNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return await show_whole(caller, data, await require_record(data, operation_id), included=included)


def _require_scopes(caller: Caller, query: Include) -> Sequence[str]:
    """Return the names of the resources to include, which the key must be allowed to read."""
    included = query.include or []
    for name in included:
        caller.require(INCLUDE_SCOPES[name])
    return included


async def show_whole(
    caller: Caller,
    data: OrganizationData,
    record: OperationRecord,
    status: int = 200,
    *,
    included: Sequence[str] = (),
) -> Answer:
    facts = await gather_facts(caller.context, data, record)
    related = await data.related([record.operation], included)
    return answer_one(show_detail(caller.context, record, facts, related), status)


async def get_undo_preflight(caller: Caller, raw_id: str) -> Answer:
    """Return the preflight of an undo, step by step; changes nothing."""
    operation_id = parse_path_id(raw_id, OperationNotFound)
    async with caller.context.database.autocommit(caller.organization_id) as data:
        record = await require_record(data, operation_id)
        facts = await gather_facts(caller.context, data, record)
    return answer_one(show_undo(facts))


async def cancel_operation(caller: Caller, raw_id: str) -> Answer:
    operation_id = parse_path_id(raw_id, OperationNotFound)
    await require_reach(caller, [operation_id])

    async def cancel(data: OrganizationData) -> Answer:
        return answer_one(show_brief(caller.context, await cancel_pending(data, operation_id)))

    return await run_once(caller, cancel)


async def cancel_pending(data: OrganizationData, operation_id: UUID) -> Operation:
    """Cancel an operation that is pending, or waits for a paused account."""
    cancelled = await data.operations.cancel(operation_id)
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


async def lock_and_require_record(data: OrganizationData, operation_id: UUID) -> OperationRecord:
    """Lock the operation's shipments, then return the same.

    Raises:
        OperationNotFound: the organization has no such operation.
    """
    return _require(await data.operations.lock_and_record(operation_id), operation_id)


def _require(looked_up: T | None, operation_id: UUID) -> T:
    if looked_up is None:
        raise OperationNotFound(operation_id)
    return looked_up
