"""Operations: their fields, statuses and the permitted transitions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
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
    """The six statuses of an operation; further state is in other fields, such as `undo_status` and `attention`."""

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
"""`failed -> executing` is a retry; `executing -> cancelled` cancels an operation that waits for a paused account.

A database trigger refuses every other change; a test compares its table with this one.
"""


RunResult = Literal["completed", "failed", "attention", "undone", "undo_failed", "held"]
"""How a run ended; a run that ends as `held` is followed by another run."""


class UndoStatus(StrEnum):
    """The progress of the undo of a completed operation."""

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
        "See `details.tracking_status` and [tracking](tracking.md#effect-on-undo); "
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
    CONNECTION_CHANGED = (
        "connection_changed",
        "The account or bridge now points to another address or account than the one a step used.",
        "",
        "First restore its `base_url` and credentials; "
        '`{"force": true, "reason": "..."}` sends the undo to the new one, and is logged.',
    )
    ERASED = (
        "erased",
        "The order was erased, and the undo needs data that is gone.",
        "",
        "Only for installed types whose undo needs more than ids.",
    )
    ALREADY_UNDONE = "already_undone", "The operation is already undone."
    IN_PROGRESS = "in_progress", "The undo is in progress."


class AttentionReason(StrEnum):
    """Why a person is needed. `choices` maps each possible answer to its meaning."""

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
            "happened": "send the step's `result` (label: `tracking_number`, `carrier_shipment_id` and, with several "
            "parcels, `tracking_numbers`; fulfillment: `fulfillment_id`; void: none); the operation continues",
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
"""If a restored database lacks part of a failed operation, a person can only confirm to leave it as it is."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Why and since when a person is needed, the step, and the possible answers.

    `message` describes the cause. `not_before` is the earliest time when `did_not_happen` is credible: until then
    the call may be in flight.
    """

    reason: AttentionReason
    since: datetime | None
    step: str | None
    choices: tuple[str, ...] = ()
    message: str | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OperationError:
    """Why an operation, its undo or an effect failed; `vendor_code` and `field` are in the vendor's spelling."""

    code: str
    message: str | None = None
    step: str | None = None
    retryable: bool | None = None
    rolled_back: bool | None = None
    vendor_code: str | None = None
    field: str | None = None


class RunKind(StrEnum):
    """The purpose of a run."""

    EXECUTE = "execute"
    ROLLBACK = "rollback"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class NewOperation:
    """An operation to record.

    `touches` are the carrier accounts and bridges that its steps call: they determine the queue of its runs, and can't
    be deleted before it has ended. `is_irreversible`: see `workflows.operation_type.OperationType`. `overrides` are the
    checks that the client overrides, with the reason; the log records them. `uses` are the shipments of earlier
    operations that it uses; `removes` is whether it voids their labels. `purchase_hash` is equal for equal purchases.
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
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SamePurchase:
    """An operation with the same purchase."""

    id: UUID
    type: str
    status: OperationStatus
    purchase_hash: str


@dataclass(frozen=True, slots=True)
class ShipmentUser:
    """An open or live operation that uses a shipment."""

    id: UUID
    type: str
    status: OperationStatus

    def __str__(self) -> str:
        return f"{self.type} {self.id} ({self.status}) uses it"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as stored."""

    id: UUID
    organization_id: UUID
    type: str
    status: OperationStatus
    order_id: UUID | None
    input: Json
    metadata: Mapping[str, str]
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
    """One entry of an operation's log. `actor` is such as `key:<id>` or `service:worker`."""

    id: int
    at: datetime
    event: str
    message: str
    actor: str
    step: str | None
    details: Json | None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run; its JSON contains only those that are set.

    `code` and `step` are the cause of a rollback, `reason` is a person's reason. `resolved` is a person's answer for
    the step. `force` overrides the checks of an undo that can be overridden. A `doubted` run looks each effect up
    before it sends it, because a restored ledger may lack some. A `stuck` run replaces one whose workflow could not
    continue.
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
    """Identifies one run of an operation; `request_id` is the call that started it."""

    organization_id: UUID
    operation_id: UUID
    run: int
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One workflow run of an operation, waiting for the dispatcher or started in Temporal.

    `queue_key` is the run's queue within its organization. Executions have one queue for each set of accounts and
    bridges that they may still send to (`do:`), which a pause holds. Voids have a queue, and so do undos and rollbacks:
    they do not wait behind a thousand executions. `request_id` is the call that started it.
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
    request_id: str | None = None
