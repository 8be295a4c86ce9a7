"""The body of POST /api/operations in the OpenAPI document: one alternative for each registered type."""

from collections.abc import Mapping
from typing import Any

from api.operations import examples
from workflows.operation_type import OperationType
from workflows.registry import OperationTypes


def operation_create_schema(
    types: OperationTypes, inputs: Mapping[str, dict[str, Any]], schemas: dict[str, Any]
) -> dict[str, Any]:
    """Return the schema of the body; adds one for each type to `schemas`, with its `inputs` reference."""
    mapping: dict[str, str] = {}
    for one in types.all():
        name = "".join(word.capitalize() for word in one.name.split("_")) + "Create"
        schemas[name] = _alternative(one, inputs[one.name])
        mapping[one.name] = f"#/components/schemas/{name}"
    return {
        "title": "OperationCreate",
        "description": "An operation to record; `input` depends on `type`.",
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }


def _alternative(one: OperationType, given: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "description": one.description,
        "properties": {
            "type": {"const": one.name, "type": "string"},
            "order_id": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]},
            "input": given,
        },
        "required": ["type", "input"],
        "additionalProperties": False,
    }
    if one.example is not None:
        schema["example"] = {"type": one.name, "order_id": examples.ORDER_ID, "input": one.example}
    return schema
