"""The same call twice is done once."""

from typing import Any

import pytest

from domain.operations import OperationStatus
from tests.unit.api.world import World

BODY: dict[str, Any] = {"external_id": "7"}


async def test_a_repeated_call_is_replayed(world: World) -> None:
    first = await world.call("POST", "/api/orders", BODY, Idempotency_Key="a")
    second = await world.call("POST", "/api/orders", BODY, Idempotency_Key="a")

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert len(world.rows.orders) == 1


async def test_another_body_or_path_under_the_same_key_is_refused(world: World) -> None:
    await world.call("POST", "/api/orders", BODY, Idempotency_Key="a")
    operation = world.operation()

    other_body = await world.call("POST", "/api/orders", {"external_id": "8"}, Idempotency_Key="a")
    other_path = await world.call("POST", f"/api/operations/{operation.id}/cancel", Idempotency_Key="a")

    for answer in (other_body, other_path):
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")


async def test_a_key_that_is_in_use_is_told(world: World) -> None:
    world.database.claimed.add("a")

    answer = await world.call("POST", "/api/orders", BODY, Idempotency_Key="a")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert answer.headers["retry-after"] == "1"


async def test_a_refused_call_leaves_the_key_free(world: World) -> None:
    operation = world.operation(status=OperationStatus.COMPLETED)
    path = f"/api/operations/{operation.id}/cancel"
    refused = await world.call("POST", path, Idempotency_Key="a")
    world.rows.operations[operation.id] = world.operation(id=operation.id)

    done = await world.call("POST", path, Idempotency_Key="a")

    assert (refused.status_code, done.status_code) == (409, 200)


async def test_a_call_that_waits_is_running_and_then_replays_its_end(world: World) -> None:
    operation = world.operation()
    path = f"/api/operations/{operation.id}/execute"
    meanwhile = []

    async def again() -> None:
        answer = await world.call("POST", path, Prefer="wait=5", Idempotency_Key="a")
        meanwhile.append(answer.json()["error"]["code"])

    import asyncio  # noqa: PLC0415

    tasks = []

    def play(run: Any) -> None:
        async def later() -> None:
            await again()
            world.close(run, status=OperationStatus.COMPLETED)

        tasks.append(asyncio.create_task(later()))

    world.dispatch.then = play
    first = await world.call("POST", path, Prefer="wait=5", Idempotency_Key="a")
    second = await world.call("POST", path, Prefer="wait=5", Idempotency_Key="a")

    assert meanwhile == ["idempotency_key_in_use"]
    assert first.json()["data"]["status"] == "completed"
    assert (second.status_code, second.content) == (200, first.content)
    assert len(world.dispatch.offered) == 1


async def test_a_replay_never_shows_a_secret_again(world: World) -> None:
    body = {"name": "warehouse", "scopes": ["operations:read"]}

    first = await world.data("POST", "/api/api-keys", body, Idempotency_Key="a")
    replayed = await world.data("POST", "/api/api-keys", body, Idempotency_Key="a")

    assert first["secret"].startswith(first["prefix"])
    assert replayed["secret"] is None
    assert replayed["id"] == first["id"]
    assert first["secret"] not in str(world.rows.answers)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_must_be_printable_and_short(world: World, key: str) -> None:
    answer = await world.call("POST", "/api/orders", BODY, Idempotency_Key=key)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_idempotency_key")
