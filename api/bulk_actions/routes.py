"""Routes of bulk actions."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.bulk_actions import service
from api.bulk_actions.schemas import BulkActionCreate, BulkActionQuery, BulkActionRead, BulkItemQuery, BulkItemRead
from api.http.auth import OperationsExecuteInBulk, OperationsRead
from api.http.body import Body
from api.http.errors import LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from api.operations.read_models import CountRead
from domain.errors import BulkActionNotFound
from domain.operation_errors import CountChanged

router = APIRouter(prefix="/api/bulk-actions", tags=["bulk actions"])


@router.get("", response_model=Page[BulkActionRead], response_description="A page of bulk actions.")
async def list_bulk_actions(
    caller: OperationsRead, query: Annotated[BulkActionQuery, Depends(Query(BulkActionQuery))]
) -> Response:
    """List bulk actions."""
    return (await service.list_bulk_actions(caller, query)).to_response()


@router.post(
    "",
    status_code=202,
    response_model=Envelope[BulkActionRead],
    response_description="Recorded; the service makes the calls in the background.",
    responses={200: {"model": Envelope[CountRead], "description": "The count; nothing is changed."}},
)
@raises(CountChanged, LiveModeRefused, keyed=True)
async def create_bulk_action(
    caller: OperationsExecuteInBulk, body: Annotated[BulkActionCreate, Depends(Body(BulkActionCreate))]
) -> Response:
    """Execute, cancel, retry or undo many operations.

    By `ids`, at most 10,000, or by `filter`, at most 50,000: first call with `dry_run` to get the count, then send
    that count as `expected_count`. The service makes the single call for each operation, with the same checks. It
    starts with the oldest operations; an undo starts with the newest. A refused call skips its operation. An undo that
    another operation of the action blocks with `in_use` waits until that one is undone.
    """
    return (await service.create_bulk_action(caller, body)).to_response()


@router.get("/{bulk_action_id}", response_model=Envelope[BulkActionRead], response_description="The bulk action.")
@raises(BulkActionNotFound)
async def get_bulk_action(caller: OperationsRead, bulk_action_id: PathId) -> Response:
    """Get a bulk action.

    The counts follow the ends of runs within seconds.
    """
    return (await service.get_bulk_action(caller, bulk_action_id)).to_response()


@router.post(
    "/{bulk_action_id}/stop", response_model=Envelope[BulkActionRead], response_description="The stopped bulk action."
)
@raises(BulkActionNotFound, keyed=True)
async def stop_bulk_action(caller: OperationsExecuteInBulk, bulk_action_id: PathId) -> Response:
    """Stop a bulk action.

    Skips the operations whose call is not made yet. Runs that it opened go on. A bulk action that has ended stays as it
    is.
    """
    return (await service.stop_bulk_action(caller, bulk_action_id)).to_response()


@router.get(
    "/{bulk_action_id}/items", response_model=Page[BulkItemRead], response_description="A page of the action's items."
)
@raises(BulkActionNotFound)
async def list_bulk_action_items(
    caller: OperationsRead, bulk_action_id: PathId, query: Annotated[BulkItemQuery, Depends(Query(BulkItemQuery))]
) -> Response:
    """List the items of a bulk action.

    Each item is one operation, with the reason if it was skipped or failed.
    """
    return (await service.list_bulk_action_items(caller, bulk_action_id, query)).to_response()
