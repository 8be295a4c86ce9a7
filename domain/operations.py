"""What an operation is, and which status may follow which."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID


class OperationStatus(StrEnum):
    """The six statuses of the API; whatever else there is to know sits beside them."""

    PENDING = "pending"
    EXECUTING = "executing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDONE = "undone"


TRANSITIONS: Mapping[OperationStatus, frozenset[OperationStatus]] = {
    OperationStatus.PENDING: frozenset({OperationStatus.EXECUTING, OperationStatus.CANCELLED}),
    OperationStatus.EXECUTING: frozenset({OperationStatus.COMPLETED, OperationStatus.FAILED}),
    OperationStatus.COMPLETED: frozenset({OperationStatus.UNDONE}),
    OperationStatus.FAILED: frozenset({OperationStatus.EXECUTING}),
    OperationStatus.CANCELLED: frozenset(),
    OperationStatus.UNDONE: frozenset(),
}
"""`failed -> executing` is a retry. The database refuses every other change with a trigger made from this table."""


RunResult = Literal["completed", "failed", "attention", "undone", "undo_failed"]
"""How a run ended."""


class UndoStatus(StrEnum):
    """How far the undo of a completed operation is."""

    NONE = "none"
    IN_PROGRESS = "in_progress"
    FAILED = "failed"
    DONE = "done"


class UndoRefusal(StrEnum):
    """Why an undo is not available: `details.reason` of `undo_not_available`."""

    NOT_COMPLETED = "not_completed"
    TYPE_NOT_UNDOABLE = "type_not_undoable"
    WINDOW_CLOSED = "window_closed"
    CHANGED_SINCE = "changed_since"
    IN_TRANSIT = "in_transit"
    ALREADY_UNDONE = "already_undone"
    IN_PROGRESS = "in_progress"


class AttentionReason(StrEnum):
    """Why a person is needed."""

    OUTCOME_UNKNOWN = "outcome_unknown"
    COMPENSATION_FAILED = "compensation_failed"
    DRIFT = "drift"


class RunKind(StrEnum):
    """What a run of an operation is for."""

    EXECUTE = "execute"
    ROLLBACK = "rollback"
    UNDO = "undo"


FINAL = frozenset({"void_shipment"})
"""Types of one step that nothing takes back.

Where it has happened the operation is completed, however late that is found, and whoever stopped it meanwhile; where
that can't be found out, a person is asked whether it has.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it is stored.

    `plan` holds what an operator may read of the input (ids, carrier, service, channel): no address, no secret.
    `error` is `{code, message, step, retryable, rolled_back}`; `attention` is `{reason, since, step, choices}`.
    """

    id: UUID
    organization_id: UUID
    type: str
    status: OperationStatus
    order_id: UUID | None
    input: dict[str, Any]
    plan: dict[str, Any]
    output: dict[str, Any] | None
    error: dict[str, Any] | None
    attention: dict[str, Any] | None
    undo_status: UndoStatus
    undo_error: dict[str, Any] | None
    undo_at: datetime | None
    current_run: int
    executed_at: datetime | None
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an operation's log: who did what, when. `actor` is a key's id, `system` or `reconciler`."""

    id: int
    at: datetime
    event: str
    message: str
    actor: str
    step: str | None
    details: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Run:
    """One workflow run of an operation, waiting for the dispatcher or handed to Temporal."""

    organization_id: UUID
    operation_id: UUID
    run: int
    kind: RunKind
    workflow_id: str
    operation_type: str
    order_id: UUID | None
    plan: dict[str, Any]
    options: dict[str, Any]
    created_at: datetime
    started_at: datetime | None
    closed_at: datetime | None

    @property
    def queue_key(self) -> str:
        """Name the queue of its organization in which the run waits: one for each account and bridge that it needs.

        Undos and rollbacks have queues of their own, so that they do not wait behind a thousand executions.
        """
        direction = "do" if self.kind is RunKind.EXECUTE else "undo"
        needed = (self.plan.get("carrier_account_id"), self.plan.get("bridge_id"))
        return f"{direction}:{'+'.join(ident for ident in needed if ident)}"
