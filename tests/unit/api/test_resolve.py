"""A person's word on what the service can't know."""

from typing import Any

import pytest

from domain.effects import Direction, EffectState
from domain.operations import Operation, OperationStatus, RunKind
from tests.unit.api.world import World

UNKNOWN = {
    "reason": "outcome_unknown",
    "since": "2026-01-15T10:30:00Z",
    "step": "buy_label",
    "choices": ["happened", "did_not_happen"],
}
STUCK = {**UNKNOWN, "reason": "compensation_failed", "choices": ["retry", "happened", "did_not_happen"]}
PLAN = {"carrier_account_id": "880e8400-e29b-41d4-a716-446655440000", "carrier": "fedex", "service": "GROUND"}
LABEL = {"tracking_number": "794644790132", "carrier_shipment_id": "shp_1"}


def path(operation: Operation) -> str:
    return f"/api/operations/{operation.id}/resolve"


def unknown(world: World) -> Operation:
    operation = world.operation(
        type="create_shipment", status=OperationStatus.EXECUTING, plan=PLAN, attention=UNKNOWN, current_run=1
    )
    world.effect(operation, "buy_label", state=EffectState.UNKNOWN)
    return operation


def stuck(world: World) -> Operation:
    """A failed operation whose label could not be voided."""
    error = {"code": "rejected", "message": "no", "step": "push_fulfillment", "rolled_back": False}
    operation = world.operation(
        type="fulfill_order", status=OperationStatus.FAILED, error=error, attention=STUCK, current_run=1
    )
    bought = world.effect(operation, "buy_label")
    world.effect(operation, "buy_label", direction=Direction.UNDO, undoes=bought.id, state=EffectState.UNKNOWN)
    return operation


async def test_what_happened_is_adopted_and_the_operation_goes_on(world: World) -> None:
    operation = unknown(world)

    answer = await world.call("POST", path(operation), {"outcome": "happened", "reason": "seen it", "result": LABEL})

    assert (answer.status_code, answer.json()["data"]["attention"]) == (202, None)
    effect = world.rows.effects[operation.id][0]
    assert (effect.state, effect.result) == (
        EffectState.DONE,
        {"carrier_account_id": PLAN["carrier_account_id"], **LABEL},
    )
    run = world.dispatch.offered[0]
    assert (run.kind, run.options["resolved"]) == (RunKind.EXECUTE, "happened")


async def test_a_label_that_happened_must_be_named(world: World) -> None:
    operation = unknown(world)

    answer = await world.call("POST", path(operation), {"outcome": "happened", "reason": "seen it"})

    assert answer.status_code == 422
    paths = [field["path"] for field in answer.json()["error"]["details"]["fields"]]
    assert paths == [["result", "tracking_number"], ["result", "carrier_shipment_id"]]
    assert world.rows.operations[operation.id].attention == UNKNOWN


async def test_what_did_not_happen_ends_the_operation_as_failed(world: World) -> None:
    operation = unknown(world)

    answer = await world.call("POST", path(operation), {"outcome": "did_not_happen", "reason": "asked the carrier"})

    assert answer.status_code == 202
    assert world.rows.effects[operation.id][0].state is EffectState.REJECTED
    run = world.dispatch.offered[0]
    assert (run.kind, run.options["code"], run.options["step"]) == (RunKind.ROLLBACK, "did_not_happen", "buy_label")


@pytest.mark.parametrize("state", [EffectState.REJECTED, EffectState.PREPARED])
async def test_a_refusal_that_came_after_the_question_settles_it(world: World, state: EffectState) -> None:
    """Nobody can say that it happened any more, and the operation does not wait for a word for ever."""
    operation = world.operation(
        type="create_shipment", status=OperationStatus.EXECUTING, plan=PLAN, attention=UNKNOWN, current_run=1
    )
    world.effect(operation, "buy_label", state=state)

    wrong = await world.call("POST", path(operation), {"outcome": "happened", "reason": "seen it", "result": LABEL})
    right = await world.call("POST", path(operation), {"outcome": "did_not_happen", "reason": "asked the carrier"})

    assert (wrong.status_code, wrong.json()["error"]["details"]["fields"][0]["path"]) == (422, ["outcome"])
    assert right.status_code == 202
    assert world.rows.effects[operation.id][0].state is state
    assert [run.kind for run in world.dispatch.offered] == [RunKind.ROLLBACK]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "retry", "reason": "x"}, "outcome"),
        ({"outcome": "maybe", "reason": "x"}, "outcome"),
        ({"outcome": "happened"}, "reason"),
        ({"outcome": "did_not_happen", "reason": "x", "step": "push_fulfillment"}, "step"),
    ],
)
async def test_a_word_that_settles_nothing_is_refused(world: World, body: dict[str, Any], field: str) -> None:
    operation = unknown(world)

    answer = await world.call("POST", path(operation), body)

    assert (answer.status_code, answer.json()["error"]["details"]["fields"][0]["path"]) == (422, [field])


async def test_there_must_be_something_to_settle(world: World) -> None:
    answer = await world.call("POST", path(world.operation()), {"outcome": "happened", "reason": "x"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "nothing_to_resolve")


async def test_a_compensation_is_tried_again_for_the_old_cause(world: World) -> None:
    operation = stuck(world)

    answer = await world.call("POST", path(operation), {"outcome": "retry", "reason": "carrier is back"})

    assert answer.status_code == 202
    run = world.dispatch.offered[0]
    assert run.kind is RunKind.ROLLBACK
    assert (run.options["code"], run.options["step"]) == ("rejected", "push_fulfillment")


async def test_what_a_person_took_back_no_longer_stands(world: World) -> None:
    operation = stuck(world)

    answer = await world.call("POST", path(operation), {"outcome": "happened", "reason": "voided by phone"})

    assert answer.status_code == 202
    assert world.rows.effects[operation.id][1].outcome == "done_by_hand"
    assert world.dispatch.offered[0].kind is RunKind.ROLLBACK


async def test_an_effect_may_be_left_standing(world: World) -> None:
    operation = stuck(world)

    answer = await world.call("POST", path(operation), {"outcome": "did_not_happen", "reason": "we use the label"})

    assert (answer.status_code, answer.json()["data"]["attention"]) == (200, None)
    assert world.dispatch.offered == []
    assert world.rows.logs[operation.id][-1].details == {"reason": "we use the label"}


async def test_a_word_that_opens_no_run_is_final_at_once(world: World) -> None:
    """Although it would have been waited for: a repeat finds how the call ended, not that it goes on."""
    operation = stuck(world)
    body = {"outcome": "did_not_happen", "reason": "we use the label"}

    first = await world.call("POST", path(operation), body, Prefer="wait=60", Idempotency_Key="a")
    again = await world.call("POST", path(operation), body, Prefer="wait=60", Idempotency_Key="a")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_an_undo_that_is_stuck_goes_on_as_an_undo(world: World) -> None:
    operation = world.bought(days=1, attention=STUCK)

    answer = await world.call("POST", path(operation), {"outcome": "retry", "reason": "x"})

    assert answer.status_code == 202
    assert world.dispatch.offered[0].kind is RunKind.UNDO
