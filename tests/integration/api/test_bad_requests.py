"""Unreadable or too large requests, and unknown paths: one error for each cause."""

import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fixtures.in_process_api import ApiClient

PATH = "/api/orders"


async def post(
    client: ApiClient, content: bytes | str | AsyncIterator[bytes], media_type: str = "application/json"
) -> httpx.Response:
    """Send a raw body."""
    headers = client.authorization | {"Content-Type": media_type}
    return await client.http.post(PATH, content=content, headers=headers)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b'{"external_id": NaN}',
        b'{"external_id": 1e999}',
        b'{"external_id": ' + b"9" * 5000 + b"}",
        b'{"external_id": "a", "external_id": "b"}',
        b'{"external_id": "\xff"}',
        b"[" * 100_000,
        b'\xef\xbb\xbf{"external_id": "a"}',
    ],
)
async def test_unreadable_json_is_malformed(client: ApiClient, raw: bytes) -> None:
    response = await post(client, raw)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_json")


async def test_a_repeated_key_is_found_fast_in_a_large_body(client: ApiClient) -> None:
    """Counting each key would take minutes."""
    names = [f"{number:x}" for number in range(90_000)]
    body = "{" + ",".join(f'"{name}":1' for name in [*names, names[-1]]) + "}"
    start = time.process_time()

    response = await post(client, body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_json")
    assert f"'{names[-1]}' is repeated" in response.json()["error"]["message"]
    assert time.process_time() - start < 2


async def test_a_repeated_parameter_is_found_fast_in_a_long_query(client: ApiClient) -> None:
    names = [f"{number:x}" for number in range(10_000)]
    query = "&".join(f"{name}=" for name in [*names, names[-1]])
    start = time.process_time()

    response = await client.call("GET", f"{PATH}?{query}")

    assert (response.status_code, response.json()["error"]["details"]["parameter"]) == (400, names[-1])
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], []),
        ({"external_id": "a", "customer": {"name": "\ud800"}}, ["customer", "name"]),
        ({"external_id": "a", "x\u0000": 1}, []),
        (json.loads('{"a":' * 40 + "1" + "}" * 40), ["a", "a", "a"]),
    ],
)
async def test_values_that_postgres_cannot_store_are_rejected(client: ApiClient, body: object, path: list[str]) -> None:
    response = await post(client, json.dumps(body))

    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_input")
    assert response.json()["error"]["details"]["fields"][0]["path"] == path


async def test_a_body_must_be_json(client: ApiClient) -> None:
    response = await post(client, b"{}", "text/plain")

    assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported_media_type")


async def test_a_huge_body_is_rejected_with_and_without_its_length(client: ApiClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    for response in (await post(client, b" " * 2_000_000), await post(client, chunks())):
        assert (response.status_code, response.json()["error"]["code"]) == (413, "body_too_large")


async def test_every_response_has_the_request_id(client: ApiClient) -> None:
    sent = await client.call("GET", PATH, X_Request_Id="abc-1")
    replaced = await client.call("GET", "/api/nowhere", X_Request_Id="not sane")

    assert sent.headers["x-request-id"] == "abc-1"
    assert len(replaced.headers["x-request-id"]) == 32
    assert replaced.json()["error"]["request_id"] == replaced.headers["x-request-id"]
    assert replaced.headers["x-content-type-options"] == "nosniff"
    assert replaced.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", "/api/operations/"])
async def test_an_unknown_path_is_not_found(client: ApiClient, path: str) -> None:
    response = await client.call("GET", path)

    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/operations", "GET, POST"),
        ("POST", "/api/shipments", "GET"),
        ("PUT", "/api/carrier-accounts/7", "DELETE, GET, PATCH"),
        ("TRACE", "/healthz", "GET"),
        ("POST", "/openapi.json", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_answered_with_the_allowed_methods(
    client: ApiClient, method: str, path: str, allowed: str
) -> None:
    response = await client.call(method, path)

    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == allowed
