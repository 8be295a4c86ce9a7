"""Routes of operations."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import OperationsExecute, OperationsRead, OperationsWrite
from api.http.body import Body
from api.http.errors import LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from api.operations import create, execution, resolve, service, undo
from api.operations.read_models import OperationDetail, OperationRead, UndoRead
from api.operations.schemas import Include, OperationCreate, OperationQuery, ResolveRequest, UndoRequest
from domain.errors import OperationNotFound, OrderCancelled, OrderNotFound, OrderOnHold, UnknownOperationType
from domain.operation_errors import (
    CompensationUnsettled,
    Contradicted,
    DuplicatePurchase,
    NothingToResolve,
    OperationChanged,
    OperationNotFailed,
    OperationNotPending,
    ShipmentInUse,
    TooEarly,
    UndoConnectionChanged,
    UndoFailed,
    UndoInUse,
)

router = APIRouter(prefix="/api/operations", tags=["operations"])

ENDED: dict[int | str, dict[str, Any]] = {
    200: {"model": Envelope[OperationDetail], "description": "The run ended while the call waited."}
}


@router.get("", response_model=Page[OperationRead], response_description="A page of operations.")
async def list_operations(
    caller: OperationsRead, query: Annotated[OperationQuery, Depends(Query(OperationQuery))]
) -> Response:
    """List operations.

    The list is filtered and sorted. `undo` is computed from each operation's row alone; get the operation to learn
    whether its results have changed since.
    """
    return (await service.list_operations(caller, query)).to_response()


@router.post(
    "",
    status_code=201,
    response_model=Envelope[OperationRead],
    response_description="The recorded operation: pending, or with `execute` executing or ended.",
)
@raises(
    OrderNotFound,
    UnknownOperationType,
    OrderCancelled,
    OrderOnHold,
    ShipmentInUse,
    DuplicatePurchase,
    LiveModeRefused,
    waits=True,
    keyed=True,
)
async def create_operation(
    caller: OperationsWrite, body: Annotated[OperationCreate, Depends(Body(OperationCreate))]
) -> Response:
    """Create an operation.

    The service checks the input and records the operation. It runs only when you execute it: later, or with
    `execute` in this call.
    """
    return (await create.create_operation(caller, body)).to_response()


@router.get(
    "/{operation_id}",
    response_model=Envelope[OperationDetail],
    response_description="The operation with its log and runs.",
)
@raises(OperationNotFound)
async def get_operation(
    caller: OperationsRead, operation_id: PathId, query: Annotated[Include, Depends(Query(Include))]
) -> Response:
    """Get an operation."""
    return (await service.get_operation(caller, operation_id, query)).to_response()


@router.post(
    "/{operation_id}/execute",
    status_code=202,
    response_model=Envelope[OperationRead],
    response_description="Started; the run continues.",
    responses=ENDED,
)
@raises(OperationNotFound, OperationNotPending, LiveModeRefused, waits=True, keyed=True)
async def execute_operation(caller: OperationsExecute, operation_id: PathId) -> Response:
    """Execute a pending operation.

    The operation becomes `executing`, and then `completed` or `failed`.
    """
    return (await execution.execute_operation(caller, operation_id)).to_response()


@router.post(
    "/{operation_id}/cancel",
    response_model=Envelope[OperationRead],
    response_description="Cancelled; no step was attempted.",
)
@raises(OperationNotFound, OperationNotPending, keyed=True)
async def cancel_operation(caller: OperationsExecute, operation_id: PathId) -> Response:
    """Cancel a pending operation."""
    return (await service.cancel_operation(caller, operation_id)).to_response()


@router.post(
    "/{operation_id}/undo",
    response_model=Envelope[OperationDetail],
    response_description="Undone.",
    responses={202: {"model": Envelope[OperationRead], "description": "The undo continues; see `undo.status`."}},
)
@raises(
    OperationNotFound,
    OperationChanged,
    UndoConnectionChanged,
    UndoInUse,
    UndoFailed,
    LiveModeRefused,
    waits=True,
    keyed=True,
)
async def undo_operation(
    caller: OperationsExecute,
    operation_id: PathId,
    body: Annotated[UndoRequest, Depends(Body(UndoRequest, optional=True))],
) -> Response:
    """Undo a completed operation.

    Compensates the operation's steps, newest first. Waits 10 s, or as long as `Prefer: wait=N` requests. If an undo
    failed, the next call continues it.
    """
    return (await undo.undo_operation(caller, operation_id, body)).to_response()


@router.get(
    "/{operation_id}/undo",
    response_model=Envelope[UndoRead],
    response_description="Whether the undo is available, for each step.",
)
@raises(OperationNotFound)
async def get_undo_preflight(caller: OperationsRead, operation_id: PathId) -> Response:
    """Preview an undo.

    Changes nothing.
    """
    return (await service.get_undo_preflight(caller, operation_id)).to_response()


@router.post(
    "/{operation_id}/retry",
    status_code=202,
    response_model=Envelope[OperationRead],
    response_description="Started; the run continues.",
    responses=ENDED,
)
@raises(OperationNotFound, OperationNotFailed, CompensationUnsettled, LiveModeRefused, waits=True, keyed=True)
async def retry_operation(caller: OperationsExecute, operation_id: PathId) -> Response:
    """Execute a failed operation again.

    Continues from the failed step. Steps that are still in effect are not repeated.
    """
    return (await execution.retry_operation(caller, operation_id)).to_response()


@router.post(
    "/{operation_id}/resolve",
    status_code=202,
    response_model=Envelope[OperationRead],
    response_description="Started; the run continues.",
    responses={
        200: {"model": Envelope[OperationDetail], "description": "Resolved, or the run ended while the call waited."},
    },
)
@raises(
    OperationNotFound,
    NothingToResolve,
    TooEarly,
    Contradicted,
    UndoInUse,
    LiveModeRefused,
    waits=True,
    keyed=True,
)
async def resolve_operation(
    caller: OperationsExecute,
    operation_id: PathId,
    body: Annotated[ResolveRequest, Depends(Body(ResolveRequest))],
) -> Response:
    """Resolve an operation that needs a person.

    For an operation with `attention`. After `happened` the operation continues. After `did_not_happen` of a step its
    earlier steps are rolled back. `retry` repeats a compensation. Before `attention.not_before` the vendor may still
    process the call, and `did_not_happen` requires `force`. After `happened` of a void or cancel the service asks the
    carrier or channel; if the label or fulfillment is still live, the error is `contradicted`.
    """
    return (await resolve.resolve_operation(caller, operation_id, body)).to_response()
