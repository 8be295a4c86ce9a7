"""Routes for many operations at a time."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.http.auth import OperationsExecute, OperationsWrite
from api.http.body import Body
from api.http.errors import LiveModeRefused
from api.http.responses import Envelope, Several
from api.openapi.errors import raises
from api.operations import batch, bulk
from api.operations.read_models import CountRead, OperationRead, StartedRead
from api.operations.schemas import ExecuteRequest, OperationBatch
from domain.operation_errors import CountChanged, DuplicatePurchase


class OwnPath(APIRoute):
    """A route that refuses other methods on its path, which `/{operation_id}` would otherwise match."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path with every method."""
        match, child = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), child


router = APIRouter(prefix="/api/operations", tags=["operations"], route_class=OwnPath)


@router.post(
    "/batch",
    status_code=201,
    response_model=Several[OperationRead],
    response_description="The recorded operations, in order: pending, or executing with `execute`.",
)
@raises(DuplicatePurchase, LiveModeRefused, keyed=True)
async def create_operations(
    caller: OperationsWrite, body: Annotated[OperationBatch, Depends(Body(OperationBatch))]
) -> Response:
    """Create many operations.

    Either all operations are recorded or none. With `execute`, on the batch or on one operation, they are also started;
    that also needs `operations:execute`. The call does not wait for their end and ignores `Prefer: wait=N`. The error
    lists every invalid field of every operation; each path starts with `operations` and the index.
    """
    return (await batch.create_batch(caller, body)).to_response()


@router.post(
    "/execute",
    status_code=202,
    response_model=Envelope[StartedRead],
    response_description="Started; the runs continue or wait in a queue.",
    responses={200: {"model": Envelope[CountRead], "description": "The count; nothing is executed."}},
)
@raises(CountChanged, LiveModeRefused, keyed=True)
async def execute_operations(
    caller: OperationsExecute, body: Annotated[ExecuteRequest, Depends(Body(ExecuteRequest))]
) -> Response:
    """Execute many pending operations.

    By `ids`: the call starts the pending ones, and `results` has the result of each. By `filter`: first call with
    `dry_run` to get the count, then send that count as `expected_count`. One call starts at most 10,000 operations, the
    oldest first; `remaining` is the `expected_count` of the next call. The call ignores `Prefer: wait=N`.
    """
    return (await bulk.execute_many(caller, body)).to_response()
