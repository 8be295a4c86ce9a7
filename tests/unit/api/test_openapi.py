"""The OpenAPI document is complete and correct."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from api.app import ROUTERS
from api.http.auth import Scope
from api.openapi.document import describe
from workflows.registry import BUILT_IN, load_types

DOCUMENT = describe(ROUTERS, load_types())


def iterate_operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def iterate_examples() -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Iterate over the examples, each with its name and its schema."""
    for name, operation in iterate_operations():
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                all_values = [example["value"] for example in content.get("examples", {}).values()]
                all_values += [content["example"]] if "example" in content else []
                for example in all_values:
                    yield f"{name} {status}", content["schema"], example
    for name, schema in DOCUMENT["components"]["schemas"].items():
        if "example" in schema:
            yield name, {"$ref": f"#/components/schemas/{name}"}, schema["example"]


def check_value(schema: dict[str, Any], value: Any) -> None:
    complete_schema = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(complete_schema, format_checker=jsonschema.FormatChecker()).validate(value)


def test_every_example_fits_its_schema() -> None:
    different = {json.dumps([schema, example]): (name, schema, example) for name, schema, example in iterate_examples()}

    assert len(different) > 40
    for name, schema, example in different.values():
        try:
            check_value(schema, example)
        except jsonschema.ValidationError as error:
            pytest.fail(f"{name}: {error.json_path}: {error.message}")


def test_every_route_declares_its_responses() -> None:
    for name, operation in iterate_operations():
        statuses = set(operation["responses"])
        assert "500" in statuses, name
        if operation.get("security"):
            assert {"401", "403", "429", "503"} <= statuses, name
            assert operation["security"][0]["apiKey"][0] in set(Scope), name
        if "requestBody" in operation and operation["security"]:
            assert {"400", "413", "415", "422"} <= statuses, name
        if "{" in name and "types" not in name:
            assert "404" in statuses, name
        for response in operation["responses"].values():
            assert "X-Request-Id" in response["headers"], name


QUERIES = {
    "post /api/carrier-accounts/{carrier_account_id}/test",
    "post /api/labels/merge",
    "post /api/rates",
    "post /api/shipments/{shipment_id}/tracking",
    "post /webhooks/carriers/{carrier_account_id}",
}
"""Calls that create nothing, and that can be repeated without harm."""


def test_every_mutating_call_accepts_an_idempotency_key() -> None:
    for name, operation in iterate_operations():
        keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
        assert keyed == (not name.startswith("get ") and name not in QUERIES), name


def test_every_refusal_has_an_example_of_its_own_code() -> None:
    for name, operation in iterate_operations():
        for status, response in operation["responses"].items():
            if int(status) < 400 or name == "get /readyz":
                continue
            examples = response["content"]["application/json"]["examples"]
            assert examples, name
            assert all(example["value"]["error"]["code"] == code for code, example in examples.items()), name


def test_operation_ids_are_unique() -> None:
    names = [operation["operationId"] for _, operation in iterate_operations()]

    assert len(set(names)) == len(names)


def test_the_input_of_an_operation_has_the_schema_of_its_type() -> None:
    body = DOCUMENT["components"]["schemas"]["OperationCreate"]

    assert set(body["discriminator"]["mapping"]) == {operation_type.name for operation_type in load_types().all()}
    with pytest.raises(jsonschema.ValidationError):
        check_value(body, {"type": "void_shipment", "input": {}})


def test_everything_has_a_description() -> None:
    """This includes endpoints, parameters, responses, schemas and properties."""
    missing = [f"{name}: summary" for name, operation in iterate_operations() if not operation.get("summary")]
    for name, operation in iterate_operations():
        described = [*operation["parameters"], *operation["responses"].values()]
        missing += [name for part in described if not part.get("description")]
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in part.get("content", {}).values():
                missing += list(iterate_undescribed(content.get("schema", {}), name))
    inner = {f"{kind.name} output": kind.output_model.model_json_schema() for kind in BUILT_IN}
    for name, schema in {**DOCUMENT["components"]["schemas"], **inner}.items():
        missing += [] if schema.get("description") else [name]
        missing += iterate_undescribed(schema, name)

    assert missing == []


def iterate_undescribed(node: Any, path: str) -> Iterator[str]:
    """Iterate over properties without a description, except the conditions of an `if`."""
    if isinstance(node, list):
        for number, child in enumerate(node):
            yield from iterate_undescribed(child, f"{path}.{number}")
    if not isinstance(node, dict):
        return
    properties = node.get("properties", {})
    yield from (f"{path}.{name}" for name, schema in properties.items() if not schema.get("description"))
    for name, child in {**node, **properties}.items():
        if name not in ("if", "example", "properties"):
            yield from iterate_undescribed(child, f"{path}.{name}")
