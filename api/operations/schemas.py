"""Models of operations that clients send."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationInfo,
    field_validator,
)

from api.http.metadata import Metadata, MetadataFilter
from api.http.pagination import DatedQuery
from api.http.types import ActorFilter, Filter, Flag, InputId, Label, Reason, RequestModel, Values, trim
from api.operations.read_models import ResolveOutcome
from domain.json_values import Json
from domain.operations import OperationStatus


def _split_commas(values: list[str]) -> list[str]:
    return [name for value in values for name in value.split(",")]


MAX_IN_A_CALL = 500
"""Maximum of operations that one call may record, or execute by their ids."""


class OperationCreate(RequestModel):
    """An operation to record. `input` is checked against the schema of its type."""

    type: Label
    """Name of the operation type."""
    order_id: InputId | None = None
    """Id of the order, if the type needs one."""
    input: Annotated[Json, AfterValidator(trim)]
    """Input of the type; see the type's `input_schema`."""
    execute: bool = False
    """Whether to execute the operation in the same call, which needs the scope `operations:execute`."""
    metadata: Metadata = Field(default_factory=dict)
    """Keys and values of your own."""


class OperationBatch(RequestModel):
    """Operations to record. Either all are recorded or none."""

    operations: Annotated[
        # Each is validated separately, so that one answer lists the problems of all.
        list[SkipValidation[OperationCreate]],
        Field(min_length=1, max_length=MAX_IN_A_CALL, description="The operations, recorded in this order."),
    ]
    execute: bool = False
    """Whether to execute all of them, also those without their own `execute`; needs the scope `operations:execute`."""


class PendingFilter(RequestModel):
    """Filter of pending operations. An empty filter matches all."""

    type: Annotated[Filter | None, Field(description="Only operations of this type.")] = None
    order_id: Annotated[InputId | None, Field(description="Only operations of this order.")] = None

    def to_filters(self) -> Mapping[str, Any]:
        return self.model_dump(exclude_none=True)


class Selection(RequestModel):
    """Operations to change: `ids`, or a `filter`, whose count you get first with `dry_run`."""

    ids: list[InputId] | None = None
    filter: RequestModel | None = None
    dry_run: Annotated[Flag, Field(description="Only with a filter: count the operations and change nothing.")] = False
    expected_count: Annotated[
        int | None,
        Field(
            ge=0,
            strict=True,
            validate_default=True,
            description="Only with a filter: the count of the dry run just before.",
        ),
    ] = None

    @field_validator("ids")
    @classmethod
    def _refuse_repeats(cls, ids: list[UUID] | None) -> list[UUID] | None:
        if ids is not None and len(set(ids)) < len(ids):
            raise ValueError("must not contain an id twice")
        return ids

    @field_validator("filter")
    @classmethod
    def _require_ids_or_filter(cls, wanted: RequestModel | None, info: ValidationInfo) -> RequestModel | None:
        if "ids" in info.data and (info.data["ids"] is None) == (wanted is None):
            raise ValueError("send exactly one of ids and filter")
        return wanted

    @field_validator("dry_run")
    @classmethod
    def _require_filter(cls, dry_run: bool, info: ValidationInfo) -> bool:
        if dry_run and "filter" in info.data and info.data["filter"] is None:
            raise ValueError("is allowed only with a filter")
        return dry_run

    @field_validator("expected_count")
    @classmethod
    def _require_count(cls, count: int | None, info: ValidationInfo) -> int | None:
        if "filter" not in info.data or "dry_run" not in info.data:
            return count
        needed = info.data["filter"] is not None and not info.data["dry_run"]
        if needed and count is None:
            raise ValueError("required with a filter: get the count with dry_run first")
        if count is not None and not needed:
            raise ValueError("is allowed only with a filter and without dry_run")
        return count


class ExecuteRequest(Selection):
    """Operations to execute: `ids`, or a `filter`, whose count you get first with `dry_run`."""

    ids: Annotated[
        list[InputId] | None,
        Field(min_length=1, max_length=MAX_IN_A_CALL, description="Ids of the operations, each only once."),
    ] = None
    filter: Annotated[
        PendingFilter | None,
        Field(description="Selects pending operations, the oldest first, instead of `ids`.", validate_default=True),
    ] = None


class Include(BaseModel):
    """Resources to show with an operation."""

    model_config = ConfigDict(extra="forbid")

    include: Annotated[
        Annotated[Values[Literal["order", "shipment"]], BeforeValidator(_split_commas)] | None,
        Field(
            description="Shows the operation's `order` and its `shipment`, which needs `orders:read` and "
            "`shipments:read`. Separate several with commas."
        ),
    ] = None


class OperationQuery(Include, DatedQuery):
    """Filters of the list of operations."""

    q: Annotated[
        Filter | None,
        Field(description="Only operations with this start of an id or number: of itself, its order or its shipment."),
    ] = None
    status: Annotated[
        Values[OperationStatus] | None, Field(description="Only operations with one of these statuses.")
    ] = None
    type: Annotated[Values[Filter] | None, Field(description="Only operations of these types.")] = None
    order_id: Annotated[Values[InputId] | None, Field(description="Only operations of these orders.")] = None
    order_number: Annotated[
        Values[Filter] | None, Field(description="Only operations of orders with one of these order numbers.")
    ] = None
    tracking_number: Annotated[
        Values[Filter] | None,
        Field(description="Only operations that bought or use a shipment with one of these tracking numbers."),
    ] = None
    carrier_account_id: Annotated[
        Values[InputId] | None, Field(description="Only operations with one of these carrier accounts.")
    ] = None
    bridge_id: Annotated[Values[InputId] | None, Field(description="Only operations with one of these bridges.")] = None
    error_code: Annotated[
        Values[Filter] | None,
        Field(description="Only operations with one of these `error.code`."),
    ] = None
    actor: Annotated[
        Values[ActorFilter] | None,
        Field(description="Only operations that one of these actors created, such as `key:<id>` or `user:<id>`."),
    ] = None
    metadata: Annotated[
        MetadataFilter | None, Field(description="Only operations with this value of a metadata key.")
    ] = None
    attention: Annotated[Literal["true"] | None, Field(description="`true`: only operations that need a person.")] = (
        None
    )
    sort: Annotated[
        Literal["created_at", "updated_at", "executed_at", "type", "status"],
        Field(description="Field to sort by."),
    ] = "created_at"

    def to_filters(self) -> Mapping[str, Any]:
        found = {name: value for name, value in super().to_filters().items() if name != "include"}
        return {**found, "attention": True} if self.attention else found


class UndoRequest(RequestModel):
    """Options of the undo. The body is optional."""

    force: Annotated[
        Flag,
        Field(
            description="Restore an order's status although it has changed since, request a void although the "
            "carrier scanned the parcel, and undo although another operation uses the shipment. Requires reason."
        ),
    ] = False
    reason: Annotated[
        Reason | None, Field(description="Why the checks are overridden. It is logged.", validate_default=True)
    ] = None

    @field_validator("reason")
    @classmethod
    def _require_reason(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and info.data.get("force"):
            raise ValueError("force requires a reason")
        return reason


MAX_REPORTED_PARCELS = 100
"""More than any carrier sells in one shipment."""


class ReportedResult(RequestModel):
    """The result of a step as a person reports it: texts, and a list for a purchase of several parcels."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Label]

    tracking_numbers: Annotated[
        list[Label] | None,
        Field(
            max_length=MAX_REPORTED_PARCELS,
            description="Tracking numbers of all parcels, in the order of the request, if the step bought several.",
        ),
    ] = None

    @property
    def texts(self) -> dict[str, str]:
        return dict(self.__pydantic_extra__)


class ResolveRequest(RequestModel):
    """A person's report on a step that needs attention."""

    outcome: Annotated[ResolveOutcome, Field(description="One of the operation's `attention.choices`.")]
    step: Annotated[Label | None, Field(description="The step to resolve; default: `attention.step`.")] = None
    reason: Annotated[Reason, Field(description="How you know the outcome. It is logged.")]
    force: Annotated[
        Flag,
        Field(
            description="Accept the report although the error would be `too_early`, `contradicted` or `in_use`. "
            "It is logged."
        ),
    ] = False
    result: Annotated[
        ReportedResult | None,
        Field(description="Result of the step if it happened, such as the `tracking_number` of a label."),
    ] = None
