"""The earliest time when a channel can have a push."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from activities.channel import earliest_push_time
from activities.payloads import StepInput
from domain.effects import EffectState
from domain.ports.ledger import PushData
from tests.unit.domain.effects import build_effect

RECORDED = datetime(2026, 11, 1, tzinfo=UTC)
OPENED = RECORDED + timedelta(days=20)


@pytest.mark.parametrize(
    ("round_", "doubted", "expected"),
    [(1, False, RECORDED), (1, True, RECORDED), (2, True, RECORDED), (2, False, OPENED)],
)
def test_a_reopened_effect_does_not_hide_an_earlier_push(round_: int, doubted: bool, expected: datetime) -> None:
    """A restored ledger may have a new row for an old push; a second round counts from its own row."""
    effect = replace(build_effect(EffectState.SENT), round=round_, created_at=OPENED)
    push_data = cast(PushData, SimpleNamespace(operation=SimpleNamespace(created_at=RECORDED)))
    step = StepInput(
        organization_id=effect.organization_id,
        operation_id=effect.operation_id,
        run=1,
        step="push_fulfillment",
        position=1,
        doubted=doubted,
    )

    assert earliest_push_time(step, push_data, effect) == expected
