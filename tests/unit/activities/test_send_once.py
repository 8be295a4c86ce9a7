"""The one way in which an effect is sent, on a ledger in memory: what follows an accepted purchase never undoes it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import EffectHandler, Effects
from activities.errors import to_record
from activities.payloads import StepOutput
from domain.effects import Effect, EffectState
from domain.errors import Ambiguous, AuthFailed, EffectError, NotActive, NotSent, RateLimited, Rejected, StillWaiting
from domain.operations import OperationError
from domain.ports.ledger import EffectKey, Ledger, OpenedEffect
from domain.shipping import RawAnswer
from tests.unit.domain.test_transitions import an_effect

EFFECT = an_effect(EffectState.SENT)
KEY = EffectKey(EFFECT.organization_id, EFFECT.operation_id, 1, "buy_label", 1)
ANSWER = RawAnswer(201, b"{}")


class MemoryLedger:
    """Hands out one effect and keeps what is said of it."""

    def __init__(self, effect: Effect, *, may_send: bool = True) -> None:
        self.begun = OpenedEffect(effect, may_send)
        self.said: list[str] = []

    async def begin(self, _key: EffectKey) -> OpenedEffect:
        return self.begun

    def __getattr__(self, name: str) -> Callable[..., Awaitable[None]]:
        async def say(*_: Any) -> None:
            self.said.append(name)

        return say


async def _send_once(
    ledger: MemoryLedger, *, send: object = ANSWER, read: object = "label", record: object = None
) -> StepOutput:
    """Send with callbacks that return what is given, or raise it."""

    async def sends(_effect: Effect) -> RawAnswer:
        return cast(RawAnswer, _given(send))

    async def records(_effect: Effect, found: object) -> StepOutput:
        _given(record)
        return StepOutput(result={"found": found})

    async def run() -> StepOutput:
        effects = Effects(cast(Ledger, ledger))
        return await effects.send_once(KEY, sends, EffectHandler(lambda *_: _given(read), records))

    return cast(StepOutput, await ActivityEnvironment().run(run))


def _given(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value


async def test_the_answer_is_kept_before_it_is_read() -> None:
    """Whatever becomes of the reading, the raw answer is in the ledger."""
    ledger = MemoryLedger(EFFECT)
    with pytest.raises(Ambiguous):
        await _send_once(ledger, read=Ambiguous("not JSON"))
    assert ledger.said == ["store_answer"]


@pytest.mark.parametrize("error", [NotSent("no connection"), RateLimited("busy", after=1)], ids=["not_sent", "limited"])
async def test_put_back_where_it_surely_did_not_happen(error: EffectError) -> None:
    """It may be sent again."""
    ledger = MemoryLedger(EFFECT)
    with pytest.raises(type(error)):
        await _send_once(ledger, send=error)
    assert ledger.said == ["record_not_sent", "note"]


@pytest.mark.parametrize(
    "error",
    [NotSent("no connection"), RateLimited("busy", after=1), Ambiguous("a drop")],
    ids=["not_sent", "limited", "ambiguous"],
)
async def test_what_follows_a_purchase_never_puts_it_back(error: EffectError) -> None:
    """The document of a label that was bought can't be fetched: the purchase stands, and the rest is tried again."""
    ledger = MemoryLedger(EFFECT)
    with pytest.raises(StillWaiting):
        await _send_once(ledger, record=error)
    assert ledger.said == ["store_answer"]


@pytest.mark.parametrize(
    "error",
    [NotSent("no connection"), RateLimited("busy", after=1), Rejected("no")],
    ids=["not_sent", "limited", "rejected"],
)
async def test_a_refusal_in_doubt_proves_nothing(error: EffectError) -> None:
    """An earlier send may have succeeded: only a look can tell."""
    ledger = MemoryLedger(replace(EFFECT, error=OperationError("outcome_unknown")))
    with pytest.raises(Ambiguous):
        await _send_once(ledger, send=error)
    assert ledger.said == []


async def test_nothing_is_sent_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was frozen after its commit does not send: it may have been given up meanwhile."""
    ledger = MemoryLedger(EFFECT)
    monkeypatch.setattr("activities.effects.MAX_SEND_DELAY_SECONDS", -1.0)
    with pytest.raises(NotSent):
        await _send_once(ledger, send=AssertionError("it was sent"))
    assert ledger.said == ["record_not_sent", "note"]


async def test_a_second_delivery_does_not_send() -> None:
    """It learns what became of the first, or that nobody knows."""
    not_sent: Any = AssertionError("it was sent")
    done = replace(EFFECT, state=EffectState.DONE, result={"found": "before"})
    assert (await _send_once(MemoryLedger(done, may_send=False), send=not_sent)).result == {"found": "before"}
    with pytest.raises(Ambiguous):
        await _send_once(MemoryLedger(EFFECT, may_send=False), send=not_sent)
    unread = replace(EFFECT, answer=b"{}", answer_status=201)
    assert (await _send_once(MemoryLedger(unread, may_send=False), send=not_sent)).result == {"found": "label"}
    waiting = replace(EFFECT, result={"fulfillment_id": "f"})
    assert (await _send_once(MemoryLedger(waiting, may_send=False), send=not_sent)).waiting
    rejected = replace(EFFECT, state=EffectState.REJECTED, error=OperationError("rejected", "no"))
    with pytest.raises(Rejected, match="no"):
        await _send_once(MemoryLedger(rejected, may_send=False), send=not_sent)


@pytest.mark.parametrize("error", [Rejected("no"), AuthFailed("who are you?"), NotActive("paused")])
async def test_a_second_delivery_tells_the_same_refusal(error: Rejected) -> None:
    """The process may die between the refusal's commit and its report: its code must not change by that."""
    ledger = MemoryLedger(replace(EFFECT, state=EffectState.REJECTED, error=to_record(error)), may_send=False)
    with pytest.raises(Rejected, match=error.message) as told:
        await _send_once(ledger, send=AssertionError("it was sent"))
    assert told.value.code == error.code
