"""Since when a channel can have what a push made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from activities.channel import earliest_push_time
from activities.payloads import StepInput
from domain.effects import EffectState
from domain.ports.ledger import PushData
from tests.unit.domain.test_transitions import an_effect

RECORDED = datetime(2026, 11, 1, tzinfo=UTC)
OPENED = RECORDED + timedelta(days=20)


@pytest.mark.parametrize(
    ("round_", "doubted", "expected"),
    [(1, False, RECORDED), (1, True, RECORDED), (2, True, RECORDED), (2, False, OPENED)],
)
def test_a_row_that_was_opened_anew_hides_nothing(round_: int, doubted: bool, expected: datetime) -> None:
    """A restored ledger's row is younger than the push that it forgot; a second round's is not of the first's push."""
    effect = replace(an_effect(EffectState.SENT), round=round_, created_at=OPENED)
    facts = cast(PushData, SimpleNamespace(operation=SimpleNamespace(created_at=RECORDED)))
    step = StepInput(
        organization_id=effect.organization_id,
        operation_id=effect.operation_id,
        run=1,
        step="push_fulfillment",
        position=1,
        doubted=doubted,
    )

    assert earliest_push_time(step, facts, effect) == expected
