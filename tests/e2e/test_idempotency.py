"""A repeated call with the same Idempotency-Key runs once and gets the stored response."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.api import WAIT, Api, data, refused
from tests.fixtures.builders import build_operation
from tests.fixtures.polling import eventually
from tests.fixtures.stack import Stack

OPERATIONS = "/api/operations"


def post(api: Api, path: str, key: str, **options: Any) -> httpx.Response:
    return api.http.post(path, headers={"Idempotency-Key": key, **options.pop("headers", {})}, **options)


def test_a_repeated_call_gets_the_stored_response(api: Api) -> None:
    """Create, execute and undo return the same status and body again, with the header Idempotent-Replayed."""
    order = api.order()
    key = str(uuid4())
    first = post(api, OPERATIONS, key, json=build_operation(order["id"]))
    again = post(api, OPERATIONS, key, json=build_operation(order["id"]))
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.json(), again.headers["Location"]) == (
        201,
        first.json(),
        first.headers["Location"],
    )
    assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    ident = first.json()["data"]["id"]
    for call in ("execute", "undo"):
        key = str(uuid4())
        path = f"{OPERATIONS}/{ident}/{call}"
        first, again = post(api, path, key, headers=WAIT), post(api, path, key, headers=WAIT)
        assert (first.status_code, again.status_code) == (200, 200)
        assert again.json() == first.json()
        assert again.headers["Idempotent-Replayed"] == "true"


def test_a_repeated_deletion_gets_the_stored_response(api: Api) -> None:
    """The second DELETE gets 204 and not 404."""
    bridge, key = f"/api/bridges/{api.bridge()['id']}", {"Idempotency-Key": str(uuid4())}
    first, again = api.http.delete(bridge, headers=key), api.http.delete(bridge, headers=key)
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_another_call_with_the_same_key_is_rejected(api: Api) -> None:
    """The body, the path or the method differs."""
    key, order = str(uuid4()), api.order()
    data(post(api, OPERATIONS, key, json=build_operation(order["id"])), 201)
    refused(post(api, OPERATIONS, key, json=build_operation(order["id"], "on_hold")), 422, "idempotency_key_reused")
    refused(post(api, "/api/orders", key, json={"external_id": "x"}), 422, "idempotency_key_reused")
    answer = api.http.patch(f"/api/orders/{order['id']}", json={}, headers={"Idempotency-Key": key})
    refused(answer, 422, "idempotency_key_reused")


async def test_a_call_in_progress_is_not_repeated(api: Api, racers: httpx.AsyncClient) -> None:
    """The second call gets 409 until the first one ends, then its response."""
    api.sandbox.script("labels.create", "slow:30")
    operation, headers = f"{OPERATIONS}/{api.label()['id']}", {"Idempotency-Key": str(uuid4()), **WAIT}
    path = f"{operation}/execute"
    first = asyncio.create_task(racers.post(path, headers=headers))

    async def has_begun() -> bool:
        return bool(data(await racers.get(operation))["status"] == "executing")

    await eventually(has_begun, 60.0, "the first call's change is committed, and its key with it")
    refused(await racers.post(path, headers=headers), 409, "idempotency_key_in_use")
    api.sandbox.clear()
    ended = await first
    assert (ended.status_code, ended.json()["data"]["status"]) == (200, "completed")
    again = await racers.post(path, headers=headers)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (ended.json(), "true")


def test_a_rejected_call_does_not_use_up_its_key(api: Api) -> None:
    """After three rejections a valid call succeeds with the same key."""
    key, order = str(uuid4()), api.order()
    refused(post(api, OPERATIONS, key, json=build_operation(order["id"], "lost")), 422, "invalid_input")
    refused(post(api, OPERATIONS, key, json=build_operation(str(uuid4()))), 404, "order_not_found")
    refused(post(api, OPERATIONS, key, content=b"{"), 400, "malformed_json")
    assert data(post(api, OPERATIONS, key, json=build_operation(order["id"])), 201)["status"] == "pending"


def test_another_organization_may_use_the_same_key(api: Api, fresh: Api) -> None:
    key, body = str(uuid4()), {"external_id": "same"}
    mine = data(post(api, "/api/orders", key, json=body), 201)
    theirs = post(fresh, "/api/orders", key, json=body)
    assert data(theirs, 201)["id"] != mine["id"]
    assert "Idempotent-Replayed" not in theirs.headers


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"caf\xc3\xa9", b"\xff", b"a\tb"])
def test_a_malformed_key_is_rejected(api: Api, key: bytes) -> None:
    headers = [(b"Idempotency-Key", key)]
    refused(api.http.post("/api/orders", json={"external_id": "x"}, headers=headers), 400, "invalid_idempotency_key")


def test_two_keys_are_rejected(api: Api) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    refused(api.http.post("/api/orders", json={"external_id": "x"}, headers=headers), 400, "invalid_idempotency_key")


def test_a_new_api_keys_secret_is_not_replayed(api: Api) -> None:
    """The secret is not stored, so the replayed response lacks it."""
    key = str(uuid4())
    body = {"name": "once", "scopes": ["operations:read"]}
    first = data(post(api, "/api/api-keys", key, json=body), 201)
    again = post(api, "/api/api-keys", key, json=body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first["secret"] not in again.text
    assert again.json()["data"]["id"] == first["id"]


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Stack]:
    """A stack that the test may restart."""
    stack = Stack(tmp_path / "data").start()
    try:
        stack.wait_ready()
        yield stack
    finally:
        stack.kill()


def test_stored_responses_survive_a_restart(own_stack: Stack) -> None:
    """The response is stored in the same transaction as the change, so the restarted stack replays it."""
    key = str(uuid4())
    api = Api(own_stack.info, own_stack.info["api_key"])
    body = build_operation(own_stack.info["demo"]["order_id"])
    first = data(post(api, OPERATIONS, key, json=body), 201)
    path, started = f"{OPERATIONS}/{first['id']}/execute", str(uuid4())
    ended = data(post(api, path, started, headers=WAIT))
    api.close()
    own_stack.stop()
    own_stack.start().wait_ready()
    api = Api(own_stack.info, own_stack.info["api_key"])
    again, ended_again = post(api, OPERATIONS, key, json=body), post(api, path, started, headers=WAIT)
    assert (data(again, 201), again.headers["Idempotent-Replayed"]) == (first, "true")
    assert (data(ended_again), ended_again.headers["Idempotent-Replayed"]) == (ended, "true")
    assert api.http.get(OPERATIONS).json()["pagination"]["total"] == 1
    api.close()
