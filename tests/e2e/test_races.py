"""Of racing calls one wins, and a repeated call is done once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.fixtures.api import WAIT, Api, data, refused
from tests.fixtures.builders import Json
from tests.fixtures.polling import eventually
from tests.fixtures.stack import Stack

ROUNDS = 200
AT_A_TIME = 10
OPERATIONS = "/api/operations"


async def race(client: httpx.AsyncClient, *paths: str, **options: Any) -> list[httpx.Response]:
    """Send POSTs at the same moment."""
    return list(await asyncio.gather(*(client.post(path, **options) for path in paths)))


async def record_all(client: httpx.AsyncClient, bodies: list[Json]) -> list[str]:
    """Record operations, a few at a time; return their ids."""
    gate = asyncio.Semaphore(AT_A_TIME)

    async def record(body: Json) -> str:
        async with gate:
            answer = await client.post(OPERATIONS, json=body)
            return str(data(answer, 201)["id"])

    return list(await asyncio.gather(*(record(body) for body in bodies)))


def status_change(order_id: str, status: str = "on_hold") -> Json:
    return {"type": "update_order_status", "order_id": order_id, "input": {"status": status}}


async def test_two_racing_executes_have_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    """200 times: one 202 and one 409, one run, and one change made."""
    orders = [api.order()["id"] for _ in range(4)]
    ids = await record_all(racers, [status_change(orders[n % 4]) for n in range(ROUNDS)])
    outcomes: Counter[tuple[int, ...]] = Counter()
    for ident in ids:
        answers = await race(racers, *[f"{OPERATIONS}/{ident}/execute"] * 2)
        outcomes[tuple(sorted(answer.status_code for answer in answers))] += 1
        loser = next(answer for answer in answers if answer.status_code == 409)
        error = refused(loser, 409, "operation_not_pending")
        assert error["details"]["status"] in ("executing", "completed")
    assert outcomes == {(202, 409): ROUNDS}
    for ident in ids:
        found = api.until(ident, lambda operation: operation["status"] == "completed")
        assert [run["run"] for run in found["runs"]] == [1]
        assert [step["step"] for step in found["undo"]["steps"]] == ["set_order_status"]


async def test_execute_against_cancel_has_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    """200 times: either it is cancelled and the carrier never heard of it, or it is executed and has one label."""
    order_id = api.order()["id"]
    body = {"type": "create_shipment", "order_id": order_id, "input": {"carrier": "ups", "service": "GROUND"}}
    ids = await record_all(racers, [body] * ROUNDS)
    before = {label["reference"] for label in api.sandbox.labels()}
    winners: Counter[str] = Counter()
    cancelled = []
    for number, ident in enumerate(ids):
        calls = [f"{OPERATIONS}/{ident}/execute", f"{OPERATIONS}/{ident}/cancel"]
        answers = await race(racers, *(calls if number % 2 else reversed(calls)))
        won = [answer for answer in answers if answer.status_code != 409]
        assert len(won) == 1, [answer.text for answer in answers]
        winner = str(won[0].url).rsplit("/", 1)[1]
        assert won[0].status_code == {"execute": 202, "cancel": 200}[winner]
        winners[winner] += 1
        if winner == "cancel":
            cancelled.append(ident)
    assert min(winners["execute"], winners["cancel"]) > 0, winners
    for ident in ids:
        found = api.until(ident, lambda operation: operation["status"] in ("cancelled", "completed"), timeout=60)
        assert found["status"] == ("cancelled" if ident in cancelled else "completed")
        assert len(found["undo"]["steps"]) == len(found["runs"]) == (0 if ident in cancelled else 1)
    bought = [label for label in api.sandbox.labels() if label["reference"] not in before]
    assert len(bought) == winners["execute"]


async def test_racing_undos_take_it_back_once(api: Api, racers: httpx.AsyncClient) -> None:
    """One of them undoes it; the others are told that it is in progress, or done."""
    for _ in range(10):
        operation = api.done(api.label())
        answers = await race(racers, *[f"{OPERATIONS}/{operation['id']}/undo"] * 5, headers=WAIT)
        assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422, 422]
        for answer in answers:
            if answer.status_code == 422:
                error = refused(answer, 422, "undo_not_available")
                assert error["details"]["reason"] in ("in_progress", "already_undone")
        runs = [run["kind"] for run in api.get(operation["id"])["runs"]]
        assert runs == ["execute", "undo"]


async def test_racing_retries_have_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    api.sandbox.script("labels.create", "reject")
    operation = api.done(api.label(), "failed")
    answers = await race(racers, *[f"{OPERATIONS}/{operation['id']}/retry"] * 5, headers=WAIT)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    found = api.get(operation["id"])
    assert (found["status"], len(found["runs"])) == ("completed", 2)


async def test_racing_upserts_make_one_order(racers: httpx.AsyncClient) -> None:
    """One 201, the others 200, and none fails."""
    for _ in range(20):
        body = {"external_id": f"race-{uuid4()}", "total": "1.00"}
        answers = await race(racers, *["/api/orders"] * 6, json=body)
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
        assert len({answer.json()["data"]["id"] for answer in answers}) == 1


async def test_racing_defaults_leave_one_default(api: Api, racers: httpx.AsyncClient) -> None:
    """However many accounts want to be the default at once; none of the calls fails."""
    accounts = [api.account("usps")["id"] for _ in range(6)]
    for _ in range(5):
        answers = await asyncio.gather(
            *(racers.patch(f"/api/carrier-accounts/{ident}", json={"is_default": True}) for ident in accounts)
        )
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        found = api.http.get("/api/carrier-accounts", params={"carrier": "usps", "limit": 100}).json()["data"]
        assert [account["is_default"] for account in found].count(True) == 1


@pytest.mark.parametrize("table", ["carrier_accounts", "bridges"])
async def test_racing_changes_of_different_settings_are_both_kept(
    api: Api, racers: httpx.AsyncClient, table: str
) -> None:
    """The row is held until both wait for it, or for each other: so each has read what it merges with, if it may."""
    made = api.account() if table == "carrier_accounts" else api.bridge()
    path = f"/api/{table.replace('_', '-')}/{made['id']}"
    changes = {"read_timeout_seconds": 7.0, "max_concurrent": 3}
    url = api.info["database_url"]
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as watcher:

        async def both_wait() -> bool:
            waiting = "select count(*) from pg_stat_activity where datname = current_database()"
            row = watcher.execute(f"{waiting} and wait_event_type = 'Lock'").fetchone()
            return row == (2,)

        holder.execute(f"select from {table} where id = %s for update", (made["id"],))
        calls = [
            asyncio.create_task(racers.patch(path, json={"settings": {name: value}})) for name, value in changes.items()
        ]
        await eventually(both_wait, within=8, what="both calls wait")
        holder.rollback()
        answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert data(api.http.get(path))["settings"] == {**made["settings"], **changes}


async def test_racing_creates_with_one_key_make_one_operation(api: Api, racers: httpx.AsyncClient) -> None:
    """One is recorded; the others replay it or are told that it is still running, and succeed when asked again."""
    order_id = api.order()["id"]
    for _ in range(20):
        headers = {"Idempotency-Key": str(uuid4())}
        answers = await race(racers, *[OPERATIONS] * 6, json=status_change(order_id), headers=headers)
        made = [answer for answer in answers if answer.status_code == 201]
        assert {answer.status_code for answer in answers} <= {201, 409}
        for answer in answers:
            if answer.status_code == 409:
                refused(answer, 409, "idempotency_key_in_use")
                assert int(answer.headers["Retry-After"]) >= 1
        assert len({response.json()["data"]["id"] for response in made}) == 1
        assert [response.headers.get("Idempotent-Replayed") for response in made].count(None) == 1
        again = await racers.post(OPERATIONS, json=status_change(order_id), headers=headers)
        assert again.json()["data"]["id"] == made[0].json()["data"]["id"]
    total = api.http.get(OPERATIONS, params={"order_id": order_id}).json()["pagination"]["total"]
    assert total == 20


# Idempotency, one rule at a time --------------------------------------------------------------------------------


def post(api: Api, path: str, key: str, **options: Any) -> httpx.Response:
    return api.http.post(path, headers={"Idempotency-Key": key, **options.pop("headers", {})}, **options)


def test_the_same_call_again_is_replayed(api: Api) -> None:
    """Status, body and Location, with a header that says so; for every kind of change."""
    order = api.order()
    key = str(uuid4())
    first = post(api, OPERATIONS, key, json=status_change(order["id"]))
    again = post(api, OPERATIONS, key, json=status_change(order["id"]))
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


def test_a_deletion_is_replayed(api: Api) -> None:
    """204 again, not a 404 for what the first call took away."""
    bridge, key = f"/api/bridges/{api.bridge()['id']}", {"Idempotency-Key": str(uuid4())}
    first, again = api.http.delete(bridge, headers=key), api.http.delete(bridge, headers=key)
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.alone
async def test_calls_that_wait_keep_nobody_else_waiting(api: Api, racers: httpx.AsyncClient) -> None:
    """30 clients wait for the end of what hangs; others are answered as ever."""
    api.sandbox.script("labels.create", *["slow:3"] * 30)
    order_id = api.order()["id"]
    ids = [api.label(order_id)["id"] for _ in range(30)]
    waits = [asyncio.create_task(racers.post(f"{OPERATIONS}/{ident}/execute", headers=WAIT)) for ident in ids]
    slowest = 0.0
    while not any(wait.done() for wait in waits):
        answer = await racers.get(OPERATIONS)
        assert answer.status_code == 200
        slowest = max(slowest, answer.elapsed.total_seconds())
    assert slowest < 2
    ended = [(await wait).json()["data"]["status"] for wait in waits]
    assert ended == ["completed"] * 30


def test_another_call_with_the_same_key_is_refused(api: Api) -> None:
    """With another body, to another path, or by another method."""
    key, order = str(uuid4()), api.order()
    data(post(api, OPERATIONS, key, json=status_change(order["id"])), 201)
    refused(post(api, OPERATIONS, key, json=status_change(order["id"], "shipped")), 422, "idempotency_key_reused")
    refused(post(api, "/api/orders", key, json={"external_id": "x"}), 422, "idempotency_key_reused")
    answer = api.http.patch(f"/api/orders/{order['id']}", json={}, headers={"Idempotency-Key": key})
    refused(answer, 422, "idempotency_key_reused")


async def test_a_call_that_still_runs_is_not_repeated(api: Api, racers: httpx.AsyncClient) -> None:
    """409 until it has ended, then its answer."""
    api.sandbox.script("labels.create", "slow:4")
    operation, headers = f"{OPERATIONS}/{api.label()['id']}", {"Idempotency-Key": str(uuid4()), **WAIT}
    path = f"{operation}/execute"
    first = asyncio.create_task(racers.post(path, headers=headers))

    async def has_begun() -> bool:
        return bool(data(await racers.get(operation))["status"] == "executing")

    await eventually(has_begun, 20, "the first call's change is committed, and its key with it")
    refused(await racers.post(path, headers=headers), 409, "idempotency_key_in_use")
    ended = await first
    assert (ended.status_code, ended.json()["data"]["status"]) == (200, "completed")
    again = await racers.post(path, headers=headers)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (ended.json(), "true")


def test_a_refused_call_leaves_its_key_free(api: Api) -> None:
    """The same key then serves the call that is right."""
    key, order = str(uuid4()), api.order()
    refused(post(api, OPERATIONS, key, json=status_change(order["id"], "lost")), 422, "invalid_input")
    refused(post(api, OPERATIONS, key, json=status_change(str(uuid4()))), 404, "order_not_found")
    refused(post(api, OPERATIONS, key, content=b"{"), 400, "malformed_json")
    assert data(post(api, OPERATIONS, key, json=status_change(order["id"])), 201)["status"] == "pending"


def test_a_key_belongs_to_its_organization(api: Api, fresh: Api) -> None:
    """Another organization's call with the same key is a call of its own."""
    key, body = str(uuid4()), {"external_id": "same"}
    mine = data(post(api, "/api/orders", key, json=body), 201)
    theirs = post(fresh, "/api/orders", key, json=body)
    assert data(theirs, 201)["id"] != mine["id"]
    assert "Idempotent-Replayed" not in theirs.headers


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"caf\xc3\xa9", b"\xff", b"a\tb"])
def test_a_malformed_key_is_refused(api: Api, key: bytes) -> None:
    headers = [(b"Idempotency-Key", key)]
    refused(api.http.post("/api/orders", json={"external_id": "x"}, headers=headers), 400, "invalid_idempotency_key")


def test_two_keys_are_refused(api: Api) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    refused(api.http.post("/api/orders", json={"external_id": "x"}, headers=headers), 400, "invalid_idempotency_key")


def test_the_secret_of_a_key_is_not_replayed(api: Api) -> None:
    """It is not kept anywhere, so that a replay shows the key without it."""
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


def test_answers_are_replayed_after_a_restart(own_stack: Stack) -> None:
    """Of the whole stack: an answer is kept in the database, with the change that it tells of."""
    key = str(uuid4())
    api = Api(own_stack.info, own_stack.info["api_key"])
    body = status_change(own_stack.info["demo"]["order_id"])
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
