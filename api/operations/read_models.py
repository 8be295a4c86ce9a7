"""Models of operations that the API returns."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.http.types import ResponseModel, Timestamp
from api.orders.schemas import OrderRead
from api.shipments.schemas import ShipmentRead
from api.shipments.sent import SentRead
from domain.effects import Direction, EffectState
from domain.json_values import Json
from domain.operations import AttentionReason, OperationStatus, RunKind, UndoRefusal, UndoStatus
from domain.pauses import PauseCause
from domain.progress import ProgressState


class UndoStepRead(ResponseModel):
    """One row of the operation's ledger, with its undo."""

    step: str
    """Name of the step."""
    direction: Direction
    """`do` for the step itself, `undo` for its compensation."""
    state: EffectState
    """The effect's state in the ledger."""
    outcome: str | None
    """Outcome of a compensation; null before it ends and for the step itself."""
    available: bool | None
    """Whether undo can compensate the effect; null if there is nothing to compensate."""
    until: Timestamp | None
    """Until when undo can compensate the effect; null if there is no limit."""
    message: str | None
    """Why the effect can't be compensated, or what happened to it."""
    customer_sees: str | None = None
    """What the customer of the order sees after the undo."""
    reference: str | None = None
    """Reference under which the carrier or channel knows the effect."""


class ShipmentUserRead(ResponseModel):
    """An operation that is running or completed and uses a shipment of this operation."""

    id: UUID
    """Id of the operation."""
    type: str
    """Name of the operation type."""
    status: OperationStatus
    """Status of the operation."""


class UndoRead(ResponseModel):
    """Whether the operation can be undone, why not, and until when."""

    available: bool
    """Whether the operation can be undone now."""
    reason: UndoRefusal | None
    """Why it can not be undone; null if it can."""
    until: Timestamp | None
    """Until when it can be undone; null if there is no limit."""
    status: UndoStatus
    """Status of the undo."""
    steps: list[UndoStepRead] | None
    """Each row of the ledger; null if the ledger was not read."""
    used_by: list[ShipmentUserRead] | None
    """Operations that use its shipments and must be undone first; null if the ledger was not read."""


class ErrorRead(ResponseModel):
    """Why the operation failed."""

    code: str
    """Stable code for programs."""
    message: str | None = None
    """Explanation for people, with the vendor's own words if it gave any."""
    step: str | None = None
    """The step that failed."""
    retryable: bool | None = None
    """False if a retry with the same input is sure to fail again."""
    rolled_back: bool | None = None
    """Whether every earlier step was compensated."""
    vendor_code: str | None = None
    """The vendor's own error code."""
    field: str | None = None
    """The field that the vendor rejected."""


ResolveOutcome = Literal["happened", "did_not_happen", "retry"]
"""A person's report on a step."""


class AttentionRead(ResponseModel):
    """Why a person is needed, and which outcomes `POST .../resolve` accepts."""

    reason: AttentionReason
    """Why a person is needed."""
    since: Timestamp | None = None
    """Since when a person is needed."""
    step: str | None = None
    """The step that a person must resolve."""
    choices: list[ResolveOutcome] = Field(default_factory=list)
    """Outcomes that `resolve` accepts."""
    message: str | None = None
    """What the service knows of the cause."""
    not_before: Timestamp | None = None
    """Until then the call may still take effect, and `did_not_happen` is refused."""


class ProgressRead(ResponseModel):
    """What the operation waits for while it is executing. Fields that do not apply are null.

    `looking`: the outcome of `step` is unknown. The service asks the vendor again at `next_look_at`, until `until`. A
    person can resolve the step earlier with `resolve`; `did_not_happen` is accepted from `not_before` on.

    `account_paused`: the carrier account or bridge is paused, for the `cause` and the `reason`. At `next_look_at` one
    of the waiting operations runs as a probe.
    """

    state: ProgressState
    """Either `looking` or `account_paused`."""
    step: str | None
    """The step whose outcome is unknown."""
    since: Timestamp | None
    """Since when it waits."""
    next_look_at: Timestamp | None
    """When the service next asks the vendor, or runs a waiting operation as a probe."""
    until: Timestamp | None
    """When the service stops asking and a person must resolve the step."""
    not_before: Timestamp | None
    """From then on `resolve` accepts `did_not_happen`."""
    cause: PauseCause | None
    """Cause of the pause."""
    reason: str | None
    """Reason of the pause."""
    carrier_account_id: UUID | None
    """The paused carrier account."""
    bridge_id: UUID | None
    """The paused bridge."""


def _is_none(value: object) -> bool:
    return value is None


class OperationRead(ResponseModel):
    """An operation."""

    id: UUID
    """Id of the operation."""
    type: str
    """Name of the operation type."""
    status: OperationStatus
    """Status of the operation."""
    order_id: UUID | None
    """Id of the order; null if it has none."""
    input: Json
    """The input as it was recorded."""
    metadata: dict[str, str]
    """Keys and values of the client."""
    output: Json | None
    """The output; null until the operation is completed."""
    error: ErrorRead | None
    """Why the operation failed; null if it did not fail."""
    executed_at: Timestamp | None
    """When the execution was requested first."""
    completed_at: Timestamp | None
    """When the operation completed or failed."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When it last changed."""
    undo_at: Timestamp | None
    """When the operation was undone."""
    undo: UndoRead
    """Whether and until when it can be undone."""
    attention: AttentionRead | None
    """Why a person is needed; null if none is needed."""
    progress: ProgressRead | None
    """What the operation waits for while it is executing; null if it does not wait."""
    order: Annotated[
        OrderRead | None,
        Field(description="Only with `include=order`: its order, if it has one.", exclude_if=_is_none),
    ] = None
    shipment: Annotated[
        ShipmentRead | None,
        Field(
            description="Only with `include=shipment`: the newest shipment that it bought, or else one that it uses.",
            exclude_if=_is_none,
        ),
    ] = None


class CountRead(ResponseModel):
    """Count of the operations that match a filter."""

    count: int
    """How many operations match the filter."""


class ExecuteResult(ResponseModel):
    """Result for one id."""

    id: UUID
    """Id of the operation."""
    result: Literal["started", "not_pending", "not_found"]
    """Whether the operation was started."""
    status: OperationStatus | None
    """Status of the operation; null if it does not exist."""


class StartedRead(ResponseModel):
    """How many operations the call started."""

    started: int
    """How many operations were started."""
    remaining: int
    """How many operations match the filter but exceed the limit of one call; they stay pending."""
    results: list[ExecuteResult] | None
    """Result of each of the `ids`, in their order; null with a filter."""


class LogRead(ResponseModel):
    """One entry of an operation's log."""

    at: Timestamp
    """Time of the entry."""
    event: str
    """Kind of the entry."""
    message: str
    """The entry in words."""
    actor: str
    """`key:` with the id of an API key, or `service:` and the part of the service."""
    step: str | None
    """The step; null if the entry belongs to no step."""
    details: Json | None
    """More data about the entry."""


class WorkflowRead(ResponseModel):
    """The newest run's workflow in Temporal."""

    id: str
    """Workflow id in Temporal."""
    run: int
    """Number of the run, from 1."""
    kind: RunKind
    """What the run does."""
    url: str | None
    """Page of the workflow in the Temporal UI; null if the service does not know the UI."""


class RunRead(ResponseModel):
    """One run of the operation: a Temporal workflow."""

    run: int
    """Number of the run, from 1."""
    kind: RunKind
    """What the run does."""
    workflow_id: str
    """Workflow id in Temporal."""
    created_at: Timestamp
    """When the run was requested."""
    started_at: Timestamp | None
    """When the run started in Temporal; null while it waits."""
    closed_at: Timestamp | None
    """When the run ended."""


class OperationDetail(OperationRead):
    """An operation with its log, its runs and the data that it sent."""

    depends_on: list[UUID]
    """Ids of the operations whose shipments it uses."""
    sent: list[SentRead]
    """What each step last sent."""
    logs: list[LogRead]
    """The log, oldest entry first."""
    workflow: WorkflowRead | None
    """The newest run in Temporal; null if the operation was never executed."""
    runs: list[RunRead]
    """Every run, oldest first."""
