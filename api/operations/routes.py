"""Routes of operations."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import OperationsExecute, OperationsRead, OperationsWrite
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.operations import examples, execution, resolve, service, undo
from api.operations.schemas import (
    OperationCreate,
    OperationDetail,
    OperationQuery,
    OperationRead,
    ResolveRequest,
    UndoRead,
    UndoRequest,
)

router = APIRouter(prefix="/api/operations", tags=["operations"])

LINKS = {
    "operation_id": (
        "get_operation", "execute_operation", "cancel_operation", "undo_operation", "show_undo", "retry_operation",
        "resolve_operation",
    )
}  # fmt: skip
STARTED = Success("Started; the run goes on.", Envelope[OperationRead], examples.EXECUTING)
ENDED = Success("The run ended within the wait.", Envelope[OperationDetail], examples.COMPLETED)


@router.get("")
@promises(
    Contract(
        "List operations",
        {200: Success("A page of operations.", Page[OperationRead], examples.PAGE)},
        "Filtered, sorted, with the exact total. `undo` is told from each operation's own row here: "
        "whether something was changed since is looked up by GET of the operation.",
    )
)
async def list_operations(
    caller: OperationsRead, query: Annotated[OperationQuery, Depends(Query(OperationQuery))]
) -> Response:
    """See the contract."""
    return (await service.list_operations(caller, query)).response()


@router.post("")
@promises(
    Contract(
        "Create an operation",
        {
            201: Success(
                "Recorded, pending.", Envelope[OperationRead], examples.PENDING, headers=("Location",), links=LINKS
            )
        },
        "Records an operation; nothing happens until it is executed. The input is checked now.",
        {404: ("order_not_found",), 422: ("invalid_input", "unknown_operation_type")},
        keyed=True,
        given=examples.GIVEN,
    )
)
async def create_operation(
    caller: OperationsWrite, body: Annotated[OperationCreate, Depends(Body(OperationCreate))]
) -> Response:
    """See the contract."""
    return (await service.create_operation(caller, body)).response()


@router.get("/{operation_id}")
@promises(
    Contract(
        "Get an operation",
        {200: Success("The operation with its log, ledger and runs.", Envelope[OperationDetail], examples.COMPLETED)},
        refused={404: ("operation_not_found",)},
    )
)
async def get_operation(caller: OperationsRead, operation_id: str) -> Response:
    """See the contract."""
    return (await service.get_operation(caller, operation_id)).response()


@router.post("/{operation_id}/execute")
@promises(
    Contract(
        "Execute a pending operation",
        {202: STARTED, 200: ENDED},
        "The operation becomes `executing`, and then `completed` or `failed`.",
        {404: ("operation_not_found",), 409: ("operation_not_pending",)},
        waits=True,
        keyed=True,
    )
)
async def execute_operation(caller: OperationsExecute, operation_id: str) -> Response:
    """See the contract."""
    return (await execution.execute_operation(caller, operation_id)).response()


@router.post("/{operation_id}/cancel")
@promises(
    Contract(
        "Cancel a pending operation",
        {200: Success("Cancelled: nothing was ever attempted.", Envelope[OperationRead], examples.CANCELLED)},
        refused={404: ("operation_not_found",), 409: ("operation_not_pending",)},
        keyed=True,
    )
)
async def cancel_operation(caller: OperationsExecute, operation_id: str) -> Response:
    """See the contract."""
    return (await service.cancel_operation(caller, operation_id)).response()


@router.post("/{operation_id}/undo")
@promises(
    Contract(
        "Undo a completed operation",
        {
            200: Success("Undone.", Envelope[OperationDetail], examples.UNDONE),
            202: Success("The undo goes on: see `undo.status`.", Envelope[OperationRead], examples.UNDOING),
        },
        "Takes back what the operation did, newest first. Waits 10 s unless `Prefer: wait=N` says otherwise. "
        "Called again after it failed, it goes on from where it stopped.",
        {
            404: ("operation_not_found",),
            409: ("operation_changed",),
            422: ("undo_not_available", "undo_failed", "invalid_input"),
        },
        waits=True,
        keyed=True,
        given={"force": True, "reason": "the courier never came"},
    )
)
async def undo_operation(
    caller: OperationsExecute,
    operation_id: str,
    body: Annotated[UndoRequest, Depends(Body(UndoRequest, optional=True))],
) -> Response:
    """See the contract."""
    return (await undo.undo_operation(caller, operation_id, body)).response()


@router.get("/{operation_id}/undo")
@promises(
    Contract(
        "See what an undo would do",
        {200: Success("Whether it is available, step by step.", Envelope[UndoRead], examples.UNDO)},
        "Changes nothing.",
        {404: ("operation_not_found",)},
    )
)
async def show_undo(caller: OperationsRead, operation_id: str) -> Response:
    """See the contract."""
    return (await service.show_undo(caller, operation_id)).response()


@router.post("/{operation_id}/retry")
@promises(
    Contract(
        "Execute a failed operation again",
        {202: STARTED, 200: ENDED},
        "Goes on from the failed step: what still stands is not done twice.",
        {404: ("operation_not_found",), 409: ("operation_not_failed", "compensation_unsettled")},
        waits=True,
        keyed=True,
    )
)
async def retry_operation(caller: OperationsExecute, operation_id: str) -> Response:
    """See the contract."""
    return (await execution.retry_operation(caller, operation_id)).response()


@router.post("/{operation_id}/resolve")
@promises(
    Contract(
        "Settle what needs a person",
        {
            202: STARTED,
            200: Success("Settled; or the run ended within the wait.", Envelope[OperationRead], examples.COMPLETED),
        },
        "For an operation with `attention`. After `happened` the operation goes on; after `did_not_happen` of a step "
        "what came before is taken back; `retry` tries a compensation again.",
        {404: ("operation_not_found",), 409: ("nothing_to_resolve",), 422: ("invalid_input",)},
        waits=True,
        keyed=True,
        given={
            "outcome": "happened",
            "reason": "seen in the carrier's portal",
            "result": {"tracking_number": "794644790132", "carrier_shipment_id": "shp_1"},
        },
    )
)
async def resolve_operation(
    caller: OperationsExecute,
    operation_id: str,
    body: Annotated[ResolveRequest, Depends(Body(ResolveRequest))],
) -> Response:
    """See the contract."""
    return (await resolve.resolve_operation(caller, operation_id, body)).response()
