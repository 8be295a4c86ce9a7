"""Concurrent calls have exactly one winner."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.fixtures.api import WAIT, Api, data, refused
from tests.fixtures.builders import Json, build_operation
from tests.fixtures.polling import eventually

ROUNDS = 200

MAX_CONCURRENT = 10

OPERATIONS = "/api/operations"


async def race(client: httpx.AsyncClient, *paths: str, **options: Any) -> list[httpx.Response]:
    """Send POSTs concurrently."""
    return list(await asyncio.gather(*(client.post(path, **options) for path in paths)))


async def record_all(client: httpx.AsyncClient, bodies: list[Json]) -> list[str]:
    """Create operations, MAX_CONCURRENT concurrently; return their ids."""
    gate = asyncio.Semaphore(MAX_CONCURRENT)

    async def record(body: Json) -> str:
        async with gate:
            answer = await client.post(OPERATIONS, json=body)
            return str(data(answer, 201)["id"])

    return list(await asyncio.gather(*(record(body) for body in bodies)))


async def test_concurrent_executes_have_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    """In each of 200 rounds one call gets 202 and the other 409; each operation has one run and one effect."""
    orders = [api.order()["id"] for _ in range(4)]
    ids = await record_all(racers, [build_operation(orders[n % 4]) for n in range(ROUNDS)])
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


async def test_concurrent_execute_and_cancel_have_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    """In 200 rounds a cancelled operation buys no label, and an executed one buys exactly one."""
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


async def test_concurrent_undos_have_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    """One call undoes the operation; the others get 422 with the reason in_progress or already_undone."""
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


async def test_concurrent_retries_have_one_winner(api: Api, racers: httpx.AsyncClient) -> None:
    api.sandbox.script("labels.create", "reject")
    operation = api.done(api.label(), "failed")
    answers = await race(racers, *[f"{OPERATIONS}/{operation['id']}/retry"] * 5, headers=WAIT)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    found = api.get(operation["id"])
    assert (found["status"], len(found["runs"])) == ("completed", 2)


async def test_concurrent_upserts_create_one_order(racers: httpx.AsyncClient) -> None:
    """One call gets 201, the others get 200."""
    for _ in range(20):
        body = {"external_id": f"race-{uuid4()}", "total": "1.00"}
        answers = await race(racers, *["/api/orders"] * 6, json=body)
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
        assert len({answer.json()["data"]["id"] for answer in answers}) == 1


async def test_concurrent_changes_leave_one_default_account(api: Api, racers: httpx.AsyncClient) -> None:
    """Every call succeeds, and exactly one account is the default."""
    accounts = [api.account("usps")["id"] for _ in range(6)]
    for _ in range(5):
        answers = await asyncio.gather(
            *(racers.patch(f"/api/carrier-accounts/{ident}", json={"is_default": True}) for ident in accounts)
        )
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        found = api.http.get("/api/carrier-accounts", params={"carrier": "usps", "limit": 100}).json()["data"]
        assert [account["is_default"] for account in found].count(True) == 1


@pytest.mark.parametrize("table", ["carrier_accounts", "bridges"])
async def test_concurrent_changes_of_different_settings_are_merged(
    api: Api, racers: httpx.AsyncClient, table: str
) -> None:
    """The test locks the row until both calls wait for a lock, so that their updates overlap."""
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
        await eventually(both_wait, within=60, what="both calls wait")
        holder.rollback()
        answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert data(api.http.get(path))["settings"] == {**made["settings"], **changes}


async def test_concurrent_creates_with_one_key_make_one_operation(api: Api, racers: httpx.AsyncClient) -> None:
    """The other calls get the stored response or 409, and succeed when repeated later."""
    order_id = api.order()["id"]
    for _ in range(20):
        headers = {"Idempotency-Key": str(uuid4())}
        answers = await race(racers, *[OPERATIONS] * 6, json=build_operation(order_id), headers=headers)
        made = [answer for answer in answers if answer.status_code == 201]
        assert {answer.status_code for answer in answers} <= {201, 409}
        for answer in answers:
            if answer.status_code == 409:
                refused(answer, 409, "idempotency_key_in_use")
                assert int(answer.headers["Retry-After"]) >= 1
        assert len({response.json()["data"]["id"] for response in made}) == 1
        assert [response.headers.get("Idempotent-Replayed") for response in made].count(None) == 1
        again = await racers.post(OPERATIONS, json=build_operation(order_id), headers=headers)
        assert again.json()["data"]["id"] == made[0].json()["data"]["id"]
    total = api.http.get(OPERATIONS, params={"order_id": order_id}).json()["pagination"]["total"]
    assert total == 20


@pytest.mark.alone
async def test_waiting_calls_do_not_delay_other_calls(api: Api, racers: httpx.AsyncClient) -> None:
    """While 30 clients wait for slow purchases, each list request takes less than 2 s."""
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
    assert {(await wait).status_code for wait in waits} <= {200, 202}
    for ident in ids:
        api.until(ident, lambda found: found["status"] == "completed")
