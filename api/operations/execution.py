"""Executes pending operations, and retries failed ones."""

from api.http.auth import Caller
from api.http.responses import Answer
from api.http.types import parse_path_id
from api.operations.service import require_operation
from api.operations.wait_for_run import Started, run_and_wait
from domain.errors import OperationNotFound
from domain.operation_errors import CompensationRunning, CompensationUnsettled, OperationNotFailed, OperationNotPending
from domain.operations import OperationStatus, RunKind
from domain.ports.stores import OrganizationData


async def execute_operation(caller: Caller, raw_id: str) -> Answer:
    operation_id = parse_path_id(raw_id, OperationNotFound)

    async def start(data: OrganizationData) -> Started:
        started = await data.operations.start_run(
            operation_id,
            kind=RunKind.EXECUTE,
            expected=OperationStatus.PENDING,
            actor=caller.actor,
        )
        if started is None:
            raise OperationNotPending((await require_operation(data, raw_id)).status)
        return started

    return await run_and_wait(caller, start, single=True)


async def retry_operation(caller: Caller, raw_id: str) -> Answer:
    """Execute a failed operation again; steps whose effects remain are not repeated."""
    operation_id = parse_path_id(raw_id, OperationNotFound)

    async def start(data: OrganizationData) -> Started:
        operation = await require_operation(data, raw_id)
        if operation.status is OperationStatus.FAILED and operation.attention is not None:
            raise CompensationUnsettled(operation.status, operation.attention)
        started = await data.operations.start_run(
            operation_id,
            kind=RunKind.EXECUTE,
            expected=OperationStatus.FAILED,
            actor=caller.actor,
        )
        if started is None:
            status = (await require_operation(data, raw_id)).status
            raise CompensationRunning(status) if status is OperationStatus.FAILED else OperationNotFailed(status)
        return started

    return await run_and_wait(caller, start, single=True)
