"""Routes of operation types."""

from functools import cache

from fastapi import APIRouter
from starlette.responses import Response

from api.http.auth import OperationsRead
from api.http.contract import Contract, Success, promises
from api.http.responses import Answer, Envelope, json_of, one
from api.operation_types.schemas import OperationTypeRead
from domain.errors import OperationTypeNotFound, UnknownOperationType
from workflows.operation_type import OperationType
from workflows.registry import BUILT_IN

router = APIRouter(prefix="/api/operations/types", tags=["operations"])


@cache
def view(kind: OperationType) -> OperationTypeRead:
    """Show a type; cached, for writing its schemas takes milliseconds."""
    return OperationTypeRead(
        type=kind.name,
        description=kind.description,
        supports_undo=kind.supports_undo,
        input_schema=kind.input_model.model_json_schema(),
        output_schema=kind.output_model.model_json_schema(mode="serialization"),
    )


EXAMPLE = view(BUILT_IN[-1]).model_dump()


@router.get("")
@promises(
    Contract(
        "List operation types",
        {200: Success("Every type that is installed.", Envelope[list[OperationTypeRead]], {"data": [EXAMPLE]})},
    )
)
async def list_types(caller: OperationsRead) -> Response:
    """See the contract."""
    shown = b",".join(json_of(view(kind)) for kind in caller.context.registry.all())
    return Answer(200, b'{"data":[' + shown + b"]}").response()


@router.get("/{operation_type}")
@promises(
    Contract(
        "Get an operation type",
        {200: Success("The type with its schemas.", Envelope[OperationTypeRead], {"data": EXAMPLE})},
        refused={404: ("operation_type_not_found",)},
    )
)
async def get_type(caller: OperationsRead, operation_type: str) -> Response:
    """See the contract."""
    try:
        kind = caller.context.registry.get(operation_type)
    except UnknownOperationType:
        raise OperationTypeNotFound(operation_type[:100]) from None
    return one(view(kind)).response()
