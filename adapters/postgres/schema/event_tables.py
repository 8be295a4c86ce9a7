"""The tables of events: what changed, through whom, and in which order readers see it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, text
from sqlmodel import Field

from adapters.postgres.schema.base import Table
from adapters.postgres.schema.column_types import (
    index,
    json_column,
    now_column,
    organization,
    request_id_column,
    text_column,
)
from domain.json_values import Json

NUMBERED = "position is not null"
"""Readers see numbered events only: an index with this condition costs the transaction of the insert nothing."""

READ_BY = (("position",), ("type", "position"), ("actor", "position"), ("created_at",))


class Events(Table, table=True):
    """Append-only. `number_events()` alone sets `position` and `sequence`, after the event's transaction has committed.

    `ordinal` is the order of insertion. `position` is the order for readers of all events, `sequence` the number within
    the subject. `message`, `step` and `details` belong to logs and are no part of a delivered event: the log of an
    operation, account or bridge has its events with a message. Retention deletes the events of deleted operations, and
    other old events.
    """

    __table_args__ = (
        organization(),
        index("position", unique=True, where=NUMBERED),
        *(index("organization_id", *names, where=NUMBERED) for names in READ_BY),
        index("organization_id", "subject_id", "ordinal"),
        index("ordinal", where="position is null", name="ix_events_not_numbered"),
        index("organization_id", "request_id", where="request_id is not null", name="ix_events_request_id"),
        index(
            "organization_id",
            "actor",
            "created_at",
            "subject_id",
            where="type = 'operation.created'",
            name="ix_events_creator",
        ),
    )

    id: UUID = Field(primary_key=True, sa_column_kwargs={"server_default": text("gen_random_uuid()")})
    organization_id: UUID
    ordinal: int = Field(sa_type=BigInteger, sa_column_args=(Identity(always=True),))
    created_at: datetime = now_column()
    type: str = text_column()
    subject_type: str = text_column()
    subject_id: UUID
    actor: str = text_column(
        default_sql="coalesce(nullif(current_setting('orderly.actor', true), ''), 'service:system')"
    )
    request_id: str | None = request_id_column()
    data: Json | None = json_column()
    changes: list[Json] | None = json_column()
    message: str | None = text_column()
    step: str | None = text_column()
    details: Json | None = json_column()
    position: int | None = Field(sa_type=BigInteger)
    sequence: int | None = Field(sa_type=BigInteger)


class PrunedEvents(Table, table=True):
    """The highest position of a deleted event: a reader that has not come so far may have missed events."""

    __table_args__ = (organization(),)

    organization_id: UUID = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)


class EventSequences(Table, table=True):
    """The last sequence number of each subject. It outlives the subject's events, so that no number repeats."""

    organization_id: UUID = Field(primary_key=True)
    subject_id: UUID = Field(primary_key=True)
    last: int = Field(sa_type=BigInteger)
