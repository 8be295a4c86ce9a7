"""Webhooks: endpoints, deliveries of events to them, retries and signatures."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

SECRET_PREFIX = "whsec_"  # noqa: S105 - the fixed start of every secret
OVERLAP_HOURS = 24
"""How long a secret signs after its replacement."""
SECRETS = ("secret", "previous_secret", "older_secret")
"""The stored secrets, the newest first. A client that loses the answer of a rotation must rotate again: the secret that
the receiver knows is then the third one."""

RETRY_SECONDS = (
    5, 15, 30, 60, 120, 300, 600, 1200, 1800,
    3600, 7200, 14400, 28800, 28800, 43200, 43200, 43200, 43200,
)  # fmt: skip
"""Pause after each failure: 72 hours in all. The delivery fails after the attempt that follows the last pause."""
JITTER = 0.2
"""Pauses vary by this share, so that failures at the same time are not repeated at the same time."""
FAILURES_IN_ORDER = 10
"""A delivery with this many failures no longer holds up later events of its subject."""
REFUSALS = frozenset({400, 413, 415, 422})
"""Statuses that refuse the event itself: a repeat in a moment would get the same answer."""
GONE = 410
MAX_RETRY_AFTER_SECONDS = 3600.0
FAILING_ENDPOINT = 5
"""An endpoint with this many failures in a row gets one attempt at a time, with pauses."""
MAX_PAUSE_SECONDS = 30.0
MAX_FAILING_DAYS = 5
"""An endpoint without a success for this long is disabled."""
MAX_ANSWER_BYTES = 1024
MAX_COUNTED = 1_000


class DeliveryState(StrEnum):
    """The state of a delivery; `waiting` is not final, but a replay sets it again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class DisabledReason(StrEnum):
    """Why the service disabled an endpoint; a client that disables one gives no reason."""

    GONE = "gone"
    FAILING = "failing"


class DeliveryError(StrEnum):
    """Why an attempt failed."""

    STATUS = "status"
    REDIRECT = "redirect"
    TIMEOUT = "timeout"
    NO_CONNECTION = "no_connection"
    ADDRESS_REFUSED = "address_refused"
    INCOMPLETE = "incomplete"
    EVENT_PRUNED = "event_pruned"


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """The deliveries of an endpoint that are not delivered; each count is at most `MAX_COUNTED`.

    `unread_events` have no delivery yet: the endpoint's queue is full, or it is disabled.
    """

    waiting: int
    failed: int
    unread_events: int
    oldest_waiting_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """An endpoint as stored, without its secrets.

    `failing_since`: the first failure since the last success. `acknowledged_up_to`: it and all older
    subscribed events are delivered or have failed for good; None if there is no such event.
    """

    id: UUID
    organization_id: UUID
    url: str
    description: str | None
    event_types: list[str]
    enabled: bool
    disabled_reason: DisabledReason | None
    previous_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    failing_since: datetime | None
    acknowledged_up_to: UUID | None
    deliveries: DeliveryCounts


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A delivery as stored; see `adapters/postgres/schema/webhook_tables.py`."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    event_type: str
    subject_id: UUID
    state: DeliveryState
    is_unordered: bool
    attempts: int
    next_attempt_at: datetime | None
    last_status: int | None
    last_error: DeliveryError | None
    last_latency_ms: int | None
    last_answer: str | None
    settled_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One attempt to deliver an event."""

    at: datetime
    status: int | None
    error: DeliveryError | None
    latency_ms: int
    answer: str | None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process attempts now; `attempts` includes this attempt.

    `secrets` sign the request, the newest first. `render` returns the event as JSON; it is None if the event was
    pruned. Each attempt renders its own event, so that an error fails only this attempt.
    """

    id: UUID
    organization_id: UUID
    endpoint_id: UUID
    event_id: UUID
    is_unordered: bool
    attempts: int
    failures: int
    url: str
    secrets: tuple[str, ...]
    render: Callable[[], bytes] | None


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The result of an attempt; `error` is None if it succeeded."""

    latency_ms: int
    error: DeliveryError | None = None
    status: int | None = None
    answer: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows an attempt: the delivery's state, its next attempt, and the pause of its endpoint."""

    state: DeliveryState
    is_unordered: bool
    wait_seconds: float | None
    pause_seconds: float | None


def sign(keys: Iterable[str], event_id: str, timestamp: int, body: bytes) -> str:
    """Return the header `webhook-signature`: one signature for each secret."""
    message = f"{event_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_sign(key, message)}" for key in keys)


def _sign(secret: str, message: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def settle(claimed: ClaimedDelivery, result: AttemptResult, factor: float = 1.0) -> Settlement:
    """Decide what follows an attempt; `factor` varies the pause, by up to `JITTER`."""
    if result.error is None:
        return Settlement(DeliveryState.DELIVERED, claimed.is_unordered, None, None)
    pause = None if result.retry_after is None else min(result.retry_after, MAX_RETRY_AFTER_SECONDS)
    if claimed.failures >= len(RETRY_SECONDS) or result.status == GONE or result.error is DeliveryError.EVENT_PRUNED:
        return Settlement(DeliveryState.FAILED, claimed.is_unordered, None, pause)
    wait = RETRY_SECONDS[claimed.failures] * factor
    failures = claimed.failures + 1
    is_unordered = claimed.is_unordered or failures >= FAILURES_IN_ORDER or result.status in REFUSALS
    return Settlement(DeliveryState.WAITING, is_unordered, max(wait, pause or 0.0), pause)
