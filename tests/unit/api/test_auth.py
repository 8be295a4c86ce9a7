"""Who may call what."""

from datetime import timedelta

import pytest

from api.http.auth import SECRET_PREFIX, Scope, new_secret
from api.http.context import ApiLimits
from tests.fixtures.fake_stores import now
from tests.unit.api.world import World, new_world


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer nope", "Basic ord_sk_x", "Bearer ord_sk_unknown", f"Bearer ord_sk_{'x' * 300}"],
)
async def test_a_call_without_a_valid_key_is_unauthorized(world: World, header: str) -> None:
    answer = await world.http.get("/api/operations", headers={"Authorization": header} if header else {})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_ended_key_is_refused(world: World) -> None:
    revoked = world.key(*Scope, revoked_at=now())
    expired = world.key(*Scope, expires_at=now() - timedelta(seconds=1))

    codes = []
    for world.secret in (revoked, expired):
        answer = await world.call("GET", "/api/operations")
        assert answer.status_code == 401
        codes.append(answer.json()["error"]["code"])

    assert codes == ["key_revoked", "key_expired"]


async def test_a_key_without_the_scope_is_told_which(world: World) -> None:
    world.secret = world.key(Scope.OPERATIONS_READ)

    allowed = await world.call("GET", "/api/operations")
    refused = await world.call("POST", "/api/operations", {"type": "x"})

    assert allowed.status_code == 200
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
    assert refused.json()["error"]["details"] == {"scope": "operations:write"}


def test_a_secret_has_256_random_bits() -> None:
    secret = new_secret()

    assert secret.startswith(SECRET_PREFIX)
    assert len(secret) == len(SECRET_PREFIX) + 43
    assert secret != new_secret()


async def test_keys_are_made_used_and_revoked(world: World) -> None:
    made = await world.data("POST", "/api/api-keys", {"name": "warehouse", "scopes": ["operations:read"]})
    manager, world.secret = world.secret, made["secret"]
    used = await world.call("GET", "/api/operations")
    world.secret = manager
    revoked = await world.data("DELETE", f"/api/api-keys/{made['id']}")
    listed = (await world.call("GET", "/api/api-keys")).json()
    world.secret = made["secret"]
    late = await world.call("GET", "/api/operations")

    assert used.status_code == 200
    assert revoked["revoked_at"] is not None
    assert listed["pagination"]["total"] == 2
    assert made["secret"] not in str(listed)
    assert late.json()["error"]["code"] == "key_revoked"


async def test_a_key_cannot_give_what_it_lacks(world: World) -> None:
    world.secret = world.key(Scope.API_KEYS_MANAGE)

    answer = await world.call("POST", "/api/api-keys", {"name": "more", "scopes": ["operations:execute"]})

    assert (answer.status_code, answer.json()["error"]["details"]) == (403, {"scope": "operations:execute"})


async def test_a_key_that_calls_too_often_waits() -> None:
    world = new_world(ApiLimits(requests_per_second=0.5, burst=2))
    async with world.http:
        answers = [await world.call("GET", "/api/operations") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "2"
