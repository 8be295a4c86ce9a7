"""Request and response models of operations."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, SkipValidation, ValidationInfo, field_validator

from api.http.pagination import ListQuery
from api.http.types import Filter, Flag, InputId, Label, Reason, RequestModel, ResponseModel, Timestamp, trim
from api.shipments.sent import SentRead
from domain.effects import Direction, EffectState
from domain.json_values import Json
from domain.operations import AttentionReason, OperationStatus, RunKind, UndoRefusal, UndoStatus
from domain.pauses import PauseCause
from domain.progress import ProgressState

MAX_IN_A_CALL = 500
"""Maximum of operations that one call may record, or execute by their ids."""


class OperationCreate(RequestModel):
    """An operation to record; `input` is checked against its type's schema."""

    type: Label
    order_id: InputId | None = None
    input: Annotated[Json, AfterValidator(trim)]


class OperationBatch(RequestModel):
    """Operations to record together: all of them, or none."""

    operations: Annotated[
        # Each is validated separately, so that one answer lists the problems of all.
        list[SkipValidation[OperationCreate]],
        Field(min_length=1, max_length=MAX_IN_A_CALL, description="Recorded in this order."),
    ]


class PendingFilter(RequestModel):
    """A filter of pending operations; an empty filter finds all."""

    type: Annotated[Filter | None, Field(description="Of this operation type.")] = None
    order_id: Annotated[InputId | None, Field(description="Of this order.")] = None

    def to_filters(self) -> Mapping[str, Any]:
        return self.model_dump(exclude_none=True)


class ExecuteRequest(RequestModel):
    """The operations to execute: `ids`, or a `filter` that was counted first."""

    ids: Annotated[list[InputId] | None, Field(min_length=1, max_length=MAX_IN_A_CALL, description="Each once.")] = None
    filter: Annotated[
        PendingFilter | None,
        Field(description="Pending operations, the oldest first; in place of `ids`.", validate_default=True),
    ] = None
    dry_run: Annotated[Flag, Field(description="With a filter: count, and execute nothing.")] = False
    expected_count: Annotated[
        int | None,
        Field(
            ge=0, strict=True, validate_default=True, description="With a filter: what a dry run counted just before."
        ),
    ] = None

    @field_validator("ids")
    @classmethod
    def _refuse_repeats(cls, ids: list[UUID] | None) -> list[UUID] | None:
        if ids is not None and len(set(ids)) < len(ids):
            raise ValueError("an id is given twice")
        return ids

    @field_validator("filter")
    @classmethod
    def _require_ids_or_filter(cls, wanted: PendingFilter | None, info: ValidationInfo) -> PendingFilter | None:
        if "ids" in info.data and (info.data["ids"] is None) == (wanted is None):
            raise ValueError("exactly one of ids and filter is given")
        return wanted

    @field_validator("dry_run")
    @classmethod
    def _require_filter(cls, dry_run: bool, info: ValidationInfo) -> bool:
        if dry_run and "filter" in info.data and info.data["filter"] is None:
            raise ValueError("goes with a filter")
        return dry_run

    @field_validator("expected_count")
    @classmethod
    def _require_count(cls, count: int | None, info: ValidationInfo) -> int | None:
        if "filter" not in info.data or "dry_run" not in info.data:
            return count
        needed = info.data["filter"] is not None and not info.data["dry_run"]
        if needed and count is None:
            raise ValueError("needed with a filter: count first, with dry_run")
        if count is not None and not needed:
            raise ValueError("goes with a filter, without dry_run")
        return count


class OperationQuery(ListQuery):
    """Filters of the list of operations."""

    status: Annotated[OperationStatus | None, Field(description="Filter by status.")] = None
    type: Annotated[Filter | None, Field(description="Filter by operation type.")] = None
    order_id: Annotated[InputId | None, Field(description="Filter by associated order.")] = None
    attention: Annotated[Literal["true"] | None, Field(description="`true`: only operations that need a person.")] = (
        None
    )
    sort: Annotated[
        Literal["created_at", "updated_at", "executed_at", "type", "status"],
        Field(description="Sort field."),
    ] = "created_at"

    def to_filters(self) -> Mapping[str, Any]:
        found = super().to_filters()
        return {**found, "attention": True} if self.attention else found


class UndoRequest(RequestModel):
    """Options of an undo; the body may be left out."""

    force: Annotated[
        Flag,
        Field(
            description="Restore an order's status although it was changed since, ask for a void although the "
            "parcel was scanned, and undo what another operation uses. Needs a reason."
        ),
    ] = False
    reason: Annotated[Reason | None, Field(description="Why; logged.", validate_default=True)] = None

    @field_validator("reason")
    @classmethod
    def _require_reason(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and info.data.get("force"):
            raise ValueError("force needs a reason")
        return reason


class ResolveRequest(RequestModel):
    """A person's decision about an operation that needs attention."""

    outcome: Annotated[
        Literal["happened", "did_not_happen", "retry"], Field(description="One of the operation's attention.choices.")
    ]
    step: Annotated[Label | None, Field(description="The step that is settled; default: attention.step.")] = None
    reason: Annotated[Reason, Field(description="How you know; logged.")]
    force: Annotated[Flag, Field(description="Override `too_early`, `contradicted` and `in_use`; logged.")] = False
    result: Annotated[
        dict[str, Label] | None,
        Field(
            description="What happened, if it did: the fields that the step needs, such as a label's tracking_number."
        ),
    ] = None


class UndoStepRead(ResponseModel):
    """One row of the ledger, as an undo sees it.

    `available`: whether undo can compensate the effect by itself; null if there is nothing to compensate.
    `customer_sees`: what the customer of the order sees after that. `reference`: the effect's id at the carrier or
    channel.
    """

    step: str
    direction: Direction
    state: EffectState
    outcome: str | None
    available: bool | None
    until: Timestamp | None
    message: str | None
    customer_sees: str | None = None
    reference: str | None = None


class UserRead(ResponseModel):
    """An open or live operation that uses a shipment of this one."""

    id: UUID
    type: str
    status: OperationStatus


class UndoRead(ResponseModel):
    """Whether the operation can be undone, until when, and the reason if not.

    `used_by`: the operations that use its shipments, and must be undone first. `steps` and `used_by` are null if the
    ledger was not read.
    """

    available: bool
    reason: UndoRefusal | None
    until: Timestamp | None
    status: UndoStatus
    steps: list[UndoStepRead] | None
    used_by: list[UserRead] | None


class ErrorRead(ResponseModel):
    """Why the operation failed; `vendor_code` and `field` come from the carrier or channel."""

    code: str
    message: str | None = None
    step: str | None = None
    retryable: bool | None = None
    rolled_back: bool | None = None
    vendor_code: str | None = None
    field: str | None = None


class AttentionRead(ResponseModel):
    """Why a person is needed, and the choices for POST /resolve.

    `message`: the known cause. `not_before`: the call may still be at work until then, so `did_not_happen` is refused.
    """

    reason: AttentionReason
    since: Timestamp | None = None
    step: str | None = None
    choices: list[str] = Field(default_factory=list)
    message: str | None = None
    not_before: Timestamp | None = None


class ProgressRead(ResponseModel):
    """What the operation waits for while it is executing; fields that do not apply are null.

    `looking`: the outcome of `step` is unknown, and the service asks the vendor again at `next_look_at`, up to `until`.
    A person may resolve it sooner with `resolve`; `did_not_happen` is accepted from `not_before` on.

    `account_paused`: its carrier account or bridge is paused, for the `cause` and `reason`; at `next_look_at` the
    service tries one of the waiting operations.
    """

    state: ProgressState
    step: str | None
    since: Timestamp | None
    next_look_at: Timestamp | None
    until: Timestamp | None
    not_before: Timestamp | None
    cause: PauseCause | None
    reason: str | None
    carrier_account_id: UUID | None
    bridge_id: UUID | None


class OperationRead(ResponseModel):
    """An operation."""

    id: UUID
    type: str
    status: OperationStatus
    order_id: UUID | None
    input: Json
    output: Json | None
    error: ErrorRead | None
    executed_at: Timestamp | None
    completed_at: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    undo_at: Timestamp | None
    undo: UndoRead
    attention: AttentionRead | None
    progress: ProgressRead | None


class CountRead(BaseModel):
    """The number of pending operations that a filter finds."""

    count: int


class ExecuteResult(BaseModel):
    """The result for one id; `status` is the operation's, null if it does not exist."""

    id: UUID
    result: Literal["started", "not_pending", "not_found"]
    status: OperationStatus | None


class StartedRead(BaseModel):
    """The number of started operations. `remaining`: found by the filter and left pending.

    `results` has an entry for each of the `ids`, in their order; null with a filter.
    """

    started: int
    remaining: int
    results: list[ExecuteResult] | None


class LogRead(ResponseModel):
    """One line of the log; `actor` is a key's id, `system` or `reconciler`."""

    at: Timestamp
    event: str
    message: str
    actor: str
    step: str | None
    details: Json | None


class WorkflowRead(ResponseModel):
    """The workflow of the newest run; `url` leads to it in the Temporal UI."""

    id: str
    run: int
    kind: RunKind
    url: str | None


class RunRead(ResponseModel):
    """One workflow run."""

    run: int
    kind: RunKind
    workflow_id: str
    created_at: Timestamp
    started_at: Timestamp | None
    closed_at: Timestamp | None


class OperationDetail(OperationRead):
    """An operation with its log, its runs, the sent data, and the operations whose shipments it uses."""

    depends_on: list[UUID]
    sent: list[SentRead]
    logs: list[LogRead]
    workflow: WorkflowRead | None
    runs: list[RunRead]
