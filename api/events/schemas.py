"""Request and response models of events."""

from dataclasses import replace
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.http.errors import InvalidParameters
from api.http.pagination import PageLimit
from api.http.types import (
    EVENT_TYPE_PATTERN,
    SUBJECT_PATTERN,
    ActorFilter,
    Filter,
    InputId,
    InputTime,
    ResponseModel,
    Timestamp,
)
from domain.events import ANY, EVENT_TYPES, OWN_TYPE, find_unknown, select_types
from domain.json_values import Json
from domain.ports.events import Event, EventFilter

TypePattern = Annotated[str, Field(max_length=100, pattern=EVENT_TYPE_PATTERN)]


SUBJECT_TYPES = tuple(dict.fromkeys(kind.subject for kind in EVENT_TYPES.values()))


def _list_accepted(pattern: str) -> str:
    """Return the types that a wrong type may mean: those of its family, else all families."""
    family = pattern.partition(".")[0]
    names = [name for name in EVENT_TYPES if name.partition(".")[0] == family]
    families = dict.fromkeys(f"{name.partition('.')[0]}.{ANY}" for name in EVENT_TYPES)
    return f"must be a type of events; accepted: {', '.join(names or families)}"


class EventFilterQuery(BaseModel):
    """The filters that pages and streams of events share."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[
        list[TypePattern] | None,
        Field(
            max_length=50,
            description="Only events of this type, or of all types with a prefix: `operation.*`; may be repeated.",
        ),
    ] = None
    subject: Annotated[
        str | None,
        Field(
            pattern=SUBJECT_PATTERN,
            description="Only events of this resource: `subject_type` and `subject_id` in one, "
            "such as `operation:550e8400-e29b-41d4-a716-446655440000`.",
        ),
    ] = None
    subject_type: Annotated[Filter | None, Field(description="Only events of resources of this type.")] = None
    subject_id: Annotated[InputId | None, Field(description="Only events of the resource with this id.")] = None
    actor: Annotated[
        ActorFilter | None, Field(description="Only changes by this actor, such as `key:<id>` or `service:worker`.")
    ] = None
    request_id: Annotated[
        Filter | None, Field(description="Only changes that the call with this `X-Request-Id` caused.")
    ] = None

    def to_filter(self) -> EventFilter:
        """Return the filter; raises InvalidParameters for unknown types, and if parameters contradict each other."""
        subject_type, subject_id = self.subject_type, self.subject_id
        if self.subject is not None:
            if subject_type is not None or subject_id is not None:
                raise InvalidParameters.of([("subject", "can't be combined with subject_type and subject_id")])
            subject_type, _, ident = self.subject.partition(":")
            subject_id = UUID(ident)
        if subject_type is not None and subject_type not in SUBJECT_TYPES:
            parameter = "subject" if self.subject is not None else "subject_type"
            raise InvalidParameters.of([(parameter, f"must be of a type among {', '.join(SUBJECT_TYPES)}")])
        return EventFilter(
            types=self._select_types(),
            subject_type=subject_type,
            subject_id=subject_id,
            actor=self.actor,
            request_id=self.request_id,
        )

    def _select_types(self) -> frozenset[str] | None:
        patterns = self.type or [ANY]
        unknown = find_unknown([pattern for pattern in patterns if pattern != OWN_TYPE])
        if unknown:
            raise InvalidParameters.of([("type", _list_accepted(pattern)) for pattern in unknown])
        return None if ANY in patterns else frozenset(select_types(patterns)) | ({OWN_TYPE} & set(patterns))

    def describe(self, organization_id: UUID) -> dict[str, Any]:
        """Return the description of the events that a cursor is bound to."""
        filters = self.model_dump(mode="json", exclude={"limit", "cursor"}, exclude_none=True)
        return {"list": "events", "organization": str(organization_id), "order": "asc", **filters}


class EventQuery(EventFilterQuery):
    """Filters and place of a page of events."""

    created_after: Annotated[InputTime | None, Field(description="Only events from this time on.")] = None
    created_before: Annotated[InputTime | None, Field(description="Only events before this time.")] = None
    limit: PageLimit = 20
    order: Annotated[
        Literal["asc", "desc"],
        Field(description="`desc`: the newest event first. `asc`: in the order of the changes, to follow them."),
    ] = "desc"
    cursor: Annotated[
        str | None,
        Field(
            max_length=1000,
            description="`pagination.nextCursor` of the previous page with the same filters and order. `first` is the "
            "first page, as without a cursor.",
        ),
    ] = None

    def to_filter(self) -> EventFilter:
        wanted = super().to_filter()
        return replace(wanted, created_after=self.created_after, created_before=self.created_before)


class EventStreamQuery(EventFilterQuery):
    """Filters and start of a stream of events."""

    cursor: Annotated[
        str | None,
        Field(
            max_length=1000,
            description="The place to start after, if there is no `Last-Event-ID`: `nextCursor` of a list with the "
            "same filters and `order=asc`. Without both, the events from now on.",
        ),
    ] = None


class Subject(ResponseModel):
    """The resource that changed."""

    type: Annotated[str, Field(json_schema_extra={"enum": list(SUBJECT_TYPES)})]
    """Type of the resource."""
    id: UUID
    """Id of the resource."""


class Change(ResponseModel):
    """One changed field. `before` and `after` are absent if the field may contain personal data or a secret."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    field: str
    """Name of the field."""
    before: Any = None
    """Value before the change."""
    after: Any = None
    """Value after the change."""


class EventRead(ResponseModel):
    """An event: one committed change of one resource."""

    id: UUID
    """Id of the event. A repeated delivery has the same id."""
    type: Annotated[str, Field(json_schema_extra={"enum": list(EVENT_TYPES)})]
    """What happened, such as `operation.completed`."""
    created_at: Timestamp
    """When the change was made."""
    organization_id: UUID
    """Id of the organization."""
    actor: str
    """Who made the change: `key:<id>`, `user:<id>`, or a part of the service, such as `service:worker`."""
    request_id: str | None
    """`X-Request-Id` of the call that caused the change; null if no call did."""
    subject: Subject
    """Type and id of the resource that changed."""
    sequence: int
    """Number of the event among those of its subject: 1, 2, 3, ... without a gap."""
    data: Json | None
    """The resource after the change, as in lists, without personal data and secrets."""
    changes: list[Change] | None
    """The changed fields; null if the type of the event is enough."""

    @classmethod
    def of_event(cls, event: Event) -> Self:
        return cls.of(event, subject=Subject(type=event.subject_type, id=event.subject_id))


def encode_event(event: Event) -> bytes:
    """Return the event as JSON; a change without values has only its field."""
    shown = EventRead.of_event(event)
    return shown.__pydantic_serializer__.to_json(shown, exclude_unset=True)


class EventPagination(ResponseModel):
    """Place of the page among the events."""

    limit: int
    """Events per page."""
    hasMore: bool  # noqa: N815
    """Whether more events follow now."""
    nextCursor: str | None  # noqa: N815
    """The cursor to go on from. With `order=asc` it is never null: later it finds the events that are new by then."""


class EventPageRead(ResponseModel):
    """One page of events."""

    data: list[EventRead]
    """The events of this page."""
    pagination: EventPagination
    """Place of this page among the events."""
