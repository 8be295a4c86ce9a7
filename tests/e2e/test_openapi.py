"""The OpenAPI document is complete and correct: its examples are valid, and a fuzzer finds nothing undocumented."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.fixtures.api import Api, data
from tests.fixtures.builders import Json

CONFIG = """
color = false
warnings = false
request-timeout = 30

[generation]
no-shrink = true

# A valid body may still name a missing resource or an action that is not allowed now, but 400 would be an error.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 404, 409, 422]

# A cursor is any text for the schema, but the API rejects a cursor that it has not issued.
[[operations]]
include-operation-id-regex = "^list_(carrier_accounts|bridges|api_keys|users|operations|orders|shipments|bulk_actions)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400]

[[operations]]
include-operation-id = "list_events"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400]

[[operations]]
include-operation-id = "list_webhook_endpoints"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400]

[[operations]]
include-operation-id-regex = "^list_(bulk_action_items|webhook_deliveries)$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 404]

# The signature needs a secret that the fuzzer does not have.
[[operations]]
include-operation-id = "receive_carrier_webhook"
checks.positive_data_acceptance.expected-statuses = [403, 404]
"""
SECONDS = 280
"""A limit: a run takes 30 s on an idle machine with two cores."""


@pytest.fixture(scope="module")
def document(api: Api) -> Json:
    """The document that the API serves."""
    answer = httpx.get(api.url + "/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    found: Json = answer.json()
    return found


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def validator(document: Json, schema: Json) -> jsonschema.Draft202012Validator:
    """Return a validator for a schema in the document, which resolves the document's references."""
    whole = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:api", whole)
    within: Json = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
    return jsonschema.Draft202012Validator(within, registry=registry, format_checker=jsonschema.FormatChecker())


def test_the_document_is_openapi_3_1(document: Json) -> None:
    """Every operation has a unique operationId, a summary, and exactly one scope, named in its description."""
    assert document["openapi"].startswith("3.1.")
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names) >= 50
    for name, operation in operations(document):
        assert operation["summary"], name
        if "/api/" in name:
            scope = operation["security"][0]["apiKey"]
            assert len(scope) == 1, name
            assert scope[0] in operation["description"], name


def test_every_error_is_documented(document: Json) -> None:
    """Every error status has its codes as examples; 429 and 503 have a Retry-After header."""
    for name, operation in operations(document):
        responses = operation["responses"]
        assert "500" in responses, name
        if "/api/" in name:
            assert {"401", "403", "429", "500", "503"} <= set(responses), name
            assert "Retry-After" in responses["503"]["headers"], name
            assert "Retry-After" in responses["429"]["headers"], name
        if "{" in name:
            assert "404" in responses, name
        if "requestBody" in operation and "/api/" in name:
            assert {"400", "413", "415", "422"} <= set(responses), name
        if any(parameter["in"] == "query" for parameter in operation["parameters"]):
            assert "400" in responses, name
        for status, response in responses.items():
            assert "X-Request-Id" in response["headers"], (name, status)
            if status >= "400" and name != "GET /readyz":
                codes = response["content"]["application/json"]["examples"]
                assert codes, (name, status)
                assert all(example["value"]["error"]["code"] == code for code, example in codes.items()), (name, status)


def test_every_example_is_valid(document: Json) -> None:
    """Every request and response body has at least one example, and each example is valid."""
    count = 0
    for name, operation in operations(document):
        for place, content in contents(document, operation):
            examples = [example["value"] for example in content.get("examples", {}).values()]
            examples += [content["example"]] if "example" in content else []
            assert examples, (name, place)
            for value in examples:
                errors = list(validator(document, content["schema"]).iter_errors(value))
                assert not errors, (name, place, errors[0].message, value)
                count += 1
    assert count > 250


def contents(document: Json, operation: Json) -> Iterator[tuple[str, Json]]:
    """Return every JSON body of an operation; a request's examples may be in its schemas."""
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get("application/json")
        if content is not None:
            yield status, content
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        examples = {
            str(number): {"value": example}
            for number, example in enumerate(list_schema_examples(document, body["schema"]))
        }
        yield "body", {"examples": examples, **body}


def list_schema_examples(document: Json, schema: Json) -> list[Any]:
    if "$ref" in schema:
        return list_schema_examples(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    alternatives = [inner for choice in schema.get("oneOf", []) for inner in list_schema_examples(document, choice)]
    return [*schema.get("examples", []), *([schema["example"]] if "example" in schema else []), *alternatives]


@pytest.fixture
def filled(fresh: Api) -> Api:
    """An organization with resources of every kind for the fuzzer."""
    account, bridge = fresh.account(), fresh.bridge()
    data(fresh.http.patch(f"/api/carrier-accounts/{account['id']}", json={"is_default": True}))
    order = fresh.order(bridge_id=bridge["id"])["id"]
    fresh.label(order)
    fresh.done(fresh.label(order))
    undone = fresh.done(fresh.status_change(order))
    data(fresh.http.post(f"/api/operations/{undone['id']}/undo"))
    data(fresh.http.post(f"/api/operations/{fresh.status_change(order)['id']}/cancel"))
    return fresh


def fuzz(api: Api, folder: Path, *flags: str) -> None:
    """Run schemathesis over the whole document, and fail with its output if it reports anything."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    process = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{api.url}/openapi.json",
            "--exclude-operation-id", "stream_events",  # its answer has no end
            "--checks", "all", "--continue-on-failure", *flags,  # one worker: ast.parse is not thread-safe
        ],
        cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr


@pytest.mark.timeout(SECONDS + 20)
def test_a_fuzzer_finds_nothing_undocumented(filled: Api, tmp_path: Path) -> None:
    """Valid and invalid data cause no 500 and no undocumented status, header, type or body."""
    key = f"Authorization: Bearer {filled.key}"
    fuzz(filled, tmp_path, "--header", key, "--max-examples", "5")


def test_a_fuzzer_without_a_key_changes_nothing(filled: Api, tmp_path: Path) -> None:
    """The errors for calls without a key are documented too."""
    before = filled.http.get("/api/operations").json()["pagination"]["total"]
    phases = ("--phases", "examples,fuzzing", "--exclude-checks", "positive_data_acceptance", "--max-examples", "2")
    fuzz(filled, tmp_path, *phases)
    assert filled.http.get("/api/operations").json()["pagination"]["total"] == before
