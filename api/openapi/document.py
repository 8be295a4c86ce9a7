"""Generates the OpenAPI document from the routes with FastAPI's generator.

Our own dependencies read bodies, queries and headers, which the generator does not understand. It therefore gets a copy
of each route whose endpoint has FastAPI's own parameters.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Security
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic_core import to_jsonable_python

from api.events.stream import EventStreamResponse
from api.http.auth import Require, Scope
from api.http.body import Body
from api.http.errors import REQUEST_ID, LiveModeRefused
from api.http.exception_handlers import to_error_content
from api.http.pagination import Query
from api.openapi.errors import RAISES, ErrorEnvelope, Raises, all_errors
from api.openapi.event_types import describe_event_types
from api.openapi.operation_models import Models, operation_models
from api.openapi.schemas import describe_default, describe_defaults, inline_definitions, replace_models
from api.openapi.tags import TAGS
from domain.errors import DomainError
from workflows.registry import OperationTypes

DESCRIPTION = """
Operations are actions on orders and shipments. You create an operation, execute it, cancel it while it is pending, and
undo it after it has completed. Every error has the same shape with a stable `code`; every response has an
`X-Request-Id`.

`Idempotency-Key` makes a repeated call safe: the same call with the same key returns the stored answer, with the header
`Idempotent-Replayed: true`, for at least 24 hours. A refused call (4xx) changes nothing and does not store the key.
"""

HEADERS = {
    "X-Request-Id": "Id of the request: the id that the client sent, or a new one.",
    "Location": "URL of the new resource.",
    "Retry-After": "How many seconds to wait before the next call.",
    "WWW-Authenticate": "How to authenticate.",
    "Idempotent-Replayed": "`true` if this is the stored answer of an earlier call with the same `Idempotency-Key`.",
    "RateLimit-Policy": "The limit of the key, if the service has one: `q` calls in `w` seconds (IETF draft).",
    "RateLimit": "What is left of the limit: `r` calls for the next `t` seconds. It is on every answer to a valid key.",
    "Preference-Applied": "The wait that the call applied, if the client asked for one with `Prefer`.",
}
LIMIT = ("RateLimit-Policy", "RateLimit")
HEADERS_BY_STATUS = {401: ("WWW-Authenticate",), 429: ("Retry-After", *LIMIT), 503: ("Retry-After",)}

IdempotencyKey = Annotated[
    str,
    fastapi.Header(
        alias="Idempotency-Key",
        description="Makes the call safe to repeat for at least 24 hours, within the organization. "
        "A refused call (4xx) does not store the key.",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]{1,255}$",
    ),
]
LastEventId = Annotated[
    str,
    fastapi.Header(
        alias="Last-Event-ID",
        description="The `id` of the last event that the client has received: the stream goes on after it. "
        "Clients of server-sent events send it when they connect again.",
        max_length=1000,
    ),
]
Prefer = Annotated[
    str,
    fastapi.Header(
        alias="Prefer",
        description="`wait=N`: wait up to N seconds (at most 60) for the end of the run. "
        "The response confirms it in `Preference-Applied`.",
        openapi_examples={"wait": {"value": "wait=10"}},
    ),
]

API_KEY = HTTPBearer(
    scheme_name="apiKey",
    bearerFormat="ord_sk_...",
    description="`Authorization: Bearer ord_sk_...`. A test key, `ord_sk_test_...`, changes only accounts, bridges, "
    "orders and keys with mode `test`. Each key has scopes:\n\n"
    + "\n".join(f"- `{scope}`: {scope.message}" for scope in Scope),
)

EVENT_STREAM = EventStreamResponse.media_type

EXAMPLES = Path(__file__).with_name("examples.json")
"""Requests and responses recorded from a real service by `make docs`, by operationId."""


@dataclass(frozen=True, slots=True)
class Described:
    """One route, with the requirements of its dependencies."""

    route: APIRoute
    method: str
    declared: Raises
    scope: Scope | None
    only_live: bool
    body: Body[Any] | None
    query: Query[Any] | None

    def errors(self) -> dict[int, dict[str, type[DomainError]]]:
        """Return every error of the route, by status and code."""
        declared = self.declared
        if self.scope is not None and self.method != "GET" and not declared.only_reads:
            declared = replace(declared, errors=(*declared.errors, LiveModeRefused))
        return all_errors(declared, is_secured=self.scope is not None, has_body=self.body is not None)


def describe(routers: Sequence[APIRouter], types: OperationTypes) -> dict[str, Any]:
    """Generate the OpenAPI 3.1 document."""
    routes, models = list(_describe_routes(routers)), operation_models(types)
    document = get_openapi(
        title="Orderly Operations",
        version=version("orderly-operations"),
        description=DESCRIPTION.strip(),
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "/", "description": "The service that serves this document."}],
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        routes=[_fastapi_route(described, models) for described in routes],
    )
    document["components"]["headers"] = {
        name: {"description": description, "schema": {"type": "string"}} for name, description in HEADERS.items()
    }
    for name in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    document["webhooks"] = describe_event_types()
    describe_defaults(document["components"]["schemas"])
    examples: dict[str, Any] = json.loads(EXAMPLES.read_text())
    for described in routes:
        operation = document["paths"][described.route.path_format][described.method.lower()]
        _complete(operation, described, examples.get(described.route.name, {}))
        _link(operation, described.route, routes)
    return document


def _describe_routes(routers: Sequence[APIRouter]) -> Iterator[Described]:
    for route in (route for router in routers for route in router.routes if isinstance(route, APIRoute)):
        calls = [dependency.call for dependency in route.dependant.dependencies]
        required = next((call for call in calls if isinstance(call, Require)), None)
        yield Described(
            route=route,
            method=min(route.methods or ()),
            declared=RAISES.get(route.endpoint, Raises()),
            scope=None if required is None else required.scope,
            only_live=required is not None and required.only_live,
            body=next((call for call in calls if isinstance(call, Body)), None),
            query=next((call for call in calls if isinstance(call, Query)), None),
        )


def _fastapi_route(described: Described, models: Models) -> APIRoute:
    """Return a copy of a route whose endpoint has FastAPI's own parameters."""
    route, scope = described.route, described.scope
    summary, _, description = (inspect.getdoc(route.endpoint) or "").partition("\n")
    note = f"Scope: `{scope}`." if scope is not None else ""
    note += " Only live keys may call it." if described.only_live else ""

    def endpoint() -> None: ...

    endpoint.__signature__ = inspect.Signature(list(_parameters(described, models)))  # type: ignore[attr-defined]
    responses: dict[int | str, dict[str, Any]] = {
        status: {
            "model": ErrorEnvelope,
            "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}.",
        }
        for status, codes in described.errors().items()
    }
    own = {
        status: {**response, "model": replace_models(response["model"], models)} if "model" in response else response
        for status, response in route.responses.items()
    }
    return APIRoute(
        route.path,
        endpoint,
        methods=[described.method],
        name=route.name,
        operation_id=route.name,
        tags=route.tags,
        summary=summary.removesuffix("."),
        description="\n\n".join(filter(None, [description.strip(), note])),
        dependencies=[Security(API_KEY, scopes=[scope])] if scope is not None else [],
        status_code=route.status_code,
        response_class=route.response_class,
        response_model=replace_models(route.response_model, models),
        response_description=route.response_description,
        responses={**responses, **own},
        openapi_extra=route.openapi_extra,
    )


def _parameters(described: Described, models: Models) -> Iterator[inspect.Parameter]:
    own, required = inspect.signature(described.route.endpoint).parameters, inspect.Parameter.empty
    for name in re.findall(r"{(\w+)}", described.route.path_format):
        yield _parameter(name, own[name].annotation, required)
    if described.body is not None:
        model, default = described.body.model, None if described.body.optional else required
        yield _parameter("body", Annotated[models.get(model, model), fastapi.Body()], default)
    if described.query is not None:
        yield _parameter("query", Annotated[described.query.model, fastapi.Query()], required)
    if described.declared.keyed:
        yield _parameter("key", IdempotencyKey, None)
    if described.declared.waits:
        yield _parameter("prefer", Prefer, None)
    if described.declared.resumes:
        yield _parameter("last_event_id", LastEventId, None)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _complete(operation: dict[str, Any], described: Described, examples: Mapping[str, Any]) -> None:
    """Add headers and examples; FastAPI's generator would drop the nulls of examples."""
    operation.setdefault("security", [])
    for parameter in operation.setdefault("parameters", []):
        # A query parameter has no null; a client leaves it out instead.
        options = parameter["schema"].pop("anyOf", [])
        parameter["schema"] |= next((option for option in options if option.get("type") != "null"), {})
        describe_default(parameter["schema"], parameter)
        if parameter["schema"].get("type") == "object":
            parameter |= {"style": "deepObject", "explode": True}
        if parameter["in"] == "path":
            parameter["description"] = _describe_path_parameter(parameter["name"])
    if "request" in examples:
        operation["requestBody"]["content"]["application/json"]["example"] = examples["request"]
    errors = described.errors()
    if HTTPStatus.UNPROCESSABLE_ENTITY not in errors:
        operation["responses"].pop("422", None)  # added by FastAPI
    for status, response in operation["responses"].items():
        names = ("X-Request-Id", *HEADERS_BY_STATUS.get(int(status), ()))
        if int(status) < HTTPStatus.BAD_REQUEST:
            names += LIMIT if described.scope is not None else ()
            names += ("Idempotent-Replayed",) if described.declared.keyed else ()
            names += ("Preference-Applied",) if described.declared.waits else ()
        response["headers"] = response.get("headers", {}) | {
            name: {"$ref": f"#/components/headers/{name}"} for name in names
        }
        contents = response.get("content", {})
        content = contents.get("application/json") or contents.get(EVENT_STREAM)
        if status in examples.get("responses", {}):
            content["example"] = inline_definitions(examples["responses"][status])
        # a success may lack an example until `make docs` records it
        elif content is not None and int(status) in errors:
            content["examples"] = {code: {"value": _example(error)} for code, error in errors[int(status)].items()}


def _describe_path_parameter(name: str) -> str:
    resource = name.removesuffix("_id").replace("_", " ")
    return f"Id of the {resource}." if name.endswith("_id") else f"Name of the {resource}."


def _example(error: type[DomainError]) -> Any:
    return to_jsonable_python(to_error_content(error(**error.example), REQUEST_ID))


def _link(operation: dict[str, Any], route: APIRoute, routes: Sequence[Described]) -> None:
    """Link the response of a creation to the calls on the new resource."""
    found = [re.match(re.escape(route.path) + r"/{(\w+)}", other.route.path) for other in routes]
    if "201" in operation["responses"] and any(found):
        created = operation["responses"]["201"]
        created["headers"]["Location"] = {"$ref": "#/components/headers/Location"}
        created["links"] = {
            other.route.name: {
                "operationId": other.route.name,
                "parameters": {match.group(1): "$response.body#/data/id"},
            }
            for other, match in zip(routes, found, strict=True)
            if match is not None
        }
