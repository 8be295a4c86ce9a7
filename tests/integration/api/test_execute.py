"""Execute, wait for, cancel and retry an operation."""

import pytest

from domain.operations import RunKind
from tests.fixtures.in_process_api import ApiClient, Temporal
from tests.fixtures.rows import Rows


@pytest.fixture
def path(rows: Rows) -> str:
    """The path of a pending operation."""
    return f"/api/operations/{rows.insert_operation()}"


async def test_execute_offers_the_run_and_does_not_wait(client: ApiClient, path: str, temporal: Temporal) -> None:
    response = await client.call("POST", f"{path}/execute")
    again = await client.call("POST", f"{path}/execute")

    assert (response.status_code, response.json()["data"]["status"]) == (202, "executing")
    assert [run.kind for run in temporal.offered] == [RunKind.EXECUTE]
    assert again.status_code == 409
    assert again.json()["error"]["code"] == "operation_not_pending"
    assert again.json()["error"]["details"] == {"status": "executing"}


async def test_execute_waits_for_the_end_if_the_client_asks(client: ApiClient, path: str, temporal: Temporal) -> None:
    temporal.workflow = lambda run: client.finish_run(run, output={"status": "shipped"})

    response = await client.call("POST", f"{path}/execute", Prefer="wait=5")

    assert response.status_code == 200
    assert response.headers["preference-applied"] == "wait=5"
    operation = response.json()["data"]
    assert (operation["status"], operation["output"]) == ("completed", {"status": "shipped"})


async def test_a_wait_that_is_too_short_answers_202(client: ApiClient, path: str) -> None:
    response = await client.call("POST", f"{path}/execute", Prefer="wait=1")

    assert (response.status_code, response.json()["data"]["status"]) == (202, "executing")


async def test_a_stopping_process_answers_waiting_clients(
    client: ApiClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client.service.container.notifications, "is_ending", True)

    response = await client.call("POST", f"{path}/execute", Prefer="wait=60")

    assert (response.status_code, response.json()["data"]["status"]) == (202, "executing")


async def test_only_a_pending_operation_is_cancelled(client: ApiClient, path: str) -> None:
    cancelled = await client.call("POST", f"{path}/cancel")
    again = await client.call("POST", f"{path}/cancel")

    assert (cancelled.status_code, cancelled.json()["data"]["status"]) == (200, "cancelled")
    assert (again.status_code, again.json()["error"]["details"]) == (409, {"status": "cancelled"})


async def test_a_failed_operation_is_retried(client: ApiClient, rows: Rows) -> None:
    operation_id = rows.insert_operation("failed", error={"code": "rejected", "message": "no"})

    response = await client.call("POST", f"/api/operations/{operation_id}/retry")
    again = await client.call("POST", f"/api/operations/{operation_id}/retry")

    assert (response.status_code, response.json()["data"]["status"]) == (202, "executing")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "operation_not_failed")


async def test_a_failed_compensation_must_be_settled_before_a_retry(client: ApiClient, rows: Rows) -> None:
    attention = {
        "reason": "compensation_failed", "since": "2026-01-15T10:30:00Z", "step": "x", "choices": ["retry"],
    }  # fmt: skip
    operation_id = rows.insert_operation("failed", attention=attention)

    response = await client.call("POST", f"/api/operations/{operation_id}/retry")

    assert (response.status_code, response.json()["error"]["code"]) == (409, "compensation_unsettled")
