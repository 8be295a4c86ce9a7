"""Recovery: what a missing label proves, by the carrier's safety class."""

from datetime import timedelta
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.effects import MAX_BLIND_SENDS, MAX_SEND_DELAY_SECONDS, EffectHandler
from activities.payloads import RecoverOutput, StepOutput
from domain.effects import RESOLVED_BY, Effect
from domain.errors import Ambiguous, StillWaiting
from domain.shipping import CarrierCapabilities, RawAnswer, SafetyClass
from tests.fixtures.rows import now
from tests.integration.activities.conftest import OpenRun

STRONG, WEAK, NONE, KEYED = (
    SafetyClass.LOOKUP_STRONG,
    SafetyClass.LOOKUP_WEAK,
    SafetyClass.NONE,
    SafetyClass.KEYED,
)
SETTLE, LOOK_FOR = 10.0, 60.0
BEFORE, AFTER = SETTLE + MAX_SEND_DELAY_SECONDS - 1, SETTLE + MAX_SEND_DELAY_SECONDS + 1
KNOWN = StepOutput(result={"tracking_number": "1Z", "shipment_id": "s"})
FOUND = RecoverOutput(state="done", result={"tracking_number": "1Z"})


def insert_sent(open_run: OpenRun, seconds_ago: float, **columns: Any) -> None:
    """Insert an effect that was sent some time ago."""
    open_run.insert_effect(**{"state": "sent", "sent_at": now() - timedelta(seconds=seconds_ago), **columns})


async def recover(
    open_run: OpenRun,
    safety: SafetyClass,
    found: RecoverOutput | None = None,
    *,
    compensating: bool = False,
    known: StepOutput | None = None,
) -> tuple[str, str]:
    """Return the report of a recovery, or `waits`, and the effect's state.

    Args:
        open_run: the run of the step.
        safety: the carrier's safety class.
        found: the result of the lookup.
        compensating: whether the run compensates.
        known: the result of the stored answer or of a person's resolution.
    """
    step = open_run.step(compensating=compensating)

    async def look(_effect: Effect) -> RecoverOutput | None:
        assert safety is not NONE, "it can't be looked up"
        return found

    def read(_effect: Effect, _answer: RawAnswer) -> StepOutput:
        if known is None:
            raise Ambiguous("it can't be read")
        return known

    async def record(_effect: Effect, output: StepOutput) -> StepOutput:
        return output

    async def adopt(effect: Effect) -> StepOutput:
        return read(effect, RawAnswer(200, b""))

    async def run() -> RecoverOutput:
        capabilities = CarrierCapabilities(safety, SETTLE, LOOK_FOR)
        effect = await open_run.effects.find_doubtful(step)
        if effect is None:
            return RecoverOutput(state="absent")
        return await open_run.effects.recover(step, effect, capabilities, look, EffectHandler(read, record, adopt))

    try:
        report: str = cast(RecoverOutput, await ActivityEnvironment().run(run)).state
    except StillWaiting as waiting:
        report = "waits" if 0 < waiting.after <= LOOK_FOR else "waits too long"
    return report, open_run.effect()["state"]


@pytest.mark.parametrize(
    ("safety", "seconds_ago", "expected"),
    [
        (STRONG, 0, ("waits", "sent")),
        (STRONG, BEFORE, ("waits", "sent")),
        (STRONG, AFTER, ("absent", "prepared")),
        (WEAK, 0, ("waits", "sent")),
        (WEAK, LOOK_FOR - 1, ("waits", "sent")),
        (WEAK, LOOK_FOR + 1, ("unknown", "unknown")),
        (NONE, 0, ("unknown", "unknown")),
        (KEYED, 0, ("again", "sent")),
    ],
)
async def test_only_a_strong_lookup_proves_absence(
    open_run: OpenRun, safety: SafetyClass, seconds_ago: float, expected: tuple[str, str]
) -> None:
    """The carrier must have had enough time to finish a call in flight."""
    insert_sent(open_run, seconds_ago)

    assert await recover(open_run, safety) == expected


@pytest.mark.parametrize(("safety", "expected"), [(STRONG, ("absent", "prepared")), (WEAK, ("waits", "sent"))])
async def test_an_answered_call_is_no_longer_in_flight(
    open_run: OpenRun, safety: SafetyClass, expected: tuple[str, str]
) -> None:
    insert_sent(open_run, 1, answered_at=now())

    assert await recover(open_run, safety) == expected


@pytest.mark.parametrize("status", [502, 503, 504, 520, 524, 530])
async def test_the_answer_of_a_gateway_proves_nothing(open_run: OpenRun, status: int) -> None:
    """The vendor behind the gateway may still be working."""
    insert_sent(open_run, BEFORE, answered_at=now(), answer_status=status)
    assert await recover(open_run, STRONG) == ("waits", "sent")

    open_run.rows.update("effects", open_run.effect()["id"], sent_at=now() - timedelta(seconds=AFTER))
    assert await recover(open_run, STRONG) == ("absent", "prepared")


@pytest.mark.parametrize("safety", list(SafetyClass))
async def test_a_stored_answer_is_read_first(open_run: OpenRun, safety: SafetyClass) -> None:
    """A stored answer needs no lookup and no person."""
    insert_sent(open_run, 10 * LOOK_FOR, answer=b"{}", answer_status=200, answered_at=now())

    assert await recover(open_run, safety, known=KNOWN) == ("done", "sent")


async def test_an_inconclusive_answer_is_followed_by_a_lookup(open_run: OpenRun) -> None:
    insert_sent(open_run, 10 * LOOK_FOR, answer=b"<html>", answer_status=200, answered_at=now())

    assert await recover(open_run, STRONG) == ("absent", "prepared")


async def test_a_persons_resolution_is_completed(open_run: OpenRun) -> None:
    """The label's shipment is recorded."""
    open_run.insert_effect(result={"tracking_number": "1Z", RESOLVED_BY: "me"})

    assert await recover(open_run, WEAK, known=KNOWN) == ("done", "done")


@pytest.mark.parametrize("safety", [STRONG, WEAK])
@pytest.mark.parametrize("seconds_ago", [0, 10 * LOOK_FOR])
async def test_a_found_label_is_adopted(open_run: OpenRun, safety: SafetyClass, seconds_ago: float) -> None:
    insert_sent(open_run, seconds_ago)

    assert await recover(open_run, safety, FOUND) == ("done", "sent")


@pytest.mark.parametrize(
    ("seconds_ago", "found", "expected"),
    [
        (0, None, ("waits", "sent")),
        (0, FOUND, ("done", "sent")),
        (AFTER, None, ("absent", "prepared")),
    ],
)
async def test_a_key_is_looked_up_after_the_last_blind_send(
    open_run: OpenRun, seconds_ago: float, found: RecoverOutput | None, expected: tuple[str, str]
) -> None:
    insert_sent(open_run, seconds_ago, attempts=MAX_BLIND_SENDS)

    assert await recover(open_run, KEYED, found) == expected


@pytest.mark.parametrize(("found", "report"), [(None, "waits"), (FOUND, "done")])
async def test_a_compensation_looks_a_key_up_at_once(
    open_run: OpenRun, found: RecoverOutput | None, report: str
) -> None:
    """It must not send the purchase again."""
    insert_sent(open_run, 0)

    assert await recover(open_run, KEYED, found, compensating=True) == (report, "sent")


@pytest.mark.parametrize(
    ("columns", "report"),
    [
        ({"state": "prepared"}, "absent"),
        ({"state": "rejected"}, "absent"),
        ({"state": "done", "result": {}}, "done"),
        ({"state": "unknown"}, "unknown"),
        ({"state": "sent", "result": {"fulfillment_id": "f"}}, "done"),
        ({"state": "done", "result": {}, "reversed_at": now()}, "absent"),
        ({"state": "sent", "result": {"fulfillment_id": "f"}, "reversed_at": now()}, "absent"),
    ],
    ids=["prepared", "rejected", "done", "unknown", "waiting", "reversed", "reversed while it waited"],
)
async def test_a_known_outcome_is_not_looked_up(open_run: OpenRun, columns: dict[str, Any], report: str) -> None:
    open_run.insert_effect(**columns)

    assert await recover(open_run, NONE) == (report, columns["state"])
