"""No call ignores what it does not take."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from api.app import ROUTERS
from api.openapi.document import describe
from tests.unit.api.world import World
from workflows.registry import load_types

SECURED = {
    f"{method.upper()} {path}": operation
    for path, methods in describe(ROUTERS, load_types())["paths"].items()
    for method, operation in methods.items()
    if operation["security"]
}
BODILESS = [name for name, operation in SECURED.items() if "requestBody" not in operation]


def request_of(name: str) -> tuple[str, str]:
    method, path = name.split(" ")
    return method, re.sub(r"{\w+}", str(uuid4()), path)


@pytest.mark.parametrize("name", SECURED)
async def test_an_unknown_query_parameter_is_named(world: World, name: str) -> None:
    method, path = request_of(name)

    answer = await world.call(method, f"{path}?dry_run=true")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]["parameter"]) == (400, "invalid_request", "dry_run")


@pytest.mark.parametrize("name", BODILESS)
@pytest.mark.parametrize("body", [b'{"dry_run": true}', b"dry_run=true", b"[]", b"null"])
async def test_a_body_is_refused_where_none_is_read(world: World, name: str, body: bytes) -> None:
    method, path = request_of(name)

    answer = await world.http.request(method, path, content=body, headers={"Authorization": f"Bearer {world.secret}"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    assert "takes no body" in answer.json()["error"]["message"]


async def test_what_is_refused_so_starts_nothing(world: World) -> None:
    operation = world.operation()

    answer = await world.call("POST", f"/api/operations/{operation.id}/execute", {"dry_run": True})

    assert answer.status_code == 400
    assert (world.dispatch.offered, world.rows.operations[operation.id]) == ([], operation)


@pytest.mark.parametrize("body", [b"", b"{}", b" {}\n"])
async def test_an_empty_object_and_an_empty_query_are_nothing(world: World, body: bytes) -> None:
    operation = world.operation()
    key = {"Authorization": f"Bearer {world.secret}"}

    answer = await world.http.post(f"/api/operations/{operation.id}/cancel?", content=body, headers=key)

    assert answer.status_code == 200


async def test_a_body_in_pieces_is_refused_too(world: World) -> None:
    operation = world.operation()
    key = {"Authorization": f"Bearer {world.secret}"}

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"dry_run":'
        yield b" true}"

    answer = await world.http.post(f"/api/operations/{operation.id}/execute", content=pieces(), headers=key)

    assert answer.status_code == 400
