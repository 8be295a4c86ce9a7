"""Shopify documents and inputs are valid in its schema, and in that of the simulator."""

from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate
from graphql.execution.values import get_variable_values
from graphql.language.ast import OperationDefinitionNode

from adapters.channels.shopify import documents, requests
from adapters.channels.shopify.documents import CREATE, DOCUMENTS, Document
from sandbox.channel.shopify.schema import shopify_schema
from tests.fixtures.shopify_schema import own_schema
from tests.unit.adapters.shopify_pushes import build_fulfillment_order, build_request


@pytest.fixture(scope="module", params=["of the simulator", "of Shopify"])
def schema(request: pytest.FixtureRequest) -> GraphQLSchema:
    """The simulator's schema, and Shopify's own."""
    return own_schema() if request.param == "of Shopify" else shopify_schema()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_a_document_is_valid_in_the_schema(schema: GraphQLSchema, document: Document) -> None:
    """Its root field and its name are those that the adapter expects."""
    parsed = parse(document.text)
    [operation] = parsed.definitions

    assert validate(schema, parsed) == []
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == document.name
    assert [field.name.value for field in operation.selection_set.selections] == [document.root]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("right", "wrong"), [("userErrors", "errors"), ("$fulfillment", "$fulfilment"), ("status", "state")]
)
def test_a_misspelled_document_is_invalid(schema: GraphQLSchema, right: str, wrong: str) -> None:
    assert validate(schema, parse(CREATE.text.replace(right, wrong, 1))) != []


def test_the_simulators_schema_is_a_subset_of_shopifys() -> None:
    """Every type, field, argument and value of the simulator exists at Shopify with the same type."""
    shopifys = own_schema().type_map
    simulators = {name: kind for name, kind in shopify_schema().type_map.items() if not name.startswith("__")}

    assert {name: type(kind) for name, kind in simulators.items()} == {
        name: type(shopifys[name]) for name in simulators
    }
    for name, kind in simulators.items():
        assert _describe(kind).items() <= _describe(shopifys[name]).items(), name


def _describe(kind: Any) -> dict[str, str]:
    """Return the values, fields and arguments of a type, each with its own type."""
    values = dict.fromkeys(getattr(kind, "values", {}), "a value")
    fields = getattr(kind, "fields", {})
    arguments = {
        f"{name}({argument})": str(value.type)
        for name, field in fields.items()
        for argument, value in getattr(field, "args", {}).items()
    }
    return {**values, **arguments, **{name: str(field.type) for name, field in fields.items()}}


@pytest.mark.parametrize("line_items", [None, [{"sku": "TEE", "quantity": 1}]])
def test_the_input_of_a_push_is_valid_in_the_schema(
    schema: GraphQLSchema, line_items: list[dict[str, Any]] | None
) -> None:
    """The variables have Shopify's names and types."""
    body = requests.build_fulfillment(build_request(line_items=line_items), [build_fulfillment_order("A", TEE=2)])
    [operation] = parse(CREATE.text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = operation.variable_definitions or ()

    assert not isinstance(get_variable_values(schema, variables, {"fulfillment": body}), list)
    assert isinstance(get_variable_values(schema, variables, {"fulfillment": {**body, "notify": True}}), list)


def test_the_list_of_fulfillments_is_requested_up_to_its_limit() -> None:
    """The adapter assumes that a full list may have more."""
    assert f"fulfillments(first: {documents.MAX_FULFILLMENTS})" in documents.PUSHED.text
