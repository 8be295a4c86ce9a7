"""Undo an operation, and the answers about its end."""

from typing import Any
from uuid import UUID

import pytest

from domain.operations import NO_OPTIONS, Run, RunKind
from domain.orders import OrderStatus
from domain.ports.runs import NextRun
from domain.results import StatusResult
from tests.fixtures.in_process_api import ApiClient, Temporal
from tests.fixtures.rows import Rows


def path_of(operation_id: UUID) -> str:
    return f"/api/operations/{operation_id}/undo"


async def test_a_completed_operation_is_undone(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    operation_id = rows.insert_purchase()
    temporal.workflow = lambda run: client.finish_run(run, "undone")

    response = await client.call("POST", path_of(operation_id))

    assert response.status_code == 200
    assert "preference-applied" not in response.headers
    operation = response.json()["data"]
    assert (operation["status"], operation["id"]) == ("undone", str(operation_id))
    assert operation["undo_at"].endswith("Z")
    assert [run.kind for run in temporal.offered] == [RunKind.UNDO]


async def test_an_undo_that_takes_longer_is_in_progress(client: ApiClient, rows: Rows) -> None:
    path = path_of(rows.insert_purchase())

    response = await client.call("POST", path, Prefer="wait=0")
    again = await client.call("POST", path)

    assert (response.status_code, response.json()["data"]["undo"]["status"]) == (202, "in_progress")
    assert response.headers["preference-applied"] == "wait=0"
    assert again.status_code == 422
    assert again.json()["error"]["details"]["reason"] == "in_progress"


async def test_force_needs_a_reason_and_is_logged(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    path, body = path_of(rows.insert_purchase()), {"force": True, "reason": "wrong order"}

    without_reason = await client.call("POST", path, {"force": True})
    forced = await client.call("POST", path, body, Prefer="wait=0")

    assert (without_reason.status_code, without_reason.json()["error"]["code"]) == (422, "invalid_input")
    assert forced.status_code == 202
    assert temporal.offered[0].options.to_json() == body
    assert rows.select_log()[-1]["details"] == body


@pytest.mark.parametrize(("outcome", "reason"), [("too_late", "window_closed"), ("changed_since", "changed_since")])
async def test_the_carriers_refusal_is_reported(
    client: ApiClient, rows: Rows, temporal: Temporal, outcome: str, reason: str
) -> None:
    operation_id = rows.insert_purchase()

    async def refuse(run: Run) -> None:
        effect: dict[str, Any] = {"direction": "undo", "run": run.run, "state": "rejected", "outcome": outcome}
        rows.insert_effect(operation_id, **effect)
        await client.finish_run(run, "undo_failed", code=outcome, step="buy_label")

    temporal.workflow = refuse

    response = await client.call("POST", path_of(operation_id))

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "undo_not_available")
    assert error["details"]["reason"] == reason
    assert error["details"]["undo"]["steps"][-1]["outcome"] == outcome


async def test_a_failed_undo_continues_with_the_next_call(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    path = path_of(rows.insert_purchase())

    temporal.workflow = lambda run: client.finish_run(run, "undo_failed", code="unreachable")
    first = await client.call("POST", path)
    temporal.workflow = lambda run: client.finish_run(run, "undone")
    second = await client.call("POST", path)

    error = first.json()["error"]
    assert (first.status_code, error["code"]) == (422, "undo_failed")
    assert error["details"]["undo"]["steps"][0]["step"] == "buy_label"
    assert second.status_code == 200
    assert [run.run for run in temporal.offered] == [2, 3]


async def test_a_failed_undo_compares_the_order_with_its_effect(
    client: ApiClient, rows: Rows, temporal: Temporal
) -> None:
    """The order still has the status of the effect, so the step can be undone."""
    order_id = rows.insert_order(status="shipped")
    operation_id = rows.insert_operation("completed", order_id=order_id, current_run=1)
    result = StatusResult(order_id, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
    rows.insert_effect(operation_id, "set_order_status", result=result)
    temporal.workflow = lambda run: client.finish_run(run, "undo_failed", code="unreachable")

    response = await client.call("POST", path_of(operation_id))

    (step,) = response.json()["error"]["details"]["undo"]["steps"]
    assert (step["available"], step["message"]) == (True, None)


async def test_a_replaced_run_does_not_end_the_wait(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    """The reconciler replaces a run that drifted: the latest run ends the undo."""
    path = path_of(rows.insert_purchase())

    async def drift(run: Run) -> None:
        assert await client.service.container.runs.supersede(
            run, NextRun(run.kind, NO_OPTIONS, "Temporal does not know it")
        )

    temporal.workflow = drift

    response = await client.call("POST", path, Prefer="wait=1")

    assert response.status_code == 202
    assert [run["closed_at"] is None for run in rows.select("runs")] == [False, True]
