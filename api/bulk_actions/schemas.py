"""Models of bulk actions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from api.http.pagination import ListQuery
from api.http.types import Filter, Flag, InputId, InputTime, Reason, ResponseModel, Timestamp
from api.operations.schemas import PendingFilter, Selection
from domain.bulk_actions import BulkActionKind, ItemStatus
from domain.json_values import Json

MAX_IDS = 10_000
"""Maximum of ids in a call."""
MAX_ITEMS = 50_000
"""Maximum of operations in a bulk action."""


class BulkFilter(PendingFilter):
    """Filter of operations with the status that the action needs. An empty filter matches all of them."""

    error_code: Annotated[Filter | None, Field(description="Only operations that failed with this `error.code`.")] = (
        None
    )
    created_after: Annotated[InputTime | None, Field(description="Only those created at this time or later.")] = None
    created_before: Annotated[InputTime | None, Field(description="Only those created before this time.")] = None
    bulk_action_id: Annotated[InputId | None, Field(description="Only operations of this earlier bulk action.")] = None
    held: Annotated[
        Literal[True] | None,
        Field(
            description="`true`, only with `cancel`: operations that wait for a paused account or bridge, instead of "
            "pending ones."
        ),
    ] = None


class BulkActionCreate(Selection):
    """A change of many operations: of `ids`, or of a `filter`, whose count you get first with `dry_run`."""

    ids: Annotated[
        list[InputId] | None,
        Field(min_length=1, max_length=MAX_IDS, description="Ids of the operations, each only once."),
    ] = None
    filter: Annotated[
        BulkFilter | None,
        Field(
            description="Selects operations instead of `ids`: `execute` and `cancel` pending ones, `retry` failed ones "
            "without `attention`, `undo` completed ones.",
            validate_default=True,
        ),
    ] = None
    action: Annotated[BulkActionKind, Field(description="The call to make for each operation.")]
    force: Annotated[Flag, Field(description="Only with `undo`: as in the single call. Requires reason.")] = False
    reason: Annotated[
        Reason | None,
        Field(description="Only with `undo`: why the checks are overridden. It is logged.", validate_default=True),
    ] = None

    @field_validator("expected_count")
    @classmethod
    def _refuse_too_many(cls, count: int | None) -> int | None:
        if count is not None and count > MAX_ITEMS:
            raise ValueError(f"must be at most {MAX_ITEMS}: narrow the filter, for example with created_before")
        return count

    @field_validator("force")
    @classmethod
    def _require_undo(cls, force: bool, info: ValidationInfo) -> bool:
        if force and info.data.get("action", BulkActionKind.UNDO) is not BulkActionKind.UNDO:
            raise ValueError("is allowed only with undo")
        return force

    @field_validator("reason")
    @classmethod
    def _require_reason(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and info.data.get("force"):
            raise ValueError("force requires a reason")
        if reason is not None and info.data.get("action", BulkActionKind.UNDO) is not BulkActionKind.UNDO:
            raise ValueError("is allowed only with undo")
        return reason


class BulkActionQuery(ListQuery):
    """Filters of the list of bulk actions."""

    action: Annotated[BulkActionKind | None, Field(description="Only bulk actions with this action.")] = None
    status: Annotated[Literal["running", "ended"] | None, Field(description="Only bulk actions with this status.")] = (
        None
    )
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"


class BulkItemQuery(ListQuery):
    """Filters of a bulk action's items."""

    status: Annotated[ItemStatus | None, Field(description="Only items with this status.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by: when the operation was created.")] = (
        "created_at"
    )


class BulkActionRead(ResponseModel):
    """A bulk action. `total` is the sum of the five counts after it."""

    id: UUID
    """Id of the bulk action."""
    action: BulkActionKind
    """The call that is made for each operation."""
    status: Literal["running", "ended"]
    """`ended` when no item waits or runs any more."""
    filter: Json | None
    """The filter that selected the operations; null if the client sent ids."""
    force: bool
    """Whether checks of the undo are overridden."""
    reason: str | None
    """Why the checks are overridden."""
    total: int
    """How many operations it contains."""
    waiting: int
    """Operations whose call is not made yet."""
    running: int
    """Operations whose run was opened by this action and has not ended."""
    succeeded: int
    """Operations that were cancelled, or whose run completed or undid them."""
    failed: int
    """Operations whose run failed, or ended because it needs a person."""
    skipped: int
    """Operations whose call was refused. Nothing was changed; each item has the error."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When its counts last changed."""
    ended_at: Timestamp | None
    """When its last item ended."""


class ItemErrorRead(ResponseModel):
    """Why an item was skipped or failed."""

    code: str
    """The error code of the single call if it was skipped, the code of the operation's error if it failed."""
    message: str | None = None
    """Explanation for people."""
    details: Json | None = None
    """The details of the single call's error; null for a failed item."""


class BulkItemRead(ResponseModel):
    """One operation of a bulk action."""

    operation_id: UUID
    """Id of the operation."""
    status: ItemStatus
    """Progress of the item."""
    run: int | None
    """Number of the run that the action opened; null if it opened none."""
    error: ItemErrorRead | None
    """Why it was skipped or failed; null if it was not."""
    updated_at: Timestamp
    """When the item last changed."""
