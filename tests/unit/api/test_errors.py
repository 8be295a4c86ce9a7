"""One envelope for every error, one status for every cause."""

import json
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

import api.http.errors
import domain.errors
from api.http.errors import status_of
from domain.errors import DomainError
from tests.unit.api.world import World, new_world


def leaves(error: type[DomainError]) -> Iterator[type[DomainError]]:
    below = error.__subclasses__()
    if not below:
        yield error
    for one in below:
        yield from leaves(one)


def test_every_leaf_of_the_error_tree_has_a_status() -> None:
    own = [one for one in leaves(DomainError) if one.__module__ in (api.http.errors.__name__, domain.errors.__name__)]

    assert len(own) > 15
    assert [one.__name__ for one in own if status_of(one) is None] == []


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
async def test_json_that_cannot_be_read_is_malformed(world: World, raw: bytes) -> None:
    headers = {"Authorization": f"Bearer {world.secret}", "Content-Type": "application/json"}

    answer = await world.http.post("/api/orders", content=raw, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_json")


async def test_a_key_that_is_repeated_is_found_among_many_at_once(world: World) -> None:
    """In a body as large as it may be: counting each key would take minutes."""
    names = [f"{number:x}" for number in range(90_000)]
    body = "{" + ",".join(f'"{name}":1' for name in [*names, names[-1]]) + "}"
    headers = {"Authorization": f"Bearer {world.secret}", "Content-Type": "application/json"}
    before = time.process_time()

    answer = await world.http.post("/api/orders", content=body, headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_json")
    assert f"'{names[-1]}' is repeated" in answer.json()["error"]["message"]
    assert time.process_time() - before < 2


async def test_a_parameter_that_is_repeated_is_found_among_many_at_once(world: World) -> None:
    """In a query as long as a request's line may be."""
    names = [f"{number:x}" for number in range(10_000)]
    query = "&".join(f"{name}=" for name in [*names, names[-1]])
    before = time.process_time()

    answer = await world.call("GET", f"/api/orders?{query}")

    assert (answer.status_code, answer.json()["error"]["details"]["parameter"]) == (400, names[-1])
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], []),
        ({"external_id": "a", "customer": {"name": "\ud800"}}, ["customer", "name"]),
        ({"external_id": "a", "x\u0000": 1}, []),
        (json.loads('{"a":' * 40 + "1" + "}" * 40), ["a", "a", "a"]),
    ],
)
async def test_json_that_no_database_takes_is_refused(world: World, body: object, path: list[str]) -> None:
    headers = {"Authorization": f"Bearer {world.secret}", "Content-Type": "application/json"}

    answer = await world.http.post("/api/orders", content=json.dumps(body), headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_input")
    assert answer.json()["error"]["details"]["fields"][0]["path"] == path


async def test_a_body_must_be_json(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.secret}", "Content-Type": "text/plain"}

    answer = await world.http.post("/api/orders", content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


async def test_a_huge_body_is_refused_also_where_its_length_is_not_told(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.secret}", "Content-Type": "application/json"}

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    told = await world.http.post("/api/orders", content=b" " * 2_000_000, headers=headers)
    chunked = await world.http.post("/api/orders", content=chunks(), headers=headers)

    for answer in (told, chunked):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


async def test_every_response_has_the_request_id(world: World) -> None:
    own = await world.call("GET", "/api/orders", X_Request_Id="abc-1")
    made = await world.call("GET", "/api/nowhere", X_Request_Id="not sane")

    assert own.headers["x-request-id"] == "abc-1"
    assert len(made.headers["x-request-id"]) == 32
    assert made.json()["error"]["request_id"] == made.headers["x-request-id"]
    assert made.headers["x-content-type-options"] == "nosniff"
    assert made.headers["cache-control"] == "no-store"


async def test_there_is_no_such_path(world: World) -> None:
    for path in ("/", "/api/nowhere", "/api/operations/", "/docs"):
        answer = await world.call("GET", path)

        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


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
async def test_another_method_is_told_which_there_are(world: World, method: str, path: str, allowed: str) -> None:
    answer = await world.call(method, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


async def test_without_a_database_the_client_is_asked_to_come_back(world: World) -> None:
    world.database.down = True

    answer = await world.call("GET", "/api/operations")
    ready = await world.http.get("/readyz")
    alive = await world.http.get("/healthz")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "service_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert (ready.status_code, ready.json()["postgres"]) == (503, "down")
    assert alive.status_code == 200


async def test_readiness_reports_every_part(world: World) -> None:
    answer = await world.http.get("/readyz")

    assert answer.json() == {"status": "ok", "postgres": "ok", "temporal": "ok"}


async def test_a_mistake_of_ours_shows_and_logs_no_data(caplog: pytest.LogCaptureFixture) -> None:
    world = new_world()
    world.database.broken = True
    world.http = httpx.AsyncClient(
        transport=httpx.ASGITransport(world.app, raise_app_exceptions=False), base_url="http://api.test"
    )

    async with world.http:
        answer = await world.call("GET", "/api/operations")

    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert answer.headers["x-request-id"] == answer.json()["error"]["request_id"]
    assert "Pine Street" not in answer.text + caplog.text
    assert "RuntimeError" in caplog.text
