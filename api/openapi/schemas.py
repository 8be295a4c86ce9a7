"""Adapts schemas and examples to generators of clients."""

import json
from collections.abc import Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from domain.json_values import Json


def replace_models(annotation: Any, models: Mapping[Any, Any]) -> Any:
    """Return an annotation with other models in place of some, also within generic models and unions."""
    if annotation in models:
        return models[annotation]
    generic = getattr(annotation, "__pydantic_generic_metadata__", None)
    if generic is not None and generic["origin"] is not None:
        return generic["origin"][tuple(replace_models(argument, models) for argument in generic["args"])]
    if get_origin(annotation) in (Union, UnionType):
        return Union[tuple(replace_models(argument, models) for argument in get_args(annotation))]  # noqa: UP007
    return annotation


def describe_defaults(schemas: Mapping[str, Json]) -> None:
    """Move the defaults of properties to their descriptions.

    Generated clients would send the defaults, and typed ones would require a property that has one.
    """
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            describe_default(field, field)


def describe_default(schema: Json, described: Json) -> None:
    """Move one default to a description; null says nothing that the type does not say."""
    default = schema.pop("default", None)
    if default is not None:
        text = described.get("description", "")
        described["description"] = f"{text} Default: `{default if isinstance(default, str) else json.dumps(default)}`."


def inline_definitions(value: Any, definitions: Mapping[str, Any] | None = None) -> Any:
    """Return an example with the local references of its JSON Schemas resolved.

    Linters resolve each `$ref` in the document, also those of examples.
    """
    if isinstance(value, list):
        return [inline_definitions(item, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    definitions = value.get("$defs", definitions)
    target = str(value.get("$ref", "")).removeprefix("#/$defs/")
    found = {**definitions[target], **value} if definitions and target in definitions else value
    return {
        name: inline_definitions(item, definitions) for name, item in found.items() if name not in ("$defs", "$ref")
    }
