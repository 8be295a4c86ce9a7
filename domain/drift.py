"""Drift: differences between Postgres and Temporal, and the run that can settle them without a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.operations import Operation, OperationStatus, RunKind


class Drift(StrEnum):
    """A kind of drift: the label `kind` of the metric `orderly_drift_total`."""

    TERMINATED = "terminated"
    TIMED_OUT = "timed_out"
    FORGOTTEN = "forgotten"
    """Temporal does not know the run: it was deleted, or its store lost it."""
    UNREPORTED = "unreported"
    """The run ended without recording its outcome, or a restore of Postgres lost the record."""
    STUCK = "stuck"
    """The workflow task fails repeatedly: its history does not match the code, or the worker's cached state."""
    ID_CONFLICT = "id_conflict"
    """A workflow from before the restore, or of another installation, already has the run's workflow id."""
    IN_DOUBT = "in_doubt"
    """The run was open when Postgres was restored: it may have sent calls that the ledger does not contain."""
    LOST_RUN = "lost_run"
    """Temporal has a run that Postgres does not have."""


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as Temporal lists it.

    `opened` is when its row was inserted; None if the workflow did not store that time. `succeeded` is false if the
    run failed, was cancelled or timed out; its effects are then unknown. `organization_id` is set for a run on the task
    queue of version 0.1.0, which may belong to another installation.
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
    organization_id: UUID | None = None


def recovery_run_kind(operation: Operation, lost: Sequence[ListedRun]) -> RunKind | None:
    """Return the kind of run that settles the lost runs of a restored operation; None if a person must decide.

    A single lost execution is run again: it looks each effect up before it sends it. A single lost undo is repeated:
    a label that is already voided counts as voided. A person must decide if there were several lost runs, if the run
    failed, or if the operation had an open `attention`, because its answer may be lost as well.
    """
    if len(lost) != 1 or not (lost[0].running or lost[0].succeeded):
        return None
    kind = lost[0].kind
    if kind is RunKind.EXECUTE and operation.status in (OperationStatus.PENDING, OperationStatus.FAILED):
        return kind if operation.attention is None else None
    if kind is RunKind.UNDO and operation.status is OperationStatus.COMPLETED:
        return kind
    return None
