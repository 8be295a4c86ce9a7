"""Routes for many operations at a time."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.http.auth import OperationsExecute, OperationsWrite
from api.http.body import Body
from api.http.responses import Envelope, Several
from api.openapi.errors import raises
from api.operations import batch, bulk
from api.operations.schemas import CountRead, ExecuteRequest, OperationBatch, OperationRead, StartedRead
from domain.operation_errors import CountChanged, DuplicatePurchase


class OwnPath(APIRoute):
    """A route that refuses other methods on its path, which `/{operation_id}` would otherwise match."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path, whatever the method."""
        match, child = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), child


router = APIRouter(prefix="/api/operations", tags=["operations"], route_class=OwnPath)


@router.post(
    "/batch",
    status_code=201,
    response_model=Several[OperationRead],
    response_description="All of them recorded, pending, in order.",
)
@raises(DuplicatePurchase, keyed=True)
async def create_operations(
    caller: OperationsWrite, body: Annotated[OperationBatch, Depends(Body(OperationBatch))]
) -> Response:
    """Create many operations.

    All or nothing: if one is refused, none is recorded. The error lists every bad field of every operation; its path
    begins with `operations` and the index.
    """
    return (await batch.create_batch(caller, body)).to_response()


@router.post(
    "/execute",
    status_code=202,
    response_model=Envelope[StartedRead],
    response_description="Started; the runs go on, or wait for their turn.",
    responses={200: {"model": Envelope[CountRead], "description": "Counted; nothing is executed."}},
)
@raises(CountChanged, keyed=True)
async def execute_operations(
    caller: OperationsExecute, body: Annotated[ExecuteRequest, Depends(Body(ExecuteRequest))]
) -> Response:
    """Execute many pending operations.

    By `ids`: the pending ones are started, and `results` has an entry for each id. By `filter`: call first with
    `dry_run`, which counts; then with that count as `expected_count`. One call starts at most 10,000 operations, the
    oldest first; `remaining` is the `expected_count` of the next call.
    """
    return (await bulk.execute_many(caller, body)).to_response()
