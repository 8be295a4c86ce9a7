"""A call that is repeated with the same idempotency key has its effect once."""

import hashlib
from typing import Any

import pytest

from domain.operations import Run
from tests.fixtures.in_process_api import ApiClient, Temporal
from tests.fixtures.rows import Rows

BODY: dict[str, Any] = {"external_id": "7"}
ORDERS = "/api/orders"


async def test_a_repeated_call_is_replayed(client: ApiClient, rows: Rows) -> None:
    first = await client.call("POST", ORDERS, BODY, Idempotency_Key="a")
    second = await client.call("POST", ORDERS, BODY, Idempotency_Key="a")

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert len(rows.select("orders")) == 1


async def test_a_key_cannot_be_reused_for_another_body_or_path(client: ApiClient, rows: Rows) -> None:
    await client.call("POST", ORDERS, BODY, Idempotency_Key="a")
    path = f"/api/operations/{rows.insert_operation()}/cancel"

    other_body = await client.call("POST", ORDERS, {"external_id": "8"}, Idempotency_Key="a")
    other_path = await client.call("POST", path, Idempotency_Key="a")

    for response in (other_body, other_path):
        assert (response.status_code, response.json()["error"]["code"]) == (422, "idempotency_key_reused")


async def test_the_notation_of_the_body_does_not_matter(client: ApiClient, rows: Rows) -> None:
    bodies = ('{"external_id": "é", "total": "1"}', '{ "total":"1","external_id":"\\u00e9" }')
    headers = {**client.authorization, "Idempotency-Key": "a", "Content-Type": "application/json"}
    first, second = [await client.http.post(ORDERS, content=body.encode(), headers=headers) for body in bodies]

    assert (first.status_code, second.headers["idempotent-replayed"]) == (201, "true")
    assert len(rows.select("orders")) == 1


async def test_an_answer_of_version_0_1_0_is_replayed(client: ApiClient, rows: Rows) -> None:
    """That version stored the hash of the body as it was sent."""
    first = await client.call("POST", ORDERS, BODY, Idempotency_Key="a")
    sent = b"POST /api/orders\n" + first.request.content
    statement = "update idempotency_keys set fingerprint = %s where organization_id = %s"
    rows.run(statement, hashlib.sha256(sent).hexdigest(), rows.organization_id)

    again = await client.call("POST", ORDERS, BODY, Idempotency_Key="a")

    assert again.headers["idempotent-replayed"] == "true"


async def test_a_key_in_use_is_rejected(client: ApiClient) -> None:
    async with client.service.container.database.organization(client.organization_id) as data:
        assert (await data.idempotency.claim("a")).is_claimed
        response = await client.call("POST", ORDERS, BODY, Idempotency_Key="a")

    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert response.headers["retry-after"] == "1"


async def test_a_rejected_call_leaves_the_key_unused(client: ApiClient, rows: Rows) -> None:
    operation_id = rows.insert_operation("failed")
    path = f"/api/operations/{operation_id}/execute"

    refused = await client.call("POST", path, Idempotency_Key="a")
    rows.delete("operations", operation_id)
    rows.insert_operation(id=operation_id)
    done = await client.call("POST", path, Idempotency_Key="a")

    assert (refused.status_code, done.status_code) == (409, 202)


async def test_a_waiting_call_is_replayed_with_its_result(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    """Until its end the key is in use."""
    path = f"/api/operations/{rows.insert_operation()}/execute"
    meanwhile = []

    async def repeat_and_finish(run: Run) -> None:
        response = await client.call("POST", path, Prefer="wait=5", Idempotency_Key="a")
        meanwhile.append(response.json()["error"]["code"])
        await client.finish_run(run)

    temporal.workflow = repeat_and_finish
    first = await client.call("POST", path, Prefer="wait=5", Idempotency_Key="a")
    second = await client.call("POST", path, Prefer="wait=5", Idempotency_Key="a")

    assert meanwhile == ["idempotency_key_in_use"]
    assert first.json()["data"]["status"] == "completed"
    assert (second.status_code, second.content) == (200, first.content)
    assert len(temporal.offered) == 1


async def test_a_replay_never_shows_a_secret_again(client: ApiClient, rows: Rows) -> None:
    body = {"name": "warehouse", "scopes": ["operations:read"]}

    first = await client.data("POST", "/api/api-keys", body, Idempotency_Key="a")
    replayed = await client.data("POST", "/api/api-keys", body, Idempotency_Key="a")

    assert first["secret"].startswith(first["prefix"])
    assert replayed["secret"] is None
    assert replayed["id"] == first["id"]
    assert first["secret"] not in str(rows.select_one("idempotency_keys"))


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_must_be_printable_and_short(client: ApiClient, key: str) -> None:
    response = await client.call("POST", ORDERS, BODY, Idempotency_Key=key)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_idempotency_key")
