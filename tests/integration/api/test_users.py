"""Users: their roles, their keys and their removal."""

import asyncio

import pytest

from api.http.auth import ROLE_SCOPES, Scope
from domain.operations import Run
from domain.users import Role
from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import ApiClient, Temporal, refused_paths
from tests.fixtures.rows import Rows, now

PATH = "/api/users"
KEYS = "/api/api-keys"


async def add(client: ApiClient, role: str = "operator", email: str = "ann@example.com") -> Json:
    user: Json = await client.data("POST", PATH, {"email": email, "role": role, "name": "Ann"})
    return user


async def new_key(client: ApiClient, user: Json, *scopes: str) -> str:
    body = {"name": "own", "scopes": list(scopes), "user_id": user["id"]}
    return str((await client.data("POST", KEYS, body))["secret"])


async def code_of(client: ApiClient, secret: str, method: str = "GET", path: str = "/api/orders") -> str | None:
    """Return the error code of a call with another key; None if it is accepted."""
    response = await client.call(method, path, None if method == "GET" else {}, Authorization=f"Bearer {secret}")
    return None if response.is_success else str(response.json()["error"]["code"])


async def test_a_user_is_added_changed_and_removed(client: ApiClient) -> None:
    await add(client, "admin", "admin@example.com")
    user = await add(client)
    renamed = await client.data("PATCH", f"{PATH}/{user['id']}", {"name": None, "role": "viewer"})
    disabled = await client.data("PATCH", f"{PATH}/{user['id']}", {"is_disabled": True})
    again = await client.data("PATCH", f"{PATH}/{user['id']}", {"is_disabled": True})
    enabled = await client.data("PATCH", f"{PATH}/{user['id']}", {"is_disabled": False})
    removed = await client.data("DELETE", f"{PATH}/{user['id']}")

    assert (user["email"], user["role"], user["name"], user["removed_at"]) == (
        "ann@example.com",
        "operator",
        "Ann",
        None,
    )
    assert (renamed["name"], renamed["role"]) == (None, "viewer")
    assert disabled["disabled_at"] is not None
    assert again["disabled_at"] == disabled["disabled_at"]
    assert enabled["disabled_at"] is None
    assert removed["removed_at"] is not None
    assert await client.data("DELETE", f"{PATH}/{user['id']}") == removed
    assert await client.data("GET", f"{PATH}/{user['id']}") == removed
    assert [found["id"] for found in await client.data("GET", f"{PATH}?email=ANN@example.com")] == [user["id"]]
    assert [found["role"] for found in await client.data("GET", f"{PATH}?role=admin")] == ["admin"]


async def test_a_removed_user_is_added_again_as_another_user(client: ApiClient) -> None:
    first = await add(client)
    secret = await new_key(client, first, "orders:read")
    duplicate = await client.call("POST", PATH, {"email": "ANN@EXAMPLE.COM", "role": "viewer"})
    await client.data("DELETE", f"{PATH}/{first['id']}")
    second = await add(client)

    assert (duplicate.status_code, duplicate.json()["error"]["details"]) == (409, {"id": first["id"]})
    assert second["id"] != first["id"]
    assert await code_of(client, secret) == "key_revoked"


async def test_a_person_is_a_user_of_two_organizations(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    """Neither organization sees or changes the user of the other."""
    own = await add(client)
    client.secret = other_rows.insert_key()
    theirs = await add(client, "viewer", "Ann@Example.com")
    await client.data("DELETE", f"{PATH}/{theirs['id']}")
    foreign = await client.call("GET", f"{PATH}/{own['id']}")
    client.secret = rows.insert_key()

    assert theirs["id"] != own["id"]
    assert foreign.status_code == 404
    assert await client.data("GET", f"{PATH}/{own['id']}") == own


@pytest.mark.parametrize("change", [{"role": "operator"}, {"is_disabled": True}, None])
async def test_the_last_admin_stays(client: ApiClient, change: Json | None) -> None:
    admin = await add(client, "admin")
    disabled = await add(client, "admin", "ben@example.com")
    await client.data("PATCH", f"{PATH}/{disabled['id']}", {"is_disabled": True})
    method = "DELETE" if change is None else "PATCH"
    refused = await client.call(method, f"{PATH}/{admin['id']}", change)
    await client.data("PATCH", f"{PATH}/{disabled['id']}", {"is_disabled": False})
    allowed = await client.call(method, f"{PATH}/{admin['id']}", change)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "last_admin")
    assert allowed.status_code == 200


async def test_of_two_admins_who_remove_each_other_one_stays(client: ApiClient) -> None:
    admins = [await add(client, "admin", f"{name}@example.com") for name in ("ann", "ben")]
    responses = await asyncio.gather(*(client.call("DELETE", f"{PATH}/{admin['id']}") for admin in admins))

    assert sorted(response.status_code for response in responses) == [200, 409]


async def test_a_key_has_at_most_the_scopes_of_its_users_role(client: ApiClient) -> None:
    """At its creation, and after a change of the role."""
    user = await add(client)
    body = {"name": "own", "scopes": ["orders:read", "orders:write", "users:write"], "user_id": user["id"]}
    refused = await client.call("POST", KEYS, body)
    secret = await new_key(client, user, "orders:read", "orders:write")
    before = await code_of(client, secret, "POST")
    await client.data("PATCH", f"{PATH}/{user['id']}", {"role": "viewer"})

    assert refused_paths(refused) == ["scopes.2"]
    assert before == "invalid_input"
    assert await code_of(client, secret, "POST") == "insufficient_scope"
    assert await code_of(client, secret) is None
    assert [key["user_id"] for key in await client.data("GET", f"{KEYS}?user_id={user['id']}")] == [user["id"]]


async def test_the_key_of_a_disabled_user_is_refused(client: ApiClient) -> None:
    user = await add(client)
    secret = await new_key(client, user, "orders:read")
    await client.data("PATCH", f"{PATH}/{user['id']}", {"is_disabled": True})
    refused = await code_of(client, secret)
    new = await client.call("POST", KEYS, {"name": "own", "scopes": ["orders:read"], "user_id": user["id"]})
    await client.data("PATCH", f"{PATH}/{user['id']}", {"is_disabled": False})

    assert refused == "user_disabled"
    assert refused_paths(new) == ["user_id"]
    assert await code_of(client, secret) is None


async def test_a_user_is_removed_while_a_key_is_in_use(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    """A call that waits ends as usual; the next call of the key is refused."""
    user = await add(client)
    secret = await new_key(client, user, "operations:execute", "operations:read")
    path = f"/api/operations/{rows.insert_operation()}"

    async def remove_and_finish(run: Run) -> None:
        await client.data("DELETE", f"{PATH}/{user['id']}")
        await client.finish_run(run, output={"status": "shipped"})

    temporal.workflow = remove_and_finish
    bearer = f"Bearer {secret}"
    waited = await client.call("POST", f"{path}/execute", Prefer="wait=10", Authorization=bearer)
    following = await client.call("GET", path, Authorization=bearer)

    assert (waited.status_code, waited.json()["data"]["status"]) == (200, "completed")
    assert (following.status_code, following.json()["error"]["code"]) == (401, "key_revoked")


async def test_a_key_outlives_no_race_with_the_removal_of_its_user(client: ApiClient, rows: Rows) -> None:
    """A key that was inserted beside the removal does not work either."""
    secret = rows.insert_key(membership_id=rows.insert_user(removed_at=now()))

    assert await code_of(client, secret) == "key_revoked"


@pytest.mark.parametrize("role", Role)
async def test_a_key_manages_no_user_with_more_scopes(client: ApiClient, rows: Rows, role: Role) -> None:
    """Neither adds, changes nor removes one."""
    user_id = rows.insert_user(role)
    rows.insert_user(Role.ADMIN)
    own = ROLE_SCOPES[Role.OPERATOR] | {Scope.USERS_WRITE}
    client.secret = rows.insert_key(*own)
    expected = {200, 201} if role is not Role.ADMIN else {403}

    added = await client.call("POST", PATH, {"email": "new@example.com", "role": role})
    raised = await client.call("PATCH", f"{PATH}/{user_id}", {"role": "admin"})
    renamed = await client.call("PATCH", f"{PATH}/{user_id}", {"name": "Eve"})
    removed = await client.call("DELETE", f"{PATH}/{user_id}")

    assert {added.status_code, renamed.status_code, removed.status_code} <= expected
    assert raised.status_code == 403


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["email", "role"]),
        ({"email": "ann", "role": "owner"}, ["email", "role"]),
        ({"email": "a b@example.com", "role": "viewer"}, ["email"]),
        ({"email": "a@b@c", "role": "viewer"}, ["email"]),
        ({"email": f"{'x' * 250}@example.com", "role": "viewer"}, ["email"]),
        ({"email": "a@example.com", "role": "viewer", "name": ""}, ["name"]),
        ({"email": "a@example.com", "role": "viewer", "is_disabled": True}, ["is_disabled"]),
    ],
)
async def test_a_bad_user_is_refused_by_field(client: ApiClient, body: Json, paths: list[str]) -> None:
    assert refused_paths(await client.call("POST", PATH, body)) == paths


async def test_a_key_of_an_unknown_or_removed_user_is_refused(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    for user_id in (rows.insert_user(removed_at=now()), other_rows.insert_user(), "x"):
        body = {"name": "own", "scopes": ["orders:read"], "user_id": str(user_id)}
        assert refused_paths(await client.call("POST", KEYS, body)) == ["user_id"]


def test_an_admin_has_every_scope_and_a_viewer_changes_nothing() -> None:
    assert ROLE_SCOPES[Role.ADMIN] == set(Scope)
    assert ROLE_SCOPES[Role.VIEWER] < ROLE_SCOPES[Role.OPERATOR] < ROLE_SCOPES[Role.ADMIN]
    assert all(scope.endswith(":read") for scope in ROLE_SCOPES[Role.VIEWER])
