"""Which status may follow which, and what of an effect stands."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.effects import REVERSED, Direction, Effect, EffectState, UndoOutcome
from domain.ids import effect_reference, new_id, run_of, workflow_id
from domain.operations import TRANSITIONS, OperationError, OperationStatus

ALLOWED = {
    ("pending", "executing"),
    ("pending", "cancelled"),
    ("executing", "completed"),
    ("executing", "failed"),
    ("executing", "cancelled"),
    ("completed", "undone"),
    ("failed", "executing"),
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def an_effect(state: EffectState) -> Effect:
    ident = uuid4()
    return Effect(
        id=ident, organization_id=ident, operation_id=ident, run=1, round=1, position=1, step="buy_label",
        direction=Direction.DO, undoes=None, state=state, reference="R", attempts=1, deliveries=0, sent_at=NOW,
        sent_ago=1.0, settles_at=None, look=None, answered_at=None, answer=None, answer_status=None, answer_digest=None,
        result=None, error=None, outcome=None, compensation="void_label", recovery="recover_label", reversed_at=None,
        fingerprint=None, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(("current", "following"), list(itertools.product(OperationStatus, repeat=2)))
def test_transitions(current: OperationStatus, following: OperationStatus) -> None:
    """Exactly the seven changes of the lifecycle are allowed; a status never follows itself."""
    assert (following in TRANSITIONS[current]) is ((current.value, following.value) in ALLOWED)


def test_every_status_has_a_row() -> None:
    """The table says of every status what may follow, be it nothing."""
    assert set(TRANSITIONS) == set(OperationStatus)


@pytest.mark.parametrize(
    ("state", "stands"),
    [
        (EffectState.PREPARED, False),
        (EffectState.SENT, True),
        (EffectState.DONE, True),
        (EffectState.REJECTED, False),
        (EffectState.UNKNOWN, True),
    ],
)
def test_what_stands(state: EffectState, stands: bool) -> None:
    """What may have happened stands until it is reversed."""
    effect = an_effect(state)
    assert effect.stands is stands
    assert replace(effect, reversed_at=NOW).stands is False


def test_doubt() -> None:
    """An effect is in doubt where it was sent again before it was known what became of the first send."""
    sent = an_effect(EffectState.SENT)
    assert not sent.in_doubt
    assert replace(sent, error=OperationError("outcome_unknown")).in_doubt
    assert not replace(sent, error=OperationError("absent")).in_doubt
    assert not replace(sent, state=EffectState.PREPARED, error=OperationError("outcome_unknown")).in_doubt


def test_reversed_outcomes() -> None:
    """What was refused or not found is not reversed."""
    left = {UndoOutcome.TOO_LATE, UndoOutcome.NOT_FOUND, UndoOutcome.CHANGED_SINCE, UndoOutcome.UNSUPPORTED}
    assert set(UndoOutcome) - REVERSED == left


def test_references() -> None:
    """A reference fits the shortest field of any carrier, and no two are the same."""
    ident = uuid4()
    names = [(step, way, number) for step in ("buy_label", "push") for way in ("do", "undo") for number in range(250)]
    made = [effect_reference(ident, *name) for name in names]
    assert {len(reference) for reference in made} == {26}
    assert set("".join(made)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert len(set(made)) == len(made)
    assert effect_reference(ident, *names[0]) == made[0], "a restored ledger must find what was bought"
    assert effect_reference(uuid4(), *names[0]) not in made


def test_ids() -> None:
    """Ids are version 7, and sort by the time they were made at."""
    made = [new_id() for _ in range(100)]
    assert {ident.version for ident in made} == {7}
    times = [ident.int >> 80 for ident in made]
    assert times == sorted(times)


def test_workflow_ids() -> None:
    """The first run's workflow is named by the operation, later ones end in their number."""
    ident = uuid4()
    assert [workflow_id(ident, run) for run in (1, 2)] == [f"operation-{ident}", f"operation-{ident}-run-2"]
    assert [run_of(workflow_id(ident, run)) for run in (1, 2, 30)] == [(ident, 1), (ident, 2), (ident, 30)]
    assert run_of("another") is None
    assert run_of(f"operation-{ident}-run-0") is None
