"""OpenAPI models of operations: one alternative per registered type, with its own `input` and `output`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from api.http.metadata import Metadata
from api.http.types import InputId
from api.operations.read_models import ErrorRead, OperationDetail, OperationRead
from api.operations.schemas import OperationBatch, OperationCreate
from domain.codes import FailureCode
from workflows.operation_type import OperationType
from workflows.registry import OperationTypes

ORDER_ID = "660e8400-e29b-41d4-a716-446655440000"

Models = dict[type[BaseModel], type[BaseModel]]
"""The models that the document shows in place of others."""


def operation_models(types: OperationTypes) -> Models:
    """Return the models that the document shows in place of those whose `input` and `output` depend on `type`."""
    kinds = types.all()
    error = _error_model(kinds)
    create: Any = _union(OperationCreate, kinds, _create_model, "The schema of `input` depends on `type`.")
    operations = (list[create], OperationBatch.model_fields["operations"])
    many = create_model(
        "OperationBatch", __base__=OperationBatch, __doc__=OperationBatch.__doc__, operations=operations
    )
    found: Models = {OperationCreate: create, OperationBatch: many}
    for model in (OperationRead, OperationDetail):
        note = "The schemas of `input` and `output` depend on `type`."
        found[model] = _union(model, kinds, lambda kind, base=model: _read_model(kind, base, error), note)  # type: ignore[misc]
    return found


def _union(
    model: type[BaseModel],
    kinds: Sequence[OperationType],
    make: Callable[[OperationType], type[BaseModel]],
    note: str,
) -> type[BaseModel]:
    alternatives: Any = Union[tuple(make(kind) for kind in kinds)]  # noqa: UP007 - made of a tuple
    return create_model(
        model.__name__,
        __base__=RootModel[Annotated[alternatives, Field(discriminator="type")]],
        __doc__=f"{(model.__doc__ or '').partition(' `input`')[0]} {note}",
    )


def _create_model(kind: OperationType) -> type[BaseModel]:
    extra: Any = {}
    if kind.example is not None:
        extra = {"example": {"type": kind.name, "order_id": ORDER_ID, "input": kind.example}}
    execute, metadata = OperationCreate.model_fields["execute"], OperationCreate.model_fields["metadata"]
    return create_model(
        f"{_camel(kind)}Create",
        __config__=ConfigDict(extra="forbid", json_schema_extra=extra),
        __doc__=kind.description,
        type=_type_field(kind),
        order_id=(InputId | None, Field(default=None, description="Id of the order, if the type needs one.")),
        input=(kind.input_model, Field(description="Input of the operation.")),
        execute=(bool, Field(default=False, description=execute.description)),
        metadata=(Metadata, Field(default_factory=dict, description=metadata.description)),
    )


def _read_model(kind: OperationType, base: type[BaseModel], error: Any) -> type[BaseModel]:
    suffix = base.__name__.removeprefix("Operation").removesuffix("Read")
    described = {name: Field(description=base.model_fields[name].description) for name in ("input", "output", "error")}
    output: Any = kind.output_model
    return create_model(
        f"{_camel(kind)}Operation{suffix}",
        __base__=base,
        __doc__=f"{(base.__doc__ or '').rstrip('.')} of the type `{kind.name}`.",
        type=_type_field(kind),
        input=(kind.input_model, described["input"]),
        output=(output | None, described["output"]),
        error=(error | None, described["error"]),
    )


def _error_model(kinds: Sequence[OperationType]) -> type[BaseModel]:
    """Return the error of a failed operation, with every code of the service and of the installed types."""
    codes = sorted({*FailureCode, *(code for kind in kinds for code in kind.error_codes)})
    described = Field(description=ErrorRead.model_fields["code"].description, json_schema_extra={"enum": codes})
    return create_model("ErrorRead", __base__=ErrorRead, __doc__=ErrorRead.__doc__, code=(str, described))


def _type_field(kind: OperationType) -> Any:
    return (Literal[kind.name], Field(description="Name of the operation type."))


def _camel(kind: OperationType) -> str:
    return "".join(word.capitalize() for word in kind.name.split("_"))
