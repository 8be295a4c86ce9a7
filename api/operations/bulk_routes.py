"""Routes of many operations at a time."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.http.auth import OperationsExecute, OperationsWrite
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.responses import Envelope, Several
from api.operations import batch, bulk, examples
from api.operations.schemas import CountRead, ExecuteRequest, OperationBatch, OperationRead, StartedRead


class OwnPath(APIRoute):
    """A route whose path is nobody's id: other methods are refused here, in place of taken by `/{operation_id}`."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path, whatever the method."""
        match, child = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), child


router = APIRouter(prefix="/api/operations", tags=["operations"], route_class=OwnPath)


@router.post("/batch")
@promises(
    Contract(
        "Create many operations",
        {201: Success("All of them recorded, pending, in order.", Several[OperationRead], examples.BATCH)},
        "All or nothing: where one is refused none is recorded, and every bad field of every operation is named by "
        "its path, which begins with `operations` and the index.",
        {422: ("invalid_input",)},
        keyed=True,
        given={"operations": [examples.GIVEN, examples.GIVEN_STATUS]},
    )
)
async def create_operations(
    caller: OperationsWrite, body: Annotated[OperationBatch, Depends(Body(OperationBatch))]
) -> Response:
    """See the contract."""
    return (await batch.create_batch(caller, body)).response()


@router.post("/execute")
@promises(
    Contract(
        "Execute many pending operations",
        {
            202: Success("Started; the runs go on, or wait for their turn.", Envelope[StartedRead], examples.STARTED),
            200: Success("Counted; nothing is executed.", Envelope[CountRead], examples.COUNTED),
        },
        "By `ids`: those that are pending are started, and `results` says of each what became of it. "
        "By `filter`: first with `dry_run`, which counts; then with that number as `expected_count`. At most 10,000 "
        "are started by one call, the oldest first; `remaining` is the `expected_count` of the next.",
        {409: ("count_changed",), 422: ("invalid_input",)},
        keyed=True,
        given={"filter": {"type": examples.GIVEN["type"]}, "expected_count": 240},
    )
)
async def execute_operations(
    caller: OperationsExecute, body: Annotated[ExecuteRequest, Depends(Body(ExecuteRequest))]
) -> Response:
    """See the contract."""
    return (await bulk.execute_many(caller, body)).response()
