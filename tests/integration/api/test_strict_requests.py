"""Unknown query parameters and unexpected bodies are rejected."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from api.app import ROUTERS
from api.openapi.document import describe
from tests.fixtures.in_process_api import ApiClient, Temporal
from tests.fixtures.rows import Rows
from workflows.registry import load_types

SECURED = {
    f"{method.upper()} {path}": operation
    for path, methods in describe(ROUTERS, load_types())["paths"].items()
    for method, operation in methods.items()
    if operation.get("security")
}
WITHOUT_BODY = [name for name, operation in SECURED.items() if "requestBody" not in operation]


def split_name(name: str) -> tuple[str, str]:
    """Return the method and a path with ids."""
    method, path = name.split(" ")
    return method, re.sub(r"{\w+}", str(uuid4()), path)


@pytest.mark.parametrize("name", SECURED)
async def test_an_unknown_query_parameter_is_named(client: ApiClient, name: str) -> None:
    method, path = split_name(name)

    response = await client.call(method, f"{path}?dry_run=true")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_request")
    assert error["details"]["parameter"] == "dry_run"


@pytest.mark.parametrize("name", WITHOUT_BODY)
@pytest.mark.parametrize("body", [b'{"dry_run": true}', b"dry_run=true", b"[]", b"null"])
async def test_a_body_is_rejected_if_the_endpoint_has_none(client: ApiClient, name: str, body: bytes) -> None:
    method, path = split_name(name)

    response = await client.http.request(method, path, content=body, headers=client.authorization)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_request")
    assert "takes no body" in response.json()["error"]["message"]


async def test_a_rejected_body_starts_nothing(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    operation_id = rows.insert_operation()
    before = rows.select("operations")

    response = await client.call("POST", f"/api/operations/{operation_id}/execute", {"dry_run": True})

    assert response.status_code == 400
    assert temporal.offered == []
    assert rows.select("operations") == before


@pytest.mark.parametrize("body", [b"", b"{}", b" {}\n"])
async def test_an_empty_object_and_an_empty_query_are_allowed(client: ApiClient, rows: Rows, body: bytes) -> None:
    path = f"/api/operations/{rows.insert_operation()}/cancel?"

    response = await client.http.post(path, content=body, headers=client.authorization)

    assert response.status_code == 200


async def test_a_chunked_body_is_rejected(client: ApiClient, rows: Rows) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"dry_run":'
        yield b" true}"

    path = f"/api/operations/{rows.insert_operation()}/execute"
    response = await client.http.post(path, content=pieces(), headers=client.authorization)

    assert response.status_code == 400
