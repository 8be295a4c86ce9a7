"""API keys: their scopes, creation and revocation."""

from datetime import datetime, timedelta

import pytest

from api.http.auth import Scope
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows, now

PATH = "/api/operations"


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nope", "Basic ord_sk_x", "Bearer ord_sk_unknown", f"Bearer ord_sk_{'x' * 300}"],
)
async def test_a_call_without_a_valid_key_is_unauthorized(client: ApiClient, header: str) -> None:
    response = await client.http.get(PATH, headers={"Authorization": header} if header else {})

    assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthorized")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_revoked_and_expired_keys_are_rejected(client: ApiClient, rows: Rows) -> None:
    revoked = rows.insert_key(revoked_at=now())
    expired = rows.insert_key(expires_at=now() - timedelta(seconds=1))

    codes = []
    for client.secret in (revoked, expired):
        response = await client.call("GET", PATH)
        assert response.status_code == 401
        codes.append(response.json()["error"]["code"])

    assert codes == ["key_revoked", "key_expired"]


async def test_an_error_names_the_missing_scope(client: ApiClient, rows: Rows) -> None:
    client.secret = rows.insert_key(Scope.OPERATIONS_READ)

    allowed = await client.call("GET", PATH)
    refused = await client.call("POST", PATH, {"type": "x"})

    assert allowed.status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
    assert refused.json()["error"]["details"] == {"scope": "operations:write"}


async def test_a_key_works_until_it_is_revoked(client: ApiClient) -> None:
    created = await client.call("POST", "/api/api-keys", {"name": "warehouse", "scopes": ["operations:read"]})
    made = created.json()["data"]
    shown = await client.data("GET", created.headers["Location"])
    manager, client.secret = client.secret, made["secret"]
    used = await client.call("GET", PATH)
    client.secret = manager
    revoked = await client.data("DELETE", f"/api/api-keys/{made['id']}")
    listed = (await client.call("GET", "/api/api-keys")).json()
    client.secret = made["secret"]
    late = await client.call("GET", PATH)

    assert used.status_code == 200
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert revoked["revoked_at"] is not None
    assert listed["pagination"]["total"] == 2
    assert made["secret"] not in str(listed)
    assert late.json()["error"]["code"] == "key_revoked"


async def test_a_key_cannot_grant_a_scope_that_it_lacks(client: ApiClient, rows: Rows) -> None:
    client.secret = rows.insert_key(Scope.API_KEYS_MANAGE)

    response = await client.call("POST", "/api/api-keys", {"name": "more", "scopes": ["operations:execute"]})

    assert (response.status_code, response.json()["error"]["details"]) == (403, {"scope": "operations:execute"})


@pytest.mark.parametrize("hours", [None, 3], ids=["never", "later"])
async def test_a_key_cannot_create_one_that_outlives_it(client: ApiClient, rows: Rows, hours: int | None) -> None:
    limit = now() + timedelta(hours=2)
    client.secret = rows.insert_key(expires_at=limit)
    expires_at = None if hours is None else (now() + timedelta(hours=hours)).isoformat()

    body = {"name": "more", "scopes": ["operations:read"], "expires_at": expires_at}
    response = await client.call("POST", "/api/api-keys", body)
    shorter = await client.call("POST", "/api/api-keys", body | {"expires_at": limit.isoformat()})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (403, "expiry_too_late")
    assert datetime.fromisoformat(error["details"]["expires_at"]) == limit
    assert shorter.status_code == 201


async def test_a_key_that_calls_too_often_must_wait(client: ApiClient) -> None:
    client.use_app(client.new_app(requests_per_second=0.5, burst=2))

    responses = [await client.call("GET", PATH) for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert {response.headers["ratelimit-policy"] for response in responses} == {'"key";q=2;w=4'}
    assert [response.headers["ratelimit"].split(";")[1] for response in responses] == ["r=1", "r=0", "r=0"]
    assert responses[2].headers["retry-after"] == "2"
