"""Built-in steps describe the customer's view after an undo, and the reasons that block an undo."""

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
from tests.unit.domain.effects import build_effect
from workflows.step import Step, UndoContext
from workflows.steps import BUY_LABEL, PUSH_FULFILLMENT, SET_ORDER_STATUS

SHIPMENT_ID = "770e8400-e29b-41d4-a716-446655440000"
ID = UUID(int=7)


LABEL = LabelResult(UUID(SHIPMENT_ID), "794644790132", "fedex", "GROUND", ID, "shp_1", None, None, None)
PUSH = PushResult("f1", ID, "794644790132", notified=True)
STATUS = StatusResult(ID, OrderStatus.PROCESSING, OrderStatus.SHIPPED)


def build_done_effect(result: object = None) -> Effect:
    return replace(build_effect(EffectState.DONE), result=to_json(result))


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
def test_each_step_describes_what_the_customer_sees(step: Step[Any], result: object, words: str) -> None:
    assert step.customer_sees is not None
    assert words in step.customer_sees(UndoContext(build_done_effect(result)))


def test_a_mail_is_mentioned_only_if_it_was_sent() -> None:
    assert PUSH_FULFILLMENT.customer_sees is not None
    assert "mail" not in PUSH_FULFILLMENT.customer_sees(UndoContext(build_done_effect(replace(PUSH, notified=False))))


def test_a_label_that_a_person_reported_can_be_read() -> None:
    """It has no shipment and no price."""
    resolution = {"carrier_account_id": str(ID), "tracking_number": "1", "carrier_shipment_id": "s"}
    result = build_done_effect({**resolution, "resolved_by": "key:1"}).read(LabelResult)
    assert result == LabelResult(None, "1", None, None, ID, "s", None, None, None)


def test_a_scanned_parcel_blocks_the_void_of_its_own_label_only() -> None:
    scans = {UUID(SHIPMENT_ID): TrackingStatus.IN_TRANSIT}
    assert BUY_LABEL.blocks_undo is not None

    block = BUY_LABEL.blocks_undo(UndoContext(build_done_effect(LABEL), scanned=scans))

    assert block is not None
    assert (block.reason, block.is_forceable) == (UndoRefusal.IN_TRANSIT, True)
    assert block.tracking_status is TrackingStatus.IN_TRANSIT
    assert BUY_LABEL.blocks_undo(UndoContext(build_done_effect(LABEL))) is None
    assert BUY_LABEL.blocks_undo(UndoContext(build_done_effect(), scanned=scans)) is None


@pytest.mark.parametrize(
    ("current", "after", "words"),
    [
        (OrderStatus.SHIPPED, OrderStatus.PENDING, "the order is pending again"),
        (OrderStatus.SHIPPED, OrderStatus.SHIPPED, "the order stays shipped"),
        (OrderStatus.DELIVERED, OrderStatus.DELIVERED, "the order stays delivered"),
    ],
)
def test_the_customer_sees_the_status_after_the_undo(current: OrderStatus, after: OrderStatus, words: str) -> None:
    assert SET_ORDER_STATUS.customer_sees is not None
    assert SET_ORDER_STATUS.customer_sees(UndoContext(build_done_effect(STATUS), current, after)) == words


@pytest.mark.parametrize(("can_undo", "blocked"), [(None, False), (True, False), (False, True)])
def test_a_channel_that_can_not_cancel_blocks_the_undo(can_undo: bool | None, blocked: bool) -> None:
    assert PUSH_FULFILLMENT.blocked_by_plan is not None
    assert (PUSH_FULFILLMENT.blocked_by_plan(Plan(can_undo=can_undo)) is not None) is blocked
