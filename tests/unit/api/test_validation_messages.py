"""Validation messages name accepted fields, values and bounds in plain words."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import AnyUrl, BaseModel

from api.app import ROUTERS
from api.carrier_accounts.schemas import AccountCreate, AccountUpdate
from api.http.body import Body, validate
from api.http.pagination import Query
from api.http.validation_messages import EXPLAINERS, MESSAGES, PATTERNS
from api.operations.schemas import ExecuteRequest, OperationQuery
from api.orders.schemas import OrderCreate
from domain.errors import InvalidInput
from workflows.operations.create_shipment.contracts import CreateShipmentInput
from workflows.registry import BUILT_IN

OWN_WORDS = {"function-before", "function-after", "function-wrap", "function-plain"}
"""Schemas that raise the project's own ValueErrors."""

ERRORS: Mapping[str, set[str]] = {
    "bool": {"bool_type", "bool_parsing"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "decimal": {"decimal_type", "decimal_parsing", "decimal_max_digits", "decimal_max_places", "decimal_whole_digits"},
    "str": {"string_type", "string_unicode"},
    "enum": {"enum"},
    "literal": {"literal_error"},
    "uuid": {"uuid_type", "uuid_parsing"},
    "none": {"none_required"},
    "list": {"list_type"},
    "dict": {"dict_type"},
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"missing"},
}
"""The errors that pydantic raises for each kind of schema."""

BOUNDS = {
    "ge": "greater_than_equal",
    "gt": "greater_than",
    "le": "less_than_equal",
    "lt": "less_than",
    "pattern": "string_pattern_mismatch",
}
WITHOUT_ERRORS = {"any", "default", "definition-ref", "definitions", "nullable", "model-field", "no-info", "with-info"}


def iterate_models() -> Iterator[type[BaseModel]]:
    """Iterate over the models that read client input."""
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        for dependency in route.dependant.dependencies:
            if isinstance(dependency.call, Body | Query):
                yield dependency.call.model
    yield from (kind.input_model for kind in BUILT_IN)


def iterate_schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Iterate over all core schemas within a core schema."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node
        node = list(node.values())
    if isinstance(node, list | tuple):
        for child in node:
            yield from iterate_schemas(child)


ALL = {model.__name__: model for model in iterate_models()}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_error_of_a_model_has_a_message(name: str) -> None:
    messages = set(MESSAGES) | set(EXPLAINERS)
    for schema in iterate_schemas(ALL[name].__pydantic_core_schema__):
        kind = schema["type"]
        if kind not in OWN_WORDS | WITHOUT_ERRORS | {"datetime", "date"}:
            assert ERRORS[kind] <= messages, kind
        assert {BOUNDS[bound] for bound in BOUNDS if bound in schema} <= messages, schema
        if "pattern" in schema:
            assert schema["pattern"] in PATTERNS


def read_refusals(model: type[BaseModel], value: object) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        validate(model, value)
    return {".".join(map(str, field.path)): field.message for field in refused.value.fields}


def test_the_refusal_of_an_unknown_field_lists_the_accepted_fields() -> None:
    parcel = {"weight": 1, "weight_unit": "lb", "color": "red"}
    messages = read_refusals(CreateShipmentInput, {"carrier": "ups", "service": "ground", "parcels": [parcel]})

    assert messages == {
        "parcels.0.color": "is unknown; accepted: weight, weight_unit, length, width, height, dimension_unit"
    }
    assert read_refusals(OperationQuery, {"state": "failed"})["state"].startswith("is unknown; accepted: page, limit, ")
    assert "mode" not in read_refusals(AccountUpdate, {"nam": "x"})["nam"]


@pytest.mark.parametrize(
    ("model", "value", "field", "message"),
    [
        (OrderCreate, {}, "external_id", "is required"),
        (OrderCreate, [], "", "must be a JSON object"),
        (OrderCreate, {"external_id": ""}, "external_id", "must not be empty"),
        (OrderCreate, {"external_id": "a\nb"}, "external_id", PATTERNS[r"^[^\x00-\x1f\x7f]+$"]),
        (OrderCreate, {"external_id": "1", "currency": "usd"}, "currency", "must be a currency code of three"),
        (OrderCreate, {"external_id": "1", "line_items": {}}, "line_items", "must be a JSON array"),
        (OrderCreate, {"external_id": "1", "total": "-1"}, "total", "must be a non-negative amount as a"),
        (AccountUpdate, {"status": "auth_failed"}, "status", "must be one of active, paused"),
        (AccountCreate, {"settings": {"max_concurrent": 0}}, "settings.max_concurrent", "must be at least 1"),
        (AccountCreate, {"settings": {"max_concurrent": 1.5}}, "settings.max_concurrent", "must be a whole number"),
        (ExecuteRequest, {"dry_run": "yes"}, "dry_run", "must be true or false"),
        (ExecuteRequest, {"ids": []}, "ids", "must not be empty"),
        (ExecuteRequest, {"ids": ["x"]}, "ids.0", "must be a UUID"),
        (OperationQuery, {"attention": "1"}, "attention", "must be true"),
        (OperationQuery, {"limit": "500"}, "limit", "must be at most 100"),
    ],
)
def test_a_message_explains_the_accepted_value(model: type[BaseModel], value: object, field: str, message: str) -> None:
    assert read_refusals(model, value)[field].startswith(message)


class InstalledInput(BaseModel):
    """The input of an installed type."""

    day: date
    site: AnyUrl


def test_an_installed_type_may_use_other_types() -> None:
    messages = read_refusals(InstalledInput, {"day": "tomorrow", "site": "nowhere"})

    assert messages["day"] == "must be a date, such as 2026-01-15"
    assert messages["site"].startswith("must be a valid URL")
