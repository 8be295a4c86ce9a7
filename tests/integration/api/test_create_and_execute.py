"""Create and execute an operation in one call."""

from uuid import uuid4

import pytest

from api.http.auth import Scope
from domain.operations import RunKind
from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import ApiClient, Temporal
from tests.fixtures.rows import Rows

OPERATIONS = "/api/operations"


@pytest.fixture
def body(rows: Rows) -> Json:
    order_id = str(rows.insert_order())
    return {"type": "update_order_status", "order_id": order_id, "input": {"status": "on_hold"}, "execute": True}


async def test_one_call_records_and_starts_it(client: ApiClient, body: Json, temporal: Temporal) -> None:
    response = await client.call("POST", OPERATIONS, body)

    shown = response.json()["data"]
    assert (response.status_code, shown["status"]) == (201, "executing")
    assert response.headers["location"] == f"{OPERATIONS}/{shown['id']}"
    assert [run.kind for run in temporal.offered] == [RunKind.EXECUTE]
    events = [entry["event"] for entry in (await client.data("GET", f"{OPERATIONS}/{shown['id']}"))["logs"]]
    assert events == ["operation.created", "operation.executing"]


async def test_one_call_waits_for_the_end(client: ApiClient, body: Json, temporal: Temporal) -> None:
    """A repeat with the same key returns the final answer and starts nothing."""
    temporal.workflow = lambda run: client.finish_run(run, output={"status": "on_hold"})

    response = await client.call("POST", OPERATIONS, body, Prefer="wait=5", Idempotency_Key="one-call")
    again = await client.call("POST", OPERATIONS, body, Prefer="wait=5", Idempotency_Key="one-call")

    assert (response.status_code, response.json()["data"]["status"]) == (201, "completed")
    assert response.headers["preference-applied"] == "wait=5"
    assert (again.status_code, again.content) == (201, response.content)
    assert len(temporal.offered) == 1


async def test_the_answer_after_a_short_wait_is_201(client: ApiClient, body: Json) -> None:
    response = await client.call("POST", OPERATIONS, body, Prefer="wait=1")

    assert (response.status_code, response.json()["data"]["status"]) == (201, "executing")


async def test_it_needs_both_scopes_and_records_nothing_without(client: ApiClient, rows: Rows, body: Json) -> None:
    client.secret = rows.insert_key(Scope.OPERATIONS_WRITE)

    before = rows.value("select count(*) from operations")
    refused = await client.call("POST", OPERATIONS, body)
    batch = await client.call("POST", f"{OPERATIONS}/batch", {"operations": [body]})
    recorded = await client.call("POST", OPERATIONS, {**body, "execute": False})

    assert (refused.status_code, refused.json()["error"]["details"]) == (403, {"scope": "operations:execute"})
    assert batch.status_code == 403
    assert recorded.json()["data"]["status"] == "pending"
    assert rows.value("select count(*) from operations") == before + 1


@pytest.mark.parametrize("whole", [False, True])
async def test_a_batch_checks_its_scope_before_it_reads_orders(
    client: ApiClient, rows: Rows, body: Json, whole: bool
) -> None:
    """The key learns nothing about the organization's data from a batch that it may not execute."""
    client.secret = rows.insert_key(Scope.OPERATIONS_WRITE)
    bad = {**body, "order_id": str(uuid4()), "execute": False}

    batch = {"operations": [{**body, "execute": not whole}, bad], "execute": whole}
    refused = await client.call("POST", f"{OPERATIONS}/batch", batch)

    assert (refused.status_code, refused.json()["error"]["details"]) == (403, {"scope": "operations:execute"})


async def test_a_batch_does_not_wait(client: ApiClient, body: Json) -> None:
    """The answer does not claim that the preference was applied."""
    response = await client.call("POST", f"{OPERATIONS}/batch", {"operations": [body]}, Prefer="wait=60")

    assert response.status_code == 201
    assert [operation["status"] for operation in response.json()["data"]] == ["executing"]
    assert "preference-applied" not in response.headers


async def test_a_refused_input_starts_nothing(client: ApiClient, body: Json, temporal: Temporal) -> None:
    response = await client.call("POST", OPERATIONS, {**body, "input": {"status": "lost"}})

    assert response.status_code == 422
    assert temporal.offered == []


@pytest.mark.parametrize(("whole", "expected"), [(False, ["executing", "pending"]), (True, ["executing"] * 2)])
async def test_a_batch_starts_some_or_all(client: ApiClient, body: Json, whole: bool, expected: list[str]) -> None:
    operations = [body, {**body, "execute": False}]

    created = await client.data("POST", f"{OPERATIONS}/batch", {"operations": operations, "execute": whole})

    assert [operation["status"] for operation in created] == expected
    for operation in created:
        stored = await client.data("GET", f"{OPERATIONS}/{operation['id']}")
        assert stored["status"] == operation["status"]
