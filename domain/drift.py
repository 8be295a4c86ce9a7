"""Drift: where Postgres and Temporal disagree, and what may be done about it without a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.operations import Operation, OperationStatus, RunKind


class Drift(StrEnum):
    """What was found: the `kind` of the metric `orderly_drift_total`."""

    TERMINATED = "terminated"
    TIMED_OUT = "timed_out"
    FORGOTTEN = "forgotten"
    """Temporal does not know the run: it was deleted, or the store lost it."""
    UNREPORTED = "unreported"
    """The run ended, and the operation was not told, or has forgotten: Postgres was restored."""
    STUCK = "stuck"
    """The workflow's task fails again and again: its history does not fit the code, or what the worker knew of it."""
    ID_CONFLICT = "id_conflict"
    """The run's name belongs to a workflow of before the restore."""
    IN_DOUBT = "in_doubt"
    """The run was open in a Postgres that was restored: nobody knows what it sent."""
    LOST_RUN = "lost_run"
    """Temporal knows a run that Postgres does not."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as Temporal knows it.

    `opened` is when its row was inserted; None for a workflow that did not write it down. `succeeded` is false for one
    that failed, was cancelled or timed out; what it left behind is not known from here.
    """

    operation_id: UUID
    run: int
    kind: RunKind
    workflow_id: str
    operation_type: str
    opened: datetime | None
    started_at: datetime
    running: bool
    succeeded: bool


def recovery_run_kind(operation: Operation, lost: Sequence[ListedRun]) -> RunKind | None:
    """Return which run settles what Postgres has forgotten; None where a person must look.

    One lost execution goes on: it looks for each effect before it would send it. One lost undo is repeated: what is
    voided counts as voided. After more than one, or one that failed, it can't be told what stands; nor where
    a person was asked already, whose answer was forgotten.
    """
    if len(lost) != 1 or not (lost[0].running or lost[0].succeeded):
        return None
    kind = lost[0].kind
    if kind is RunKind.EXECUTE and operation.status in (OperationStatus.PENDING, OperationStatus.FAILED):
        return kind if operation.attention is None else None
    if kind is RunKind.UNDO and operation.status is OperationStatus.COMPLETED:
        return kind
    return None
