"""The OpenAPI document, put together from what the routes promise and what their dependencies ask for."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.http.auth import Require, Scope
from api.http.body import Body
from api.http.contract import Contract, contract_of
from api.http.pagination import Query
from api.openapi import responses
from api.openapi.operation_inputs import operation_create_schema
from api.operations.schemas import OperationCreate
from workflows.registry import OperationTypes

REF = "#/components/schemas/{model}"

DESCRIPTION = """
Operations are discrete actions on orders and shipments: recorded, executed, cancelled while they are pending, undone
once they are completed. Every error has the same envelope with a stable `code`; every response has an `X-Request-Id`.

`Idempotency-Key` makes a repeated call safe: the same key with the same call replays the stored answer with
`Idempotent-Replayed: true`, for at least 24 hours. A refused call (4xx) changes nothing and does not use the key up.
"""

SCOPES = {
    Scope.OPERATIONS_READ: "see operations and operation types",
    Scope.OPERATIONS_WRITE: "create operations",
    Scope.OPERATIONS_EXECUTE: "execute, cancel, undo, retry and resolve operations",
    Scope.ORDERS_READ: "see orders",
    Scope.ORDERS_WRITE: "create and change orders",
    Scope.SHIPMENTS_READ: "see shipments, their labels and tracking, and prices",
    Scope.CARRIER_ACCOUNTS_READ: "see carrier accounts",
    Scope.CARRIER_ACCOUNTS_WRITE: "create, change and delete carrier accounts",
    Scope.BRIDGES_READ: "see bridges",
    Scope.BRIDGES_WRITE: "create, change and delete bridges",
    Scope.API_KEYS_MANAGE: "create, list and revoke API keys",
    Scope.WEBHOOKS_MANAGE: "kept for webhooks",
}


@dataclass(frozen=True, slots=True)
class Described:
    """One route as the document needs it."""

    route: APIRoute
    method: str
    contract: Contract
    scope: Scope | None
    body: Body[Any] | None
    query: Query[Any] | None

    def models(self) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
        """Return the models that the route reads and writes."""
        found: list[tuple[type[BaseModel], JsonSchemaMode]] = [
            (one.model, "serialization") for one in self.contract.success.values() if one.model is not None
        ]
        if self.body is not None:
            found.append((self.body.model, "validation"))
        return found


def describe(routers: Sequence[APIRouter], types: OperationTypes) -> dict[str, Any]:
    """Write the OpenAPI 3.1 document."""
    routes = list(_described(routers))
    wanted = [model for route in routes for model in route.models()]
    wanted += [(one.input_model, "validation") for one in types.all()]
    wanted.append((responses.ErrorEnvelope, "serialization"))
    keys, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    schemas: dict[str, Any] = definitions["$defs"]
    created = keys[(OperationCreate, "validation")]["$ref"].rsplit("/", 1)[1]
    inputs = {one.name: keys[(one.input_model, "validation")] for one in types.all()}
    schemas[created] = operation_create_schema(types, inputs, schemas)
    paths: dict[str, Any] = {}
    for route in routes:
        operation = _operation(route, lambda model, mode: keys[(model, mode)])
        paths.setdefault(route.route.path_format, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orderly Operations",
            "version": version("orderly-operations"),
            "description": DESCRIPTION.strip(),
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"apiKey": _security_scheme()},
            "headers": responses.HEADERS,
        },
    }


def _security_scheme() -> dict[str, Any]:
    scopes = "\n".join(f"- `{scope.value}`: {meaning}" for scope, meaning in SCOPES.items())
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "ord_sk_...",
        "description": f"`Authorization: Bearer ord_sk_...`. Each key has scopes:\n\n{scopes}",
    }


def _described(routers: Iterable[APIRouter]) -> Iterable[Described]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                calls = [dependency.call for dependency in route.dependant.dependencies]
                yield Described(
                    route=route,
                    method=min(route.methods or ()),
                    contract=contract_of(route.endpoint),
                    scope=next((call.scope for call in calls if isinstance(call, Require)), None),
                    body=next((call for call in calls if isinstance(call, Body)), None),
                    query=next((call for call in calls if isinstance(call, Query)), None),
                )


Ref = Callable[[type[BaseModel], JsonSchemaMode], dict[str, Any]]


def _operation(described: Described, ref: Ref) -> dict[str, Any]:
    contract, scope = described.contract, described.scope
    notes = [contract.description, f"Scope: `{scope.value}`." if scope else ""]
    operation: dict[str, Any] = {
        "tags": list(described.route.tags),
        "summary": contract.summary,
        "description": "\n\n".join(note for note in notes if note),
        "operationId": described.route.name,
        "parameters": _parameters(described),
        "responses": _responses(described, ref),
        "security": [{"apiKey": [scope.value]}] if scope else [],
    }
    if described.body is not None:
        operation["requestBody"] = {
            "required": not described.body.optional,
            "content": {"application/json": _body(described.body, contract, ref)},
        }
    if contract.raw:
        content = {"schema": {"type": "object"}, "example": contract.given}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _body(body: Body[Any], contract: Contract, ref: Ref) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": ref(body.model, "validation")}
    if contract.given is not None:
        content["example"] = contract.given
    return content


def _parameters(described: Described) -> list[dict[str, Any]]:
    found = [_path_parameter(name) for name in re.findall(r"{(\w+)}", described.route.path_format)]
    if described.query is not None:
        schema = described.query.model.model_json_schema()
        found += [_query_parameter(name, one, schema) for name, one in schema["properties"].items()]
    if described.contract.keyed:
        found.append(responses.IDEMPOTENCY_KEY)
    if described.contract.waits:
        found.append(responses.PREFER)
    return found


def _path_parameter(name: str) -> dict[str, Any]:
    schema = {"type": "string"} if name == "operation_type" else {"type": "string", "format": "uuid"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameter(name: str, schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    options = schema.get("anyOf")
    if options is not None:
        # A query has no null: leaving the parameter out is how to give none.
        kept = [option for option in options if option.get("type") != "null"]
        schema = {**{key: value for key, value in schema.items() if key not in ("anyOf", "default")}, **kept[0]}
    schema = dict(schema)
    reference = schema.pop("$ref", None)
    if reference is not None:
        schema = {**whole["$defs"][reference.rsplit("/", 1)[1]], **schema}
    description = schema.pop("description", "")
    schema.pop("title", None)
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _responses(described: Described, ref: Ref) -> dict[str, Any]:
    contract = described.contract
    found = {str(status): responses.success(one, ref) for status, one in contract.success.items()}
    refused = responses.refusals(
        contract.refused,
        body=described.body is not None,
        keyed=contract.keyed,
        secured=described.scope is not None,
    )
    error = ref(responses.ErrorEnvelope, "serialization")
    for status, codes in sorted(refused.items()):
        if str(status) not in found:
            found[str(status)] = responses.refusal(status, codes, error)
    return found
