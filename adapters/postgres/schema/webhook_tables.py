"""The tables of webhooks: endpoints, how far each one is, deliveries, and attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity, UniqueConstraint
from sqlmodel import Field

from adapters.postgres.schema.base import Dated, Table
from adapters.postgres.schema.column_types import (
    bytes_column,
    false_column,
    index,
    names_column,
    now_column,
    one_of,
    organization,
    text_column,
    time_column,
    within,
    zero_column,
)
from domain.webhooks import DeliveryState


class WebhookEndpoints(Dated, table=True):
    """`credentials` contains the encrypted secret, and the two earlier ones, each with its own end."""

    __table_args__ = (
        organization(),
        UniqueConstraint("organization_id", "id"),
        index("organization_id", "created_at", "id"),
    )

    url: str = text_column()
    description: str | None = text_column()
    event_types: list[str] = names_column()
    enabled: bool
    disabled_reason: str | None = text_column()
    credentials: bytes = bytes_column()
    previous_secret_until: datetime | None = time_column()
    older_secret_until: datetime | None = time_column()


class WebhookProgress(Table, table=True):
    """How far an endpoint is. The sender changes it often, so it is no part of the endpoint, whose changes are events.

    Deliveries exist for all subscribed events up to the position `fanned_out_up_to`. `failures` counts the failed
    attempts since the last success, the first at `failing_since`. No attempt begins before `paused_until`.
    """

    __table_args__ = (within("webhook_endpoints", "endpoint_id", cascade=True),)

    endpoint_id: UUID = Field(primary_key=True)
    organization_id: UUID
    fanned_out_up_to: int = Field(sa_type=BigInteger)
    failures: int = zero_column()
    failing_since: datetime | None = time_column()
    paused_until: datetime | None = time_column()


class WebhookDeliveries(Dated, table=True):
    """An event for an endpoint. The event may be pruned earlier, and the endpoint deleted: the sender then purges.

    `position` is the event's. A waiting delivery holds up later ones of its subject unless it `is_unordered`. An
    attempt moves `next_attempt_at` into the future, so another process repeats it if its own never records the result.
    `attempts` counts all attempts, `failures` the failed ones since the creation or the last replay.
    """

    __table_args__ = (
        organization(),
        one_of("state", DeliveryState),
        UniqueConstraint("organization_id", "id"),
        UniqueConstraint("endpoint_id", "event_id"),
        index("organization_id", "endpoint_id", "created_at", "id"),
        index("organization_id", "endpoint_id", "state", "created_at", "id"),
        index(
            "endpoint_id",
            "is_unordered",
            "next_attempt_at",
            where="state = 'waiting'",
            name="ix_webhook_deliveries_due",
        ),
        index(
            "endpoint_id",
            "subject_id",
            "position",
            where="state = 'waiting' and not is_unordered",
            name="ix_webhook_deliveries_in_order",
        ),
        index("endpoint_id", "position", where="state = 'waiting'", name="ix_webhook_deliveries_open"),
        index("settled_at", where="settled_at is not null", name="ix_webhook_deliveries_settled"),
    )

    endpoint_id: UUID
    event_id: UUID
    event_type: str = text_column()
    subject_id: UUID
    position: int = Field(sa_type=BigInteger)
    state: str = text_column(default="waiting")
    is_unordered: bool = false_column()
    attempts: int = zero_column()
    failures: int = zero_column()
    next_attempt_at: datetime | None = now_column()
    last_status: int | None
    last_error: str | None = text_column()
    last_latency_ms: int | None
    last_answer: str | None = text_column()
    settled_at: datetime | None = time_column()


class WebhookAttempts(Table, table=True):
    """The log of attempts."""

    __table_args__ = (
        within("webhook_deliveries", "delivery_id", cascade=True),
        index("organization_id", "delivery_id", "id"),
    )

    id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_args=(Identity(always=True),))
    organization_id: UUID
    delivery_id: UUID
    at: datetime = now_column()
    status: int | None
    error: str | None = text_column()
    latency_ms: int
    answer: str | None = text_column()
