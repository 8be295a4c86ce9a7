"""What an operation is, and which status may follow which."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, Self
from uuid import UUID

from domain.codes import Code
from domain.json_values import Json
from domain.plan import Plan
from domain.progress import Progress


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
    OperationStatus.EXECUTING: frozenset(
        {OperationStatus.COMPLETED, OperationStatus.FAILED, OperationStatus.CANCELLED}
    ),
    OperationStatus.COMPLETED: frozenset({OperationStatus.UNDONE}),
    OperationStatus.FAILED: frozenset({OperationStatus.EXECUTING}),
    OperationStatus.CANCELLED: frozenset(),
    OperationStatus.UNDONE: frozenset(),
}
"""`failed -> executing` is a retry; `executing -> cancelled` is an operation that waits for a paused account.

The database refuses every other change with a trigger made from this table.
"""


RunResult = Literal["completed", "failed", "attention", "undone", "undo_failed", "held"]
"""How a run ended; another run follows one that is `held`."""


class UndoStatus(StrEnum):
    """How far the undo of a completed operation is."""

    NONE = "none"
    IN_PROGRESS = "in_progress"
    FAILED = "failed"
    DONE = "done"


class UndoRefusal(Code):
    """Why an undo is not available: `details.reason` of `undo_not_available`."""

    NOT_COMPLETED = (
        "not_completed",
        "Only a completed operation can be undone.",
        "",
        "A failed operation has already rolled back its steps.",
    )
    TYPE_NOT_UNDOABLE = (
        "type_not_undoable",
        "Operations of this type can't be undone.",
        "",
        "Also if this bridge's channel can't cancel a fulfillment.",
    )
    WINDOW_CLOSED = (
        "window_closed",
        "The time limit for this undo has passed.",
        "",
        "See `undo.until`; the carrier or channel can also report it.",
    )
    IN_TRANSIT = (
        "in_transit",
        "The carrier has scanned the parcel: its label can't be voided any more.",
        "",
        "See `details.tracking_status` and [tracking](tracking.md#what-it-means-for-undo); "
        '`{"force": true, "reason": "..."}` asks the carrier anyway, and is logged.',
    )
    CHANGED_SINCE = (
        "changed_since",
        "The value that the operation wrote has changed since.",
        "",
        'An installed type reports this; `{"force": true, "reason": "..."}` overrides, and is logged.',
    )
    IN_USE = (
        "in_use",
        "Another operation that is running or completed uses the result of this one.",
        "",
        'First undo the operation that `used_by` names; `{"force": true, "reason": "..."}` overrides, and is logged.',
    )
    ALREADY_UNDONE = "already_undone", "The operation is already undone."
    IN_PROGRESS = "in_progress", "The undo is in progress."


class AttentionReason(StrEnum):
    """Why a person is needed. `choices` are what the person may answer, each with what it means."""

    meaning: str
    choices: Mapping[str, str]

    def __new__(cls, code: str, meaning: str = "", choices: Mapping[str, str] = MappingProxyType({})) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning, member.choices = meaning, choices
        return member

    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "the service can't find out whether the step happened",
        {
            "happened": "tell `result` (`tracking_number` and `carrier_shipment_id` of a label, `fulfillment_id` of a "
            "fulfillment, nothing of a void, or what an installed step needs); the operation goes on",
            "did_not_happen": "the earlier steps are rolled back; the operation fails and can be retried",
        },
    )
    COMPENSATION_FAILED = (
        "compensation_failed",
        "a step could not be compensated",
        {
            "retry": "try again",
            "happened": "you compensated the step by hand; the service compensates the rest",
            "did_not_happen": "leave the effect in place; clears `attention`",
        },
    )
    DRIFT = (
        "drift",
        "an undo or rollback was stopped in Temporal, or Postgres was restored and lacks the newest effects",
        {"retry": "continue the rollback or undo", "did_not_happen": "leave it as it is"},
    )


RESTORED_CHOICES = ("did_not_happen",)
"""If a restored database forgot part of a failed operation, a person can only say that it may be left as it is."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Why a person is needed, since when, for which step, and what the person may answer.

    `message` is what is known of the cause. `not_before` is when it can first be believed that the step did not happen:
    until then its call may be at work.
    """

    reason: AttentionReason
    since: datetime | None
    step: str | None
    choices: tuple[str, ...] = ()
    message: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OperationError:
    """Why an operation, its undo or one of its effects failed; `vendor_code` and `field` are the vendor's own words."""

    code: str
    message: str | None = None
    step: str | None = None
    retryable: bool | None = None
    rolled_back: bool | None = None
    vendor_code: str | None = None
    field: str | None = None


class RunKind(StrEnum):
    """What a run of an operation is for."""

    EXECUTE = "execute"
    ROLLBACK = "rollback"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class NewOperation:
    """An operation to record.

    `touches` are the carrier accounts and bridges that its steps call: they decide in which queue its runs wait, and
    are not deleted before it has ended. `is_irreversible`: see `workflows.operation_type.OperationType`. `overrides`
    are the checks that the client overrides, with the reason; they are logged. `uses` are the shipments of earlier
    operations that it uses, and `removes` tells whether it voids their labels. `purchase_hash` is the same for the
    same purchase.
    """

    type: str
    order_id: UUID | None
    input: Mapping[str, Any]
    plan: Plan
    touches: tuple[UUID, ...] = ()
    is_irreversible: bool = False
    overrides: Json | None = None
    uses: tuple[UUID, ...] = ()
    removes: bool = False
    purchase_hash: str | None = None


@dataclass(frozen=True, slots=True)
class SamePurchase:
    """An operation that buys, or has bought, the same."""

    id: UUID
    type: str
    status: OperationStatus
    purchase_hash: str


@dataclass(frozen=True, slots=True)
class ShipmentUser:
    """An operation that runs or is live, and uses a shipment."""

    id: UUID
    type: str
    status: OperationStatus

    def __str__(self) -> str:
        return f"{self.type} {self.id} ({self.status}) uses it"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it is stored."""

    id: UUID
    organization_id: UUID
    type: str
    status: OperationStatus
    order_id: UUID | None
    input: Json
    plan: Plan
    output: Json | None
    error: OperationError | None
    attention: Attention | None
    undo_status: UndoStatus
    undo_error: OperationError | None
    undo_at: datetime | None
    progress: Progress | None
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
    details: Json | None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Why a run is what it is; only what is given stands in its JSON.

    `code` and `step` are the cause of a rollback, `reason` a person's. `resolved` is a person's word on the step.
    `force` lets an undo pass what can be passed. A `doubted` run looks for each effect before it sends it, because the
    ledger may have forgotten some. A `stuck` run follows one whose workflow could not go on.
    """

    code: str | None = None
    step: str | None = None
    resolved: str | None = None
    reason: str | None = None
    force: bool = False
    doubted: bool = False
    stuck: bool = False

    def to_json(self) -> Json:
        return {name: value for name, value in asdict(self).items() if value}


NO_OPTIONS = RunOptions()


@dataclass(frozen=True, slots=True)
class RunRef:
    """Which run of which operation."""

    organization_id: UUID
    operation_id: UUID
    run: int


@dataclass(frozen=True, slots=True)
class Run:
    """One workflow run of an operation, waiting for the dispatcher or handed to Temporal.

    `queue_key` is the queue of its organization in which it waits: one for each set of accounts and bridges that an
    operation touches, which a pause holds (`do:`), and beside it one for voids and one for undo and rollback, which do
    not wait behind a thousand executions.
    """

    organization_id: UUID
    operation_id: UUID
    run: int
    kind: RunKind
    queue_key: str
    workflow_id: str
    operation_type: str
    is_irreversible: bool
    order_id: UUID | None
    plan: Plan
    options: RunOptions
    created_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
