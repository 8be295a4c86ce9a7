"""What the built-in steps declare: what the customer sees after an undo, and what blocks one."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.effects import Effect, EffectState
from domain.json_values import to_json
from domain.operations import UndoRefusal
from domain.orders import OrderStatus
from domain.plan import Plan
from domain.results import LabelResult, PushResult, StatusResult
from domain.tracking import TrackingStatus
from tests.unit.domain.test_transitions import an_effect
from workflows.step import Step, UndoContext
from workflows.steps import BUY_LABEL, PUSH_FULFILLMENT, SET_ORDER_STATUS

SHIPMENT_ID = "770e8400-e29b-41d4-a716-446655440000"
ID = UUID(int=7)


LABEL = LabelResult(UUID(SHIPMENT_ID), "794644790132", "fedex", "GROUND", ID, "shp_1", None, None, None)
PUSH = PushResult("f1", ID, "794644790132", notified=True)
STATUS = StatusResult(ID, OrderStatus.PROCESSING, OrderStatus.SHIPPED)


def effect(result: object = None) -> Effect:
    return replace(an_effect(EffectState.DONE), result=to_json(result))


@pytest.mark.parametrize(
    ("step", "result", "words"),
    [
        (BUY_LABEL, None, "nothing"),
        (BUY_LABEL, LABEL, "794644790132"),
        (PUSH_FULFILLMENT, None, "not shipped again"),
        (PUSH_FULFILLMENT, PUSH, "can't be recalled"),
        (SET_ORDER_STATUS, STATUS, "processing again"),
    ],
)
def test_each_step_tells_what_the_customer_sees(step: Step[Any], result: object, words: str) -> None:
    """In words that a person can pass on."""
    assert step.customer_sees is not None
    assert words in step.customer_sees(UndoContext(effect(result)))


def test_a_mail_that_was_not_sent_is_not_spoken_of() -> None:
    """Only a customer who was told sees a difference."""
    assert PUSH_FULFILLMENT.customer_sees is not None
    assert "mail" not in PUSH_FULFILLMENT.customer_sees(UndoContext(effect(replace(PUSH, notified=False))))


def test_what_a_person_reports_of_a_label_is_enough() -> None:
    """It has no shipment yet, and no price."""
    reported = {"carrier_account_id": str(ID), "tracking_number": "1", "carrier_shipment_id": "s"}
    found = effect({**reported, "resolved_by": "key-1"}).read(LabelResult)
    assert found == LabelResult(None, "1", None, None, ID, "s", None, None, None)


def test_a_scanned_parcel_blocks_the_void_of_its_own_label_only() -> None:
    scanned = {UUID(SHIPMENT_ID): TrackingStatus.IN_TRANSIT}
    assert BUY_LABEL.blocks_undo is not None

    block = BUY_LABEL.blocks_undo(UndoContext(effect(LABEL), scanned=scanned))

    assert block is not None
    assert (block.reason, block.is_forceable) == (UndoRefusal.IN_TRANSIT, True)
    assert block.tracking_status is TrackingStatus.IN_TRANSIT
    assert BUY_LABEL.blocks_undo(UndoContext(effect(LABEL))) is None
    assert BUY_LABEL.blocks_undo(UndoContext(effect(), scanned=scanned)) is None


@pytest.mark.parametrize(
    ("now", "after", "words"),
    [
        (OrderStatus.SHIPPED, OrderStatus.PENDING, "the order is pending again"),
        (OrderStatus.SHIPPED, OrderStatus.SHIPPED, "the order stays shipped"),
        (OrderStatus.DELIVERED, OrderStatus.DELIVERED, "the order stays delivered"),
    ],
)
def test_the_order_has_the_status_that_the_others_make(now: OrderStatus, after: OrderStatus, words: str) -> None:
    assert SET_ORDER_STATUS.customer_sees is not None
    assert SET_ORDER_STATUS.customer_sees(UndoContext(effect(STATUS), now, after)) == words


@pytest.mark.parametrize(("can_undo", "blocked"), [(None, False), (True, False), (False, True)])
def test_a_channel_that_cancels_nothing_blocks_for_good(can_undo: bool | None, blocked: bool) -> None:
    assert PUSH_FULFILLMENT.blocked_by_plan is not None
    assert (PUSH_FULFILLMENT.blocked_by_plan(Plan(can_undo=can_undo)) is not None) is blocked
