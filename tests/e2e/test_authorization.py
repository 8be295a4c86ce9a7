"""The API rejects missing, malformed, revoked and expired keys with 401, and missing scopes with 403."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.e2e.endpoints import ENDPOINTS, SOME, send
from tests.fixtures.api import Api, data, refused
from tests.fixtures.stack import wait_until

OPERATIONS = "/api/operations"


def test_these_tests_cover_every_endpoint(api: Api) -> None:
    """ENDPOINTS equals the endpoints and scopes of the OpenAPI document."""
    document = api.http.get("/openapi.json").json()
    documented = {
        (method.upper(), path.split("{")[0], operation["security"][0]["apiKey"][0])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if operation.get("security")
    }
    covered = {
        (method, path.split(SOME)[0].split("?")[0].replace("create_shipment", "").replace("fedex", ""), scope)
        for method, path, scope in ENDPOINTS
    }
    assert covered == documented


@pytest.mark.parametrize(("method", "path", "_scope"), ENDPOINTS)
def test_every_endpoint_rejects_a_call_without_a_key(api: Api, method: str, path: str, _scope: str) -> None:
    answer = httpx.request(method, api.url + path)
    refused(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def bad_headers(key: str) -> Iterator[bytes]:
    yield from (
        b"", b"Bearer", b"Bearer garbage", b"Bearer ord_sk_", b"Bearer ord_sk_" + b"A" * 43,
        b"Bearer ord_sk_" + b"A" * 20_000, b"Bearer ord_sk_\xff\xfe", b"Bearer ' or 1=1 --",
        f"Bearer {key[:-1]}".encode(), f"Bearer {key}A".encode(), f"Bearer {key.upper()}".encode(),
        f"Basic {key}".encode(), key.encode(), f"Bearer {key} {key}".encode(), f"Bearer {key},{key}".encode(),
        f"Bearer\t{key}".encode(),
    )  # fmt: skip


def test_malformed_keys_are_rejected(api: Api) -> None:
    """Missing, random, shortened, extended and doubled keys get 401, and the response repeats no part of the key."""
    for header in bad_headers(api.key):
        answer = httpx.get(api.url + OPERATIONS, headers=[(b"Authorization", header)])
        refused(answer, 401, "unauthorized")
        assert api.key[:20] not in answer.text


def test_a_key_in_the_query_or_a_cookie_is_ignored(api: Api) -> None:
    refused(httpx.get(f"{api.url}{OPERATIONS}?api_key={api.key}"), 401, "unauthorized")
    refused(httpx.get(api.url + OPERATIONS, headers={"Cookie": f"Authorization=Bearer {api.key}"}), 401, "unauthorized")


def test_a_revoked_key_is_rejected_at_once(api: Api) -> None:
    made = api.key_with("operations:read")
    with httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {made['secret']}"}) as client:
        assert client.get(OPERATIONS).status_code == 200
        data(api.http.delete(f"/api/api-keys/{made['id']}"))
        refused(client.get(OPERATIONS), 401, "key_revoked")


def test_an_expired_key_is_rejected(api: Api) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    made = api.key_with("operations:read", expires_at=soon.isoformat().replace("+00:00", "Z"))
    assert send(api, "GET", OPERATIONS, made["secret"]).status_code == 200
    wait_until(lambda: send(api, "GET", OPERATIONS, made["secret"]).status_code == 401, 5)
    assert datetime.now(UTC) >= soon
    refused(send(api, "GET", OPERATIONS, made["secret"]), 401, "key_expired")


def test_every_endpoint_requires_its_scope(api: Api) -> None:
    """A key with every other scope gets 403 with the missing scope's name; a key with only this scope is accepted."""
    scopes = sorted({scope for _, _, scope in ENDPOINTS})
    without = {scope: api.key_with(*(other for other in scopes if other != scope))["secret"] for scope in scopes}
    alone = {scope: api.key_with(scope)["secret"] for scope in scopes}
    for method, path, scope in ENDPOINTS:
        error = refused(send(api, method, path, without[scope]), 403, "insufficient_scope")
        assert error["details"]["scope"] == scope
        assert scope in error["message"]
        assert send(api, method, path, alone[scope]).status_code not in (401, 403)


def test_a_key_cannot_create_a_key_with_more_scopes(api: Api) -> None:
    manager = api.key_with("api-keys:manage", "operations:read")["secret"]
    fields = {"name": "more", "scopes": ["operations:read", "operations:execute"]}
    answer = api.http.post("/api/api-keys", json=fields, headers={"Authorization": f"Bearer {manager}"})
    assert refused(answer, 403, "insufficient_scope")["details"]["scope"] == "operations:execute"
