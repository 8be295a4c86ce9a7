"""Request and response models of webhook endpoints."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from api.http.pagination import ListQuery
from api.http.types import Filter, Flag, InputId, InputTime, Label, PatchModel, RequestModel, ResponseModel, Timestamp
from api.operations.schemas import MAX_IN_A_CALL, Selection
from domain.events import EVENT_TYPES, OWN_TYPE, find_unknown
from domain.webhooks import DeliveryError, DeliveryState, DisabledReason

MAX_REPLAYED = 50_000
"""Maximum of events in a replay."""
MAX_TYPES = 100


def _require_known_types(patterns: list[str]) -> list[str]:
    unknown = find_unknown(patterns)
    if unknown:
        known = ", ".join(name for name in EVENT_TYPES if name != OWN_TYPE)
        raise ValueError(f"{unknown[0][:100]!r} is no event type: use *, a wildcard such as operation.*, or {known}")
    return sorted(set(patterns))


def _require_known_type(name: str) -> str:
    if name not in EVENT_TYPES:
        raise ValueError(f"must be a type of events; accepted: {', '.join(EVENT_TYPES)}")
    return name


EventPatterns = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=100)]],
    Field(min_length=1, max_length=MAX_TYPES, examples=[["operation.completed", "carrier_account.*"]]),
    AfterValidator(_require_known_types),
]
"""Event types; `*` matches all, `operation.*` matches all types of operations."""

EndpointUrl = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class WebhookEndpointCreate(RequestModel):
    """A webhook endpoint to create."""

    url: EndpointUrl
    """Where events are sent: an https URL outside the service's own network."""
    event_types: EventPatterns
    """Types of the events to send. `*` matches all types, `operation.*` all types of operations."""
    description: Label | None = None
    """What the endpoint is for, for people."""
    enabled: Flag = True
    """Whether events are sent. They wait while it is false."""


class WebhookEndpointUpdate(PatchModel):
    """Changes of a webhook endpoint."""

    url: EndpointUrl = ""
    """Where events are sent. The secret stays the same."""
    event_types: EventPatterns = Field(default_factory=list)
    """Types of the events to send, from the next event on."""
    description: Label | None = None
    """What the endpoint is for, for people; null removes it."""
    enabled: Flag = True
    """false: events wait. true: the endpoint receives them, the oldest first."""


class WebhookEndpointQuery(ListQuery):
    """Parameters of the list of webhook endpoints."""

    enabled: Annotated[Literal["true", "false"] | None, Field(description="Only enabled, or only disabled ones.")] = (
        None
    )
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"

    def to_filters(self) -> Mapping[str, Any]:
        return {} if self.enabled is None else {"enabled": self.enabled == "true"}


class DeliveryCountsRead(ResponseModel):
    """Counts that reveal a receiver that is down or too slow. Each count ends at 1,000."""

    waiting: int
    """Deliveries that wait for their first attempt or for a retry; at most 1,000 of them wait in order."""
    failed: int
    """Deliveries that failed for good in the last 30 days; you can replay them."""
    unread_events: int
    """Events of all types after the last one that has a delivery, because the queue is full or not enabled."""
    oldest_waiting_at: Timestamp | None
    """When the oldest waiting delivery was created; null if none waits."""


class WebhookEndpointRead(ResponseModel):
    """A webhook endpoint."""

    id: UUID
    """Id of the endpoint."""
    url: str
    """Where events are sent."""
    event_types: list[str]
    """Types of the events that are sent, with wildcards."""
    description: str | None
    """What the endpoint is for."""
    enabled: bool
    """Whether events are sent."""
    disabled_reason: DisabledReason | None
    """Why the service disabled it: `gone` (it answered 410) or `failing` (no success for five days)."""
    failing_since: Timestamp | None
    """When the first attempt since the last success failed; null after a success."""
    acknowledged_up_to: UUID | None
    """Id of an event: it and all older events for this endpoint are delivered or have failed for good."""
    deliveries: DeliveryCountsRead
    """Deliveries that wait or have failed, and events without a delivery."""
    previous_secret_until: Timestamp | None
    """Until when requests also have signatures with earlier secrets; null before the first rotation."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When it last changed."""


class WebhookEndpointCreated(WebhookEndpointRead):
    """A webhook endpoint with its new secret."""

    secret: str | None
    """The secret that verifies signatures. It is shown only once; null in a replay by `Idempotency-Key`."""


class TestEventRead(ResponseModel):
    """A test event."""

    event_id: UUID
    """Id of the event, which the request contains in `webhook-id`."""


class DeliveryQuery(ListQuery):
    """Filters of an endpoint's deliveries."""

    state: Annotated[DeliveryState | None, Field(description="Only deliveries in this state.")] = None
    event_type: Annotated[
        Annotated[Filter, AfterValidator(_require_known_type)] | None, Field(description="Only events of this type.")
    ] = None
    event_id: Annotated[InputId | None, Field(description="Only the delivery of this event.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"


class DeliveryRead(ResponseModel):
    """The delivery of one event to one endpoint."""

    id: UUID
    """Id of the delivery."""
    event_id: UUID
    """Id of the event."""
    event_type: str
    """Type of the event."""
    subject_id: UUID
    """Id of the event's subject."""
    state: DeliveryState
    """`waiting`, `delivered` or `failed`."""
    is_unordered: bool
    """Whether it no longer holds up later events of its subject: it failed ten times, was refused, or is a replay."""
    attempts: int
    """Number of attempts."""
    next_attempt_at: Timestamp | None
    """When the next attempt is due; null if there is none."""
    last_status: int | None
    """HTTP status of the last answer."""
    last_error: DeliveryError | None
    """Why the last attempt failed; null if it succeeded."""
    last_latency_ms: int | None
    """Duration of the last attempt in milliseconds."""
    last_answer: str | None
    """The first kB of the last answer's body."""
    settled_at: Timestamp | None
    """When it was delivered or failed for good."""
    created_at: Timestamp
    """When it was created."""
    updated_at: Timestamp
    """When it last changed."""


class AttemptRead(ResponseModel):
    """One attempt."""

    at: Timestamp
    """When its result was recorded."""
    status: int | None
    """HTTP status of the answer; null without an answer."""
    error: DeliveryError | None
    """Why it failed; null if it succeeded."""
    latency_ms: int
    """Duration in milliseconds."""
    answer: str | None
    """The first kB of the answer's body."""


class DeliveryDetail(DeliveryRead):
    """A delivery with its attempts."""

    log: list[AttemptRead]
    """The newest 100 attempts, oldest first."""


class ReplayFilter(RequestModel):
    """Selects events to send again: by time, or the failed deliveries."""

    state: Annotated[
        Literal["failed"] | None, Field(description="`failed`: only events whose delivery failed for good.")
    ] = None
    created_after: Annotated[
        InputTime | None, Field(description="Only events that were created at this time or later.")
    ] = None
    created_before: Annotated[
        InputTime | None, Field(description="Only events that were created before.", validate_default=True)
    ] = None

    @field_validator("created_before")
    @classmethod
    def _require_selection(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.data.get("state") is None and info.data.get("created_after") is None:
            raise ValueError("send state, created_after or created_before")
        return value

    def to_filters(self) -> Mapping[str, Any]:
        return self.model_dump(exclude_none=True)


class ReplayCreate(Selection):
    """Events to send again: `ids`, or a `filter`, whose count you get first with `dry_run`."""

    ids: Annotated[
        list[InputId] | None,
        Field(min_length=1, max_length=MAX_IN_A_CALL, description="Ids of events, each only once."),
    ] = None
    filter: Annotated[
        ReplayFilter | None,
        Field(description="Selects events of the endpoint's types instead of `ids`.", validate_default=True),
    ] = None

    @field_validator("expected_count")
    @classmethod
    def _refuse_too_many(cls, count: int | None) -> int | None:
        if count is not None and count > MAX_REPLAYED:
            raise ValueError(f"must be at most {MAX_REPLAYED}: narrow the filter, for example with created_before")
        return count
