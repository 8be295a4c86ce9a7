"""Executing a pending operation, and trying a failed one again."""

from api.http.auth import Caller
from api.http.responses import Answer
from api.http.types import path_id
from api.operations.service import RESOURCE, existing, not_pending
from api.operations.wait_for_run import Started, run_and_wait
from domain.errors import Conflict
from domain.operations import Operation, OperationStatus, RunKind
from domain.ports.stores import OrganizationData


async def execute_operation(caller: Caller, given_id: str) -> Answer:
    """Execute a pending operation.

    Raises:
        Conflict: it is not pending any more.
    """
    operation_id = path_id(given_id, RESOURCE)

    async def start(data: OrganizationData) -> Started:
        started = await data.operations.start_run(
            operation_id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING, actor=caller.actor, options={}
        )
        if started is None:
            raise not_pending(await existing(data, given_id))
        return started

    return await run_and_wait(caller, start, single=True)


async def retry_operation(caller: Caller, given_id: str) -> Answer:
    """Execute a failed operation again; steps whose effects still stand are not done twice.

    Raises:
        Conflict: it is not failed, or an effect of its last run could not be taken back.
    """
    operation_id = path_id(given_id, RESOURCE)

    async def start(data: OrganizationData) -> Started:
        operation = await existing(data, given_id)
        if operation.status is OperationStatus.FAILED and operation.attention is not None:
            raise Conflict(
                "compensation_unsettled",
                "Some of what the last run did could not be taken back: resolve that first.",
                status=operation.status.value,
                attention=operation.attention,
            )
        started = await data.operations.start_run(
            operation_id, kind=RunKind.EXECUTE, expected=OperationStatus.FAILED, actor=caller.actor, options={}
        )
        if started is None:
            raise _not_failed(await existing(data, given_id))
        return started

    return await run_and_wait(caller, start, single=True)


def _not_failed(operation: Operation) -> Conflict:
    status = operation.status.value
    if operation.status is OperationStatus.FAILED:
        message = "What the last run did is being taken back: retry when that has ended."
        return Conflict("compensation_unsettled", message, status=status)
    return Conflict("operation_not_failed", f"The operation is {status}, not failed.", status=status)
