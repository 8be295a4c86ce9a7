"""What the built-in steps declare: what the customer sees after an undo, and what blocks one."""

from typing import Any
from uuid import UUID

import pytest

from domain.operations import UndoRefusal
from domain.orders import OrderStatus
from domain.plan import Plan
from domain.tracking import TrackingStatus
from workflows.step import Step, UndoContext
from workflows.steps import BUY_LABEL, PUSH_FULFILLMENT, SET_ORDER_STATUS

SHIPMENT_ID = "770e8400-e29b-41d4-a716-446655440000"


@pytest.mark.parametrize(
    ("step", "result", "words"),
    [
        (BUY_LABEL, {}, "nothing"),
        (BUY_LABEL, {"tracking_number": "794644790132"}, "794644790132"),
        (PUSH_FULFILLMENT, {"notified": False}, "not shipped again"),
        (PUSH_FULFILLMENT, {"notified": True}, "can't be recalled"),
        (SET_ORDER_STATUS, {"previous_status": "processing"}, "processing again"),
    ],
)
def test_each_step_tells_what_the_customer_sees(step: Step, result: dict[str, Any], words: str) -> None:
    """In words that a person can pass on."""
    assert step.customer_sees is not None
    assert words in step.customer_sees(result)


def test_a_mail_that_was_not_sent_is_not_spoken_of() -> None:
    """Only a customer who was told sees a difference."""
    assert PUSH_FULFILLMENT.customer_sees is not None
    assert "mail" not in PUSH_FULFILLMENT.customer_sees({"notified": False})


def test_a_scanned_parcel_blocks_the_void_of_its_own_label_only() -> None:
    scanned = {UUID(SHIPMENT_ID): TrackingStatus.IN_TRANSIT}
    assert BUY_LABEL.blocks_undo is not None

    block = BUY_LABEL.blocks_undo(UndoContext({"shipment_id": SHIPMENT_ID}, scanned=scanned))

    assert block is not None
    assert (block.reason, block.is_forceable) == (UndoRefusal.IN_TRANSIT, True)
    assert block.tracking_status is TrackingStatus.IN_TRANSIT
    assert BUY_LABEL.blocks_undo(UndoContext({"shipment_id": SHIPMENT_ID})) is None
    assert BUY_LABEL.blocks_undo(UndoContext({}, scanned=scanned)) is None


@pytest.mark.parametrize(
    ("status", "blocked"), [(OrderStatus.SHIPPED, False), (OrderStatus.DELIVERED, True), (None, True)]
)
def test_a_changed_status_blocks_its_restore(status: OrderStatus | None, blocked: bool) -> None:
    assert SET_ORDER_STATUS.blocks_undo is not None
    block = SET_ORDER_STATUS.blocks_undo(UndoContext({"status": "shipped"}, order_status=status))
    assert (block is not None) is blocked


@pytest.mark.parametrize(("can_undo", "blocked"), [(None, False), (True, False), (False, True)])
def test_a_channel_that_cancels_nothing_blocks_for_good(can_undo: bool | None, blocked: bool) -> None:
    assert PUSH_FULFILLMENT.blocked_by_plan is not None
    assert (PUSH_FULFILLMENT.blocked_by_plan(Plan(can_undo=can_undo)) is not None) is blocked
