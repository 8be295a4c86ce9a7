"""The OpenAPI document fits generators of clients."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.app import ROUTERS
from api.openapi.document import describe
from api.openapi.schemas import inline_definitions
from domain.codes import FailureCode
from domain.events import EVENT_TYPES
from tests.unit.api.test_openapi import DOCUMENT, check_value, iterate_operations
from workflows.registry import OperationTypes, load_types

SCHEMAS = DOCUMENT["components"]["schemas"]


def iterate_schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over the schemas of parameters and of properties."""
    for name, operation in iterate_operations():
        for parameter in operation["parameters"]:
            yield f"{name} {parameter['name']}", parameter["schema"]
    for name, schema in SCHEMAS.items():
        for field, inner in schema.get("properties", {}).items():
            yield f"{name}.{field}", inner


def test_no_request_has_a_default_that_generated_clients_would_send() -> None:
    assert [name for name, schema in iterate_schemas() if "default" in schema] == []


def test_a_default_is_in_the_description() -> None:
    [page] = [part for part in DOCUMENT["paths"]["/api/orders"]["get"]["parameters"] if part["name"] == "page"]

    assert page["description"].endswith("Default: `1`.")
    assert SCHEMAS["OrderCreate"]["properties"]["currency"]["description"].endswith("Default: `USD`.")


def test_requests_and_responses_share_each_schema() -> None:
    assert [name for name in SCHEMAS if name.endswith(("-Input", "-Output"))] == []


def test_no_two_models_have_the_same_name() -> None:
    """Otherwise their names contain their modules, and generators fail."""
    assert [name for name in SCHEMAS if "__" in name] == []


@pytest.mark.parametrize("model", ["OperationCreate", "OperationRead", "OperationDetail"])
def test_operations_have_one_alternative_for_each_type(model: str) -> None:
    types = {kind.name: kind for kind in load_types().all()}
    mapping = SCHEMAS[model]["discriminator"]["mapping"]

    assert set(mapping) == set(types)
    for name, kind in types.items():
        properties = SCHEMAS[mapping[name].rsplit("/", 1)[1]]["properties"]
        assert properties["type"]["const"] == name
        assert properties["input"]["$ref"].endswith(kind.input_model.__name__)
        if model != "OperationCreate":
            outputs = [choice.get("$ref", "") for choice in properties["output"]["anyOf"]]
            assert outputs[0].endswith(kind.output_model.__name__)


def test_every_field_of_a_response_is_required() -> None:
    for name in ("ErrorRead", "AttentionRead", "OrderRead", "UndoStepRead"):
        assert set(SCHEMAS[name]["required"]) == set(SCHEMAS[name]["properties"]), name
    assert "nextCursor" not in SCHEMAS["Pagination"]["required"]
    assert SCHEMAS["Change"]["required"] == ["field"]


def test_a_label_is_binary() -> None:
    content = DOCUMENT["paths"]["/api/shipments/{shipment_id}/label"]["get"]["responses"]["200"]["content"]

    assert set(content) == {"application/pdf", "application/zpl", "image/png", "application/octet-stream"}
    assert all(media["schema"]["format"] == "binary" for media in content.values())


def test_codes_are_enumerated() -> None:
    assert "idempotency_key_reused" in SCHEMAS["ErrorContent"]["properties"]["code"]["enum"]
    assert set(FailureCode) <= set(SCHEMAS["ErrorRead"]["properties"]["code"]["enum"])


def test_every_event_type_is_listed_with_a_valid_example() -> None:
    assert set(DOCUMENT["webhooks"]) == set(SCHEMAS["EventRead"]["properties"]["type"]["enum"]) == set(EVENT_TYPES)
    for webhook in DOCUMENT["webhooks"].values():
        content = webhook["post"]["requestBody"]["content"]["application/json"]
        check_value(content["schema"], content["example"])


def test_an_installed_type_adds_its_own_codes() -> None:
    [first, *others] = load_types().all()
    types = OperationTypes([_with_code(first, "courier_is_ill"), *others])

    codes = describe(ROUTERS, types)["components"]["schemas"]["ErrorRead"]["properties"]["code"]["enum"]
    assert "courier_is_ill" in codes


def _with_code(kind: Any, code: str) -> Any:
    return type(kind)(**{**vars(kind), "error_codes": (code,)})


def test_every_tag_has_a_description_and_is_used() -> None:
    described = {tag["name"]: tag["description"] for tag in DOCUMENT["tags"]}
    used = {tag for _, operation in iterate_operations() for tag in operation["tags"]}

    assert set(described) == used
    assert all(described.values())


def test_every_keyed_call_documents_the_replay() -> None:
    for name, operation in iterate_operations():
        keyed = any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
        for status, response in operation["responses"].items():
            documented = "Idempotent-Replayed" in response["headers"]
            assert documented == (keyed and int(status) < 400), (name, status)


def test_the_document_names_its_server() -> None:
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/"]


def test_local_references_of_an_example_are_resolved() -> None:
    schema = {"$defs": {"A": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/A", "title": "first"}}}

    assert inline_definitions([schema]) == [{"properties": {"a": {"type": "string", "title": "first"}}}]


@pytest.mark.parametrize(
    ("model", "field", "shown"),
    [
        ("OrderRead", "customer", "Customer"),
        ("OrderRead", "ship_to", "Address"),
        ("OrderRead", "line_items", "LineItemRead"),
        ("AccountRead", "settings", "AccountSettings"),
        ("AccountDetail", "settings", "AccountSettings"),
        ("BridgeRead", "settings", "BridgeSettings"),
        ("BridgeDetail", "settings", "BridgeSettings"),
        ("AccountSettings", "ship_from", "Address"),
        ("AccountSettings", "default_parcel", "Parcel"),
    ],
)
def test_parts_of_responses_are_typed(model: str, field: str, shown: str) -> None:
    assert f"'#/components/schemas/{shown}'" in str(SCHEMAS[model]["properties"][field])
