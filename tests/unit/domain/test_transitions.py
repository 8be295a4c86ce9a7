"""Allowed changes of status, properties of an effect, references and ids."""

import itertools
from dataclasses import replace
from uuid import uuid4

import pytest

from domain.effects import REVERSED, EffectState, UndoOutcome
from domain.ids import effect_reference, new_id, run_of, workflow_id
from domain.operations import TRANSITIONS, OperationError, OperationStatus
from tests.unit.domain.effects import NOW, build_effect

ALLOWED = {
    ("pending", "executing"),
    ("pending", "cancelled"),
    ("executing", "completed"),
    ("executing", "failed"),
    ("executing", "cancelled"),
    ("completed", "undone"),
    ("failed", "executing"),
}


@pytest.mark.parametrize(("current", "next_status"), list(itertools.product(OperationStatus, repeat=2)))
def test_only_the_transitions_of_the_lifecycle_are_allowed(
    current: OperationStatus, next_status: OperationStatus
) -> None:
    """A status never follows itself."""
    assert (next_status in TRANSITIONS[current]) is ((current.value, next_status.value) in ALLOWED)


def test_the_table_of_transitions_has_every_status() -> None:
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
def test_an_effect_that_may_have_happened_stands_until_it_is_reversed(state: EffectState, stands: bool) -> None:
    effect = build_effect(state)
    assert effect.stands is stands
    assert replace(effect, reversed_at=NOW).stands is False


def test_an_effect_is_in_doubt_if_sent_again_with_an_unknown_outcome() -> None:
    effect = build_effect(EffectState.SENT)
    assert not effect.in_doubt
    assert replace(effect, error=OperationError("outcome_unknown")).in_doubt
    assert not replace(effect, error=OperationError("absent")).in_doubt
    assert not replace(effect, state=EffectState.PREPARED, error=OperationError("outcome_unknown")).in_doubt


def test_a_refused_or_missing_undo_does_not_reverse_the_effect() -> None:
    not_reversed = {UndoOutcome.TOO_LATE, UndoOutcome.NOT_FOUND, UndoOutcome.CHANGED_SINCE, UndoOutcome.UNSUPPORTED}
    assert set(UndoOutcome) - REVERSED == not_reversed


def test_references_are_unique_short_and_stable() -> None:
    """A reference fits the shortest reference field of any carrier."""
    ident = uuid4()
    names = [(step, way, number) for step in ("buy_label", "push") for way in ("do", "undo") for number in range(250)]
    references = [effect_reference(ident, *name) for name in names]
    assert {len(reference) for reference in references} == {26}
    assert set("".join(references)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert len(set(references)) == len(references)
    assert effect_reference(ident, *names[0]) == references[0], "a restored ledger must find what was bought"
    assert effect_reference(uuid4(), *names[0]) not in references


def test_new_ids_are_of_version_7_and_ordered_by_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert {ident.version for ident in ids} == {7}
    times = [ident.int >> 80 for ident in ids]
    assert times == sorted(times)


def test_workflow_ids_name_the_operation_and_the_run() -> None:
    """The first run has no number."""
    ident = uuid4()
    assert [workflow_id(ident, run) for run in (1, 2)] == [f"operation-{ident}", f"operation-{ident}-run-2"]
    assert [run_of(workflow_id(ident, run)) for run in (1, 2, 30)] == [(ident, 1), (ident, 2), (ident, 30)]
    assert run_of("another") is None
    assert run_of(f"operation-{ident}-run-0") is None
