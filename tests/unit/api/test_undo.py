"""What can be undone, what an undo answers, and what is told about each step."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.effects import Direction, EffectState
from domain.operations import Operation, OperationStatus, Run, RunKind, UndoStatus
from domain.orders import OrderStatus
from domain.tracking import TrackingStatus
from tests.fixtures.fake_stores import now
from tests.unit.api.world import World

UNDONE: dict[str, Any] = {"status": OperationStatus.UNDONE, "undo_status": UndoStatus.DONE}


def path(operation: Operation) -> str:
    return f"/api/operations/{operation.id}/undo"


def shipped(world: World, *, status: OrderStatus) -> Operation:
    """An order that an operation had set to shipped, and that has another status now."""
    order = world.order(status=status)
    operation = world.operation(order_id=order.id, status=OperationStatus.COMPLETED, current_run=1)
    world.effect(operation, "set_order_status", result={"status": "shipped", "order_id": str(order.id)})
    return operation


async def test_a_completed_operation_is_undone(world: World) -> None:
    operation = world.bought(days=1)
    world.dispatch.then = lambda run: world.close(run, **UNDONE, undo_at=now())

    answer = await world.call("POST", path(operation))

    assert answer.status_code == 200
    assert "preference-applied" not in answer.headers
    shown = answer.json()["data"]
    assert (shown["status"], shown["id"]) == ("undone", str(operation.id))
    assert shown["undo_at"].endswith("Z")
    assert [run.kind for run in world.dispatch.offered] == [RunKind.UNDO]


async def test_an_undo_that_takes_longer_is_in_progress(world: World) -> None:
    operation = world.bought(days=1)

    answer = await world.call("POST", path(operation), Prefer="wait=0")
    again = await world.call("POST", path(operation))

    assert (answer.status_code, answer.json()["data"]["undo"]["status"]) == (202, "in_progress")
    assert answer.headers["preference-applied"] == "wait=0"
    assert again.status_code == 422
    assert again.json()["error"]["details"]["reason"] == "in_progress"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": OperationStatus.PENDING}, "not_completed"),
        ({"status": OperationStatus.FAILED}, "not_completed"),
        ({"status": OperationStatus.CANCELLED}, "not_completed"),
        ({"type": "void_shipment"}, "type_not_undoable"),
        ({"type": "push_fulfillment", "plan": {"can_undo": False}}, "type_not_undoable"),
        ({"status": OperationStatus.UNDONE}, "already_undone"),
        ({"undo_status": UndoStatus.IN_PROGRESS}, "in_progress"),
        ({"days": -1}, "window_closed"),
    ],
)
async def test_an_undo_that_cannot_be_says_why(world: World, changes: dict[str, Any], reason: str) -> None:
    operation = world.bought(**({"days": 1} | changes))

    answer = await world.call("POST", path(operation))
    shown = await world.data("GET", f"/api/operations/{operation.id}")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "undo_not_available")
    assert error["details"]["reason"] == reason
    assert error["details"]["status"] == operation.status.value
    assert (shown["undo"]["available"], shown["undo"]["reason"]) == (False, reason)
    assert world.dispatch.offered == []


async def test_a_later_change_is_not_overwritten(world: World) -> None:
    operation = shipped(world, status=OrderStatus.DELIVERED)

    refused = await world.call("POST", path(operation))
    look = await world.data("GET", path(operation))

    assert refused.json()["error"]["details"]["reason"] == "changed_since"
    assert look["reason"] == "changed_since"
    assert (look["steps"][0]["available"], look["steps"][0]["message"]) == (False, "the order is delivered by now")


async def test_force_needs_a_reason_and_is_logged(world: World) -> None:
    operation = shipped(world, status=OrderStatus.DELIVERED)

    bare = await world.call("POST", path(operation), {"force": True})
    forced = await world.call("POST", path(operation), {"force": True, "reason": "wrong order"}, Prefer="wait=0")

    assert (bare.status_code, bare.json()["error"]["code"]) == (422, "invalid_input")
    assert forced.status_code == 202
    assert world.dispatch.offered[0].options == {"force": True, "reason": "wrong order"}
    assert world.rows.logs[operation.id][-1].details == {"force": True, "reason": "wrong order"}


async def test_the_preflight_tells_each_step(world: World) -> None:
    operation = world.bought(days=1)
    bought = world.rows.effects[operation.id][0]
    world.effect(
        operation, "buy_label", direction=Direction.UNDO, undoes=bought.id, run=2, state=EffectState.REJECTED,
        error={"message": "the carrier was busy"},
    )  # fmt: skip

    look = await world.data("GET", path(operation))

    assert (look["available"], look["reason"], look["status"]) == (True, None, "none")
    assert look["until"].endswith("Z")
    assert [(step["direction"], step["available"]) for step in look["steps"]] == [("do", True), ("undo", None)]
    assert look["steps"][1]["message"] == "the carrier was busy"
    assert "sees no parcel" in look["steps"][0]["customer_sees"]
    assert look["steps"][1]["customer_sees"] is None


@pytest.mark.parametrize(("outcome", "reason"), [("too_late", "window_closed"), ("changed_since", "changed_since")])
async def test_a_carriers_refusal_is_an_answer(world: World, outcome: str, reason: str) -> None:
    operation = world.bought(days=1)

    def refuse(run: Run) -> None:
        state = EffectState.REJECTED
        world.effect(operation, "buy_label", direction=Direction.UNDO, run=run.run, state=state, outcome=outcome)
        world.close(run, undo_status=UndoStatus.FAILED, undo_error={"code": outcome, "step": "buy_label"})

    world.dispatch.then = refuse

    answer = await world.call("POST", path(operation))

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "undo_not_available")
    assert error["details"]["reason"] == reason
    assert error["details"]["undo"]["steps"][-1]["outcome"] == outcome


async def test_an_undo_that_failed_tells_its_steps_and_goes_on_when_called_again(world: World) -> None:
    operation = world.bought(days=1)
    failed: dict[str, Any] = {"undo_status": UndoStatus.FAILED, "undo_error": {"code": "unreachable"}}
    world.dispatch.then = lambda run: world.close(run, **failed)

    first = await world.call("POST", path(operation))
    world.dispatch.then = lambda run: world.close(run, **UNDONE)
    world.rows.operations[operation.id] = replace(world.rows.operations[operation.id], current_run=2)
    second = await world.call("POST", path(operation))

    error = first.json()["error"]
    assert (first.status_code, error["code"]) == (422, "undo_failed")
    assert error["details"]["undo"]["steps"][0]["step"] == "buy_label"
    assert second.status_code == 200
    assert [run.run for run in world.dispatch.offered] == [2, 3]


async def test_what_still_stands_after_an_undo_that_failed_is_held_against_its_order(world: World) -> None:
    operation = shipped(world, status=OrderStatus.SHIPPED)
    failed: dict[str, Any] = {"undo_status": UndoStatus.FAILED, "undo_error": {"code": "unreachable"}}
    world.dispatch.then = lambda run: world.close(run, **failed)

    step = (await world.call("POST", path(operation))).json()["error"]["details"]["undo"]["steps"][0]

    assert (step["available"], step["message"]) == (True, None)


async def test_a_run_that_drifted_is_followed_by_the_next(world: World) -> None:
    """A run that the reconciler replaced has not ended the undo: the newest one does."""
    operation = world.bought(days=1)

    def drift(run: Run) -> None:
        runs = world.rows.runs[operation.id]
        runs[-1] = replace(run, closed_at=now())
        runs.append(replace(run, run=run.run + 1))

    world.dispatch.then = drift

    answer = await world.call("POST", path(operation), Prefer="wait=1")

    assert answer.status_code == 202


async def test_an_order_that_is_gone_counts_as_changed(world: World) -> None:
    operation = shipped(world, status=OrderStatus.SHIPPED)
    assert (await world.data("GET", path(operation)))["available"] is True

    world.rows.orders.clear()

    assert (await world.data("GET", path(operation)))["reason"] == "changed_since"
    assert (await world.call("GET", f"/api/operations/{uuid4()}/undo")).status_code == 404


@pytest.mark.parametrize("status", [TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED, TrackingStatus.EXCEPTION])
async def test_a_scanned_label_is_not_voided(world: World, status: TrackingStatus) -> None:
    """Told before anything is tried, by the undo, its preflight and the operation alike."""
    operation = world.bought(days=1, shipment=world.shipment(tracking_status=status, scanned_at=now()))

    refused = await world.call("POST", path(operation))
    look = await world.data("GET", path(operation))
    shown = await world.data("GET", f"/api/operations/{operation.id}")

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (422, "undo_not_available")
    assert (error["details"]["reason"], error["details"]["tracking_status"]) == ("in_transit", status.value)
    assert (look["available"], look["reason"]) == (False, "in_transit")
    assert (look["steps"][0]["available"], look["steps"][0]["customer_sees"]) == (False, None)
    assert status.value in look["steps"][0]["message"]
    assert (shown["undo"]["available"], shown["undo"]["reason"]) == (False, "in_transit")
    assert world.dispatch.offered == []


async def test_force_lets_the_carrier_decide(world: World) -> None:
    """A scan may be another parcel's: with a reason, which is logged, the carrier is asked all the same."""
    operation = world.bought(days=1, shipment=world.shipment(scanned_at=now()))

    forced = await world.call("POST", path(operation), {"force": True, "reason": "it is on my desk"}, Prefer="wait=0")

    assert forced.status_code == 202
    assert world.dispatch.offered[0].options == {"force": True, "reason": "it is on my desk"}


@pytest.mark.parametrize("status", [TrackingStatus.UNKNOWN, TrackingStatus.PRE_TRANSIT, TrackingStatus.EXCEPTION])
async def test_what_was_not_scanned_is_left_to_the_carrier(world: World, status: TrackingStatus) -> None:
    operation = world.bought(days=1, shipment=world.shipment(tracking_status=status))

    assert (await world.data("GET", path(operation)))["available"] is True
    assert (await world.call("POST", path(operation), Prefer="wait=0")).status_code == 202


async def test_a_label_that_was_voided_before_stops_no_undo(world: World) -> None:
    """Whatever its tracking says: there is nothing left of it to take back."""
    operation = world.bought(days=1, shipment=world.shipment(scanned_at=now()))
    effects = world.rows.effects[operation.id]
    effects[0] = replace(effects[0], reversed_at=now())

    assert (await world.data("GET", path(operation)))["reason"] is None


async def test_a_scanned_label_is_refused_to_void_shipment(world: World) -> None:
    shipment = world.shipment(tracking_status=TrackingStatus.OUT_FOR_DELIVERY, scanned_at=now())
    body = {"type": "void_shipment", "order_id": None, "input": {"shipment_id": str(shipment.id)}}

    refused = await world.call("POST", "/api/operations", body)

    assert refused.status_code == 422
    field = refused.json()["error"]["details"]["fields"][0]
    assert field == {
        "path": ["input", "shipment_id"],
        "message": "the carrier has scanned the parcel: out_for_delivery",
    }
