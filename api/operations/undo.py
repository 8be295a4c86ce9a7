"""Undoes completed operations."""

from uuid import UUID

from api.http.auth import Caller
from api.http.responses import Answer
from api.http.types import parse_path_id
from api.operations.reach import require_reach
from api.operations.schemas import UndoRequest
from api.operations.service import lock_and_require_record, require_record
from api.operations.undo_policy import (
    UndoFacts,
    UndoSources,
    find_vendor_refusal,
    gather_facts,
    require_undoable,
    show_undo,
)
from api.operations.wait_for_run import StartCall, Started, run_and_wait
from domain.errors import OperationNotFound
from domain.operation_errors import OperationChanged, UndoFailed, UndoNotAvailable, VendorSaysTooLate
from domain.operations import Operation, OperationStatus, Run, RunKind, RunOptions, UndoRefusal
from domain.ports.stores import OperationRecord, OrganizationData


async def undo_operation(caller: Caller, raw_id: str, body: UndoRequest) -> Answer:
    """Compensate the effects of a completed operation, or continue an undo that failed."""
    operation_id = parse_path_id(raw_id, OperationNotFound)
    await require_reach(caller, [operation_id])
    options = RunOptions(force=body.force, reason=body.reason)

    async def start(data: OrganizationData) -> Started:
        return await start_undo(caller.context, data, operation_id, options)

    async def judge(data: OrganizationData, record: OperationRecord) -> None:
        if record.operation.status is not OperationStatus.UNDONE:
            facts = await gather_facts(caller.context, data, record)
            raise _to_error(record, facts)

    return await run_and_wait(StartCall(caller, start, judge, caller.context.limits.undo_wait_seconds))


async def start_undo(
    sources: UndoSources,
    data: OrganizationData,
    operation_id: UUID,
    options: RunOptions,
    *,
    is_offered: bool = True,
) -> tuple[Operation, Run]:
    """Open an undo run if the preflight allows it; `is_offered` as in `OperationStore.start_run`."""
    # Lock first, so that no other operation begins to use a shipment between the preflight and the commit.
    locked = await lock_and_require_record(data, operation_id)
    await _preflight(sources, data, locked, force=options.force)
    started = await data.operations.start_run(
        operation_id,
        kind=RunKind.UNDO,
        expected=OperationStatus.COMPLETED,
        options=options,
        is_offered=is_offered,
    )
    if started is None:
        # A concurrent call changed the operation after the preflight.
        record = await require_record(data, operation_id)
        raise OperationChanged(await _preflight(sources, data, record, force=options.force))
    return started


async def _preflight(
    sources: UndoSources, data: OrganizationData, record: OperationRecord, *, force: bool
) -> OperationStatus:
    require_undoable(await gather_facts(sources, data, record), force=force)
    return record.operation.status


def _to_error(record: OperationRecord, facts: UndoFacts) -> UndoNotAvailable | UndoFailed:
    operation = record.operation
    undo = show_undo(facts).model_dump(mode="json")
    reason = find_vendor_refusal(record.effects, operation)
    if reason is not None:
        refused = VendorSaysTooLate if reason is UndoRefusal.WINDOW_CLOSED else UndoNotAvailable
        return refused(reason, operation.status, undo=undo)
    return UndoFailed(operation.status, {**undo, "error": operation.undo_error or {}})
