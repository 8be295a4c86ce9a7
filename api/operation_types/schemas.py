"""Response models of operation types."""

from pydantic.json_schema import JsonSchemaValue

from api.http.types import ResponseModel


class OperationTypeRead(ResponseModel):
    """An operation type; its schemas are JSON Schema 2020-12."""

    type: str
    description: str
    supports_undo: bool
    input_schema: JsonSchemaValue
    output_schema: JsonSchemaValue
