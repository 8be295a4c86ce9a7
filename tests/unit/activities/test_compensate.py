"""Taking back: when a refusal counts, on a ledger in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import DOUBTED_REFUSAL_SECONDS, Effects
from activities.payloads import CompensateInput
from domain.effects import Direction, Effect, EffectState, UndoOutcome
from domain.errors import AuthFailed, EffectError, MayBeDone, Rejected, StillWaiting
from domain.ports.ledger import Ledger
from domain.shipping import Connection, ConnectionSettings, Mode
from tests.unit.activities.test_send_once import MemoryLedger
from tests.unit.domain.test_transitions import an_effect

BOUGHT = replace(an_effect(EffectState.DONE), result={})
ACCOUNT = Connection(uuid4(), "fedex", Mode.LIVE, True, datetime.now(UTC), ConnectionSettings(), {})
CALL = CompensateInput(
    organization_id=uuid4(), operation_id=uuid4(), run=1, effect_id=BOUGHT.id, step="buy_label", position=1
)


class UndoLedger(MemoryLedger):
    """Has a label, and its undo that was begun some time ago."""

    def __init__(self, seconds_ago: float, *, may_send: bool) -> None:
        begun_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        undo = replace(an_effect(EffectState.SENT), direction=Direction.UNDO, sent_at=begun_at)
        super().__init__(undo, may_send=may_send)

    async def find(self, *_: Any) -> Effect:
        return BOUGHT


async def _record_refused(ledger: UndoLedger, error: Rejected) -> None:
    async def reach(_target: Effect) -> Connection:
        return ACCOUNT

    async def reverse(_target: Effect, _account: Connection) -> tuple[UndoOutcome, str]:
        raise error

    async def run() -> None:
        await Effects(cast(Ledger, ledger)).compensate(CALL, reach, reverse)

    await ActivityEnvironment().run(run)


async def test_a_refusal_after_an_earlier_delivery_is_doubted() -> None:
    """The void may be done: nothing is written, and it is voided again."""
    ledger = UndoLedger(1, may_send=False)
    with pytest.raises(StillWaiting):
        await _record_refused(ledger, MayBeDone("no"))
    assert ledger.said == []


@pytest.mark.parametrize(
    ("seconds_ago", "may_send", "error"),
    [
        (0, True, MayBeDone("no")),
        (DOUBTED_REFUSAL_SECONDS + 1, False, MayBeDone("no")),
        (1, False, Rejected("the account has no such label")),
        (1, False, AuthFailed("who are you?")),
    ],
    ids=["the first delivery", "minutes later", "a refusal that is sure", "of the credentials"],
)
async def test_any_other_refusal_counts(seconds_ago: float, may_send: bool, error: Rejected) -> None:
    """It is kept, and the undo has failed."""
    ledger = UndoLedger(seconds_ago, may_send=may_send)
    with pytest.raises(EffectError) as raised:
        await _record_refused(ledger, error)
    assert raised.value is error
    assert ledger.said == ["record_rejected"]
