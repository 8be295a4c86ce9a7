"""What absence proves, and when: for each class of carrier, on a ledger in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import MAX_BLIND_SENDS, MAX_SEND_DELAY_SECONDS, EffectHandler, Effects
from activities.payloads import RecoverOutput, StepInput, StepOutput
from domain.effects import RESOLVED_BY, Effect, EffectState
from domain.errors import Ambiguous, StillWaiting
from domain.ports.ledger import EffectKey, Ledger
from domain.shipping import CarrierCapabilities, RawAnswer, SafetyClass
from tests.unit.domain.test_transitions import an_effect

SETTLE, LOOK_FOR = 10.0, 60.0
NOW = datetime.now(UTC)
FOUND = RecoverOutput(state="done", result={"tracking_number": "1Z"})
STEP = StepInput(
    organization_id=an_effect(EffectState.SENT).organization_id,
    operation_id=an_effect(EffectState.SENT).operation_id,
    run=1,
    step="buy_label",
    position=1,
)


class MemoryLedger:
    """Has one effect, and keeps what is said of it."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self.said: list[str] = []
        self.notes: list[str] = []

    async def latest(self, _key: EffectKey) -> Effect:
        return self._effect

    async def record_not_sent(self, *_: Any) -> None:
        self.said.append("not_sent")

    async def record_unknown(self, *_: Any) -> None:
        self.said.append("unknown")

    async def note(self, _key: EffectKey, event: str, _message: str) -> None:
        self.notes.append(event)


def _sent(seconds_ago: float, **changed: Any) -> Effect:
    return replace(
        an_effect(EffectState.SENT), **{"sent_at": datetime.now(UTC) - timedelta(seconds=seconds_ago), **changed}
    )


async def _recover(
    effect: Effect,
    safety: SafetyClass,
    found: RecoverOutput | None = None,
    *,
    taking_back: bool = False,
    known: StepOutput | None = None,
) -> tuple[str, list[str]]:
    """Return the state that a recovery came to, or `waits`, and what the ledger was told.

    `found` is what a look finds, `known` what a kept answer or a person's word is brought to.
    """
    ledger = MemoryLedger(effect)
    step = STEP.model_copy(update={"taking_back": taking_back})

    async def look(_effect: Effect) -> RecoverOutput | None:
        assert safety is not SafetyClass.NONE, "it can't be looked up"
        return found

    def read(_effect: Effect, _answer: RawAnswer) -> StepOutput:
        if known is None:
            raise Ambiguous("it can't be read")
        return known

    async def record(_effect: Effect, output: StepOutput) -> StepOutput:
        return output

    async def adopt(effect: Effect) -> StepOutput:
        return read(effect, RawAnswer(status=200, body=b""))

    async def run() -> RecoverOutput:
        capabilities = CarrierCapabilities(safety, SETTLE, LOOK_FOR)
        effects = Effects(cast(Ledger, ledger))
        doubtful = await effects.find_doubtful(step)
        if doubtful is None:
            return RecoverOutput(state="absent")
        return await effects.recover(step, doubtful, capabilities, look, EffectHandler(read, record, adopt))

    try:
        output = cast(RecoverOutput, await ActivityEnvironment().run(run))
    except StillWaiting as waiting:
        return ("waits" if 0 < waiting.after <= LOOK_FOR else "waits too long"), ledger.said
    return output.state, ledger.said


STRONG, WEAK, NONE, KEYED = (
    SafetyClass.LOOKUP_STRONG,
    SafetyClass.LOOKUP_WEAK,
    SafetyClass.NONE,
    SafetyClass.KEYED,
)
BEFORE, AFTER = SETTLE + MAX_SEND_DELAY_SECONDS - 1, SETTLE + MAX_SEND_DELAY_SECONDS + 1


@pytest.mark.parametrize(
    ("safety", "seconds_ago", "came_to"),
    [
        (STRONG, 0, ("waits", [])),
        (STRONG, BEFORE, ("waits", [])),
        (STRONG, AFTER, ("absent", ["not_sent"])),
        (WEAK, 0, ("waits", [])),
        (WEAK, LOOK_FOR - 1, ("waits", [])),
        (WEAK, LOOK_FOR + 1, ("unknown", ["unknown"])),
        (NONE, 0, ("unknown", ["unknown"])),
        (KEYED, 0, ("again", [])),
    ],
)
async def test_absent(safety: SafetyClass, seconds_ago: float, came_to: tuple[str, list[str]]) -> None:
    """Absence proves something of a strong lookup only, and only once nothing can be in flight any more."""
    assert await _recover(_sent(seconds_ago), safety) == came_to


async def test_absent_after_an_answer() -> None:
    """A carrier that has answered, whatever it said, has nothing in flight; a weak lookup still proves nothing."""
    answered = _sent(1, answered_at=datetime.now(UTC))
    assert await _recover(answered, STRONG) == ("absent", ["not_sent"])
    assert await _recover(answered, WEAK) == ("waits", [])


@pytest.mark.parametrize("status", [502, 503, 504, 520, 524, 530])
async def test_absent_after_a_gateways_answer(status: int) -> None:
    """It speaks for itself: behind it the vendor may still be at work."""
    answered = {"answered_at": datetime.now(UTC), "answer_status": status}
    assert await _recover(_sent(BEFORE, **answered), STRONG) == ("waits", [])
    assert await _recover(_sent(AFTER, **answered), STRONG) == ("absent", ["not_sent"])


@pytest.mark.parametrize("safety", list(SafetyClass))
async def test_an_answer_that_was_kept_is_read(safety: SafetyClass) -> None:
    """What it says was bought is neither looked for nor left to a person, whatever the vendor proves."""
    unread = _sent(10 * LOOK_FOR, answer=b"{}", answer_status=200, answered_at=datetime.now(UTC))
    assert await _recover(unread, safety, known=StepOutput(result=FOUND.result)) == ("done", [])


async def test_an_answer_that_says_nothing_is_looked_behind() -> None:
    """As without one."""
    unread = _sent(10 * LOOK_FOR, answer=b"<html>", answer_status=200, answered_at=datetime.now(UTC))
    assert await _recover(unread, STRONG) == ("absent", ["not_sent"])


async def test_a_persons_word_is_brought_to_its_end() -> None:
    """What belongs to the label is not there yet: a row that says so is no result."""
    told = replace(an_effect(EffectState.DONE), result={"tracking_number": "1Z", RESOLVED_BY: "me"})
    whole = StepOutput(result={"tracking_number": "1Z", "shipment_id": "s"})
    assert await _recover(told, WEAK, known=whole) == ("done", [])


@pytest.mark.parametrize("safety", [STRONG, WEAK])
async def test_found(safety: SafetyClass) -> None:
    """What is found is adopted, however long ago it was sent."""
    for seconds_ago in (0, 10 * LOOK_FOR):
        assert await _recover(_sent(seconds_ago), safety, FOUND) == ("done", [])


async def test_a_key_is_looked_up_in_the_end() -> None:
    """Sending again with the key finds out; where that does not help, or nothing may be sent, the carrier is asked."""
    tired = _sent(0, attempts=MAX_BLIND_SENDS)
    assert await _recover(tired, KEYED) == ("waits", [])
    assert await _recover(tired, KEYED, FOUND) == ("done", [])
    assert await _recover(_sent(AFTER, attempts=MAX_BLIND_SENDS), KEYED) == ("absent", ["not_sent"])
    assert await _recover(_sent(0), KEYED, taking_back=True) == ("waits", [])
    assert await _recover(_sent(0), KEYED, FOUND, taking_back=True) == ("done", [])


@pytest.mark.parametrize(
    ("effect", "state"),
    [
        (an_effect(EffectState.PREPARED), "absent"),
        (an_effect(EffectState.REJECTED), "absent"),
        (replace(an_effect(EffectState.DONE), result={}), "done"),
        (an_effect(EffectState.UNKNOWN), "unknown"),
        (_sent(0, result={"fulfillment_id": "f"}), "done"),
        (replace(an_effect(EffectState.DONE), result={}, reversed_at=NOW), "absent"),
        (_sent(0, result={"fulfillment_id": "f"}, reversed_at=NOW), "absent"),
    ],
    ids=["prepared", "rejected", "done", "unknown", "waiting", "taken back", "taken back while it waited"],
)
async def test_known_already(effect: Effect, state: str) -> None:
    """What the ledger knows is not looked up."""
    assert await _recover(effect, NONE if state == "unknown" else STRONG) == (state, [])
