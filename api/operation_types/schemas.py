"""Response models of operation types."""

from pydantic.json_schema import JsonSchemaValue

from api.http.types import ResponseModel


class OperationTypeRead(ResponseModel):
    """An operation type. Its schemas are JSON Schema 2020-12."""

    type: str
    """Name of the type."""
    description: str
    """What an operation of this type does, and what undo does."""
    supports_undo: bool
    """Whether operations of this type can be undone."""
    input_schema: JsonSchemaValue
    """JSON Schema of `input`."""
    output_schema: JsonSchemaValue
    """JSON Schema of `output`."""
