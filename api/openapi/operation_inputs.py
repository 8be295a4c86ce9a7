"""OpenAPI models of the bodies that create operations: one alternative per registered type."""

from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from api.http.types import InputId
from api.operations.schemas import OperationBatch, OperationCreate
from workflows.operation_type import OperationType
from workflows.registry import OperationTypes

ORDER_ID = "660e8400-e29b-41d4-a716-446655440000"


def operation_models(types: OperationTypes) -> dict[type[BaseModel], type[BaseModel]]:
    """Return the models that the document shows in place of those whose `input` depends on `type`."""
    alternatives: Any = Union[tuple(_alternative(kind) for kind in types.all())]  # noqa: UP007 - made of a tuple
    one: Any = create_model(
        "OperationCreate",
        __base__=RootModel[Annotated[alternatives, Field(discriminator="type")]],
        __doc__="An operation to record. The schema of `input` depends on `type`.",
    )
    operations = (list[one], OperationBatch.model_fields["operations"])
    many = create_model(
        "OperationBatch", __base__=OperationBatch, __doc__=OperationBatch.__doc__, operations=operations
    )
    return {OperationCreate: one, OperationBatch: many}


def _literal(name: str) -> Any:
    return Literal[name]


def _alternative(kind: OperationType) -> type[BaseModel]:
    extra: Any = {}
    if kind.example is not None:
        extra = {"example": {"type": kind.name, "order_id": ORDER_ID, "input": kind.example}}
    return create_model(
        "".join(word.capitalize() for word in kind.name.split("_")) + "Create",
        __config__=ConfigDict(extra="forbid", json_schema_extra=extra),
        __doc__=kind.description,
        type=(_literal(kind.name), Field(description="Name of the operation type.")),
        order_id=(InputId | None, Field(default=None, description="Id of the order, if the type needs one.")),
        input=(kind.input_model, Field(description="Input of the operation.")),
    )
