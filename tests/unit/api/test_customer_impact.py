"""What an undo's preflight says of the customer."""

from dataclasses import replace
from typing import Any

import pytest

from api.operations.customer_impact import customer_sees
from domain.effects import EffectState
from tests.unit.domain.test_transitions import an_effect


@pytest.mark.parametrize(
    ("step", "result", "words"),
    [
        ("buy_label", {"tracking_number": "794644790132"}, "794644790132"),
        ("push_fulfillment", {"notified": False}, "not shipped again"),
        ("push_fulfillment", {"notified": True}, "can't be recalled"),
        ("set_order_status", {"previous_status": "processing"}, "processing again"),
    ],
)
def test_each_step_is_told(step: str, result: dict[str, Any], words: str) -> None:
    """In words that a person can pass on."""
    effect = replace(an_effect(EffectState.DONE), step=step, result=result)
    assert words in (customer_sees(effect) or "")


def test_a_mail_that_was_not_sent_is_not_spoken_of() -> None:
    """Only a customer who was told sees a difference."""
    effect = replace(an_effect(EffectState.DONE), step="push_fulfillment", result={"notified": False})
    assert "mail" not in (customer_sees(effect) or "")


def test_of_another_s_step_nothing_is_claimed() -> None:
    """A step of somebody's own type may show anything."""
    assert customer_sees(replace(an_effect(EffectState.DONE), step="engrave")) is None
