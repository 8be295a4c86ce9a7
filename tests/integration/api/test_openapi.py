"""The API serves the OpenAPI document, and real responses match it."""

from typing import Any

import jsonschema
import pytest

from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows


@pytest.fixture
async def document(client: ApiClient) -> Any:
    """The document that the API serves."""
    return (await client.http.get("/openapi.json")).json()


async def test_the_document_is_served(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"


async def test_real_responses_match_the_document(client: ApiClient, rows: Rows, document: dict[str, Any]) -> None:
    operation_id = rows.insert_purchase()
    checker = jsonschema.FormatChecker()
    for path, template in (
        (f"/api/operations/{operation_id}", "/api/operations/{operation_id}"),
        (f"/api/operations/{operation_id}/undo", "/api/operations/{operation_id}/undo"),
        ("/api/operations", "/api/operations"),
        ("/api/operations/types", "/api/operations/types"),
        ("/api/api-keys", "/api/api-keys"),
    ):
        response = await client.call("GET", path)
        content = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.Draft202012Validator(schema, format_checker=checker).validate(response.json())
