"""The route of merged labels."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import ShipmentsRead
from api.http.body import Body
from api.http.errors import TooManyMerges
from api.labels import service
from api.labels.schemas import MergeRequest
from api.openapi.errors import raises
from api.shipments.documents import describe_documents

router = APIRouter(prefix="/api/labels", tags=["shipments"])


@router.post(
    "/merge",
    response_class=Response,
    response_description="One file with the labels in the requested order.",
    responses={200: {"content": describe_documents("PDF", "ZPL")}},
)
@raises(TooManyMerges, only_reads=True)
async def merge_labels(caller: ShipmentsRead, body: Annotated[MergeRequest, Depends(Body(MergeRequest))]) -> Response:
    """Merge the labels of many shipments into one file.

    ZPL labels become one ZPL file. PDF and PNG labels become one PDF file; a PNG becomes a page of the label's size. If
    a label is voided, missing, unreadable or of the other kind, the answer has an error for each of them, and no file.
    The documents have at most 100 MiB together.
    """
    return await service.merge_labels(caller, body)
