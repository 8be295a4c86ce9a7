"""Executes pending operations, and retries failed ones."""

from uuid import UUID

from api.http.auth import Caller
from api.http.responses import Answer
from api.http.types import parse_path_id
from api.operations.reach import require_reach
from api.operations.service import require_operation
from api.operations.wait_for_run import StartCall, run_and_wait
from domain.errors import OperationNotFound
from domain.operation_errors import CompensationRunning, CompensationUnsettled, OperationNotFailed, OperationNotPending
from domain.operations import Operation, OperationStatus, Run, RunKind
from domain.ports.stores import OrganizationData


async def execute_operation(caller: Caller, raw_id: str) -> Answer:
    operation_id = parse_path_id(raw_id, OperationNotFound)
    await require_reach(caller, [operation_id])
    call = StartCall(caller, lambda data: start_execution(data, operation_id), is_single=True)
    return await run_and_wait(call)


async def retry_operation(caller: Caller, raw_id: str) -> Answer:
    """Execute a failed operation again; steps whose effects remain are not repeated."""
    operation_id = parse_path_id(raw_id, OperationNotFound)
    await require_reach(caller, [operation_id])
    call = StartCall(caller, lambda data: start_retry(data, operation_id), is_single=True)
    return await run_and_wait(call)


async def start_execution(
    data: OrganizationData, operation_id: UUID, *, is_offered: bool = True
) -> tuple[Operation, Run]:
    """Open the first run of a pending operation; `is_offered` as in `OperationStore.start_run`."""
    started = await data.operations.start_run(
        operation_id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING, is_offered=is_offered
    )
    if started is None:
        raise OperationNotPending((await require_operation(data, operation_id)).status)
    return started


async def start_retry(data: OrganizationData, operation_id: UUID, *, is_offered: bool = True) -> tuple[Operation, Run]:
    """Open the next run of a failed operation; `is_offered` as in `OperationStore.start_run`."""
    operation = await require_operation(data, operation_id)
    if operation.status is OperationStatus.FAILED and operation.attention is not None:
        raise CompensationUnsettled(operation.status, operation.attention)
    started = await data.operations.start_run(
        operation_id, kind=RunKind.EXECUTE, expected=OperationStatus.FAILED, is_offered=is_offered
    )
    if started is None:
        status = (await require_operation(data, operation_id)).status
        raise CompensationRunning(status) if status is OperationStatus.FAILED else OperationNotFailed(status)
    return started
