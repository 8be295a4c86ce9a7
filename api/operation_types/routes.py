"""Routes of operation types."""

from functools import cache

from fastapi import APIRouter
from starlette.responses import Response

from api.http.auth import OperationsRead
from api.http.responses import Envelope, Several, answer_many, answer_one
from api.openapi.errors import raises
from api.operation_types.schemas import OperationTypeRead
from domain.errors import OperationTypeNotFound, UnknownOperationType
from workflows.operation_type import OperationType

router = APIRouter(prefix="/api/operations/types", tags=["operations"])


@router.get("", response_model=Several[OperationTypeRead], response_description="Every installed type.")
async def list_operation_types(caller: OperationsRead) -> Response:
    """List operation types."""
    return answer_many([to_read_model(kind) for kind in caller.context.registry.all()]).to_response()


@router.get(
    "/{operation_type}",
    response_model=Envelope[OperationTypeRead],
    response_description="The type with its schemas.",
)
@raises(OperationTypeNotFound)
async def get_operation_type(caller: OperationsRead, operation_type: str) -> Response:
    """Get an operation type."""
    try:
        kind = caller.context.registry.get(operation_type)
    except UnknownOperationType:
        raise OperationTypeNotFound(operation_type[:100]) from None
    return answer_one(to_read_model(kind)).to_response()


@cache
def to_read_model(kind: OperationType) -> OperationTypeRead:
    """Build the model of a type; cached, because generating its schemas takes milliseconds."""
    return OperationTypeRead(
        type=kind.name,
        description=kind.description,
        supports_undo=kind.supports_undo,
        input_schema=kind.input_model.model_json_schema(),
        output_schema=kind.output_model.model_json_schema(mode="serialization"),
    )
