"""Effects, the rows of the ledger: calls that change the outside world, and rows that an undo must restore."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from domain.codes import Code, FailureCode
from domain.fingerprint import Fingerprint
from domain.json_values import Json, from_json
from domain.operations import OperationError

T = TypeVar("T")

GATEWAY_STATUSES = frozenset({408, 502, 503, 504, *range(520, 528), 530})
"""Statuses that a gateway in front of the vendor sends (RFC 9110, 15.5.9 and 15.6; Cloudflare's 52x and 530): the
vendor may still be processing the request."""


class EffectState(StrEnum):
    """The states of an effect: `prepared -> sent -> done | rejected | unknown`; see docs/explanation/ledger.md."""

    PREPARED = "prepared"
    SENT = "sent"
    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Whether an effect goes forward or compensates an earlier one."""

    DO = "do"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Look:
    """The look-ups of an effect of unknown outcome: first, number so far, next, and the time after which they stop."""

    since: datetime
    count: int
    next_look_at: datetime
    until: datetime


class UndoOutcome(Code):
    """The outcome of one compensation, as the carrier or channel reports it."""

    VOIDED = "voided"
    ALREADY_VOIDED = "already_voided"
    REFUND_PENDING = "refund_pending"
    CANCELLED = "cancelled"
    ALREADY_CANCELLED = "already_cancelled"
    RESTORED = "restored"
    NOTHING_TO_UNDO = "nothing_to_undo"
    TOO_LATE = "too_late", "It is too late to undo this step."
    NOT_FOUND = "not_found", "The carrier or channel no longer has it."
    CHANGED_SINCE = "changed_since", "The value that the step wrote has changed since."
    UNSUPPORTED = "unsupported", "The carrier or channel can't undo this step."
    DONE_BY_HAND = "done_by_hand"


ABSENT = "absent"
"""The code of an effect that a look-up proved not to have happened."""
RESOLVED_BY = "resolved_by"
"""The key in an effect's result for the person who resolved it as `happened`; removed when the result is complete."""

ERASED = "erased"
"""The key in an effect's result that lost texts by the erasure of its order."""

REVERSED = frozenset(
    {
        UndoOutcome.VOIDED,
        UndoOutcome.ALREADY_VOIDED,
        UndoOutcome.REFUND_PENDING,
        UndoOutcome.CANCELLED,
        UndoOutcome.ALREADY_CANCELLED,
        UndoOutcome.RESTORED,
        UndoOutcome.NOTHING_TO_UNDO,
        UndoOutcome.DONE_BY_HAND,
    }
)
"""Outcomes after which the effect is no longer live."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the ledger.

    `run` is the run that inserted the row; only a later run may open a new `round` of the same step.
    `compensation` and `recovery` name activities, so that an undo months later needs no workflow history.
    `answer` is the raw answer until it is parsed; `answer_digest` is its SHA-256 and stays.
    `sent` is the content of the last send: a `label` or a `fulfillment`.
    `sent_ago` is the number of seconds between the send and this read, by Postgres's clock.
    `look` is set when look-ups begin; it is valid only while the effect is `sent`.
    `deliveries` counts the deliveries that recorded no end: those at work, and those whose worker died.
    `is_in_flight`: a living worker has a delivery at work, which will record its end.
    `settles_at` is the time when all timeouts of its call have passed.
    `fingerprint` identifies the connection of the last send; None if the effect uses no connection, or if the row is
    older than fingerprints.
    """

    id: UUID
    organization_id: UUID
    operation_id: UUID
    run: int
    round: int
    position: int
    step: str
    direction: Direction
    undoes: UUID | None
    state: EffectState
    reference: str
    attempts: int
    deliveries: int
    sent_at: datetime | None
    sent_ago: float | None
    settles_at: datetime | None
    look: Look | None
    answered_at: datetime | None
    answer: bytes | None
    answer_status: int | None
    answer_digest: str | None
    result: Json | None
    error: OperationError | None
    outcome: str | None
    compensation: str | None
    recovery: str | None
    reversed_at: datetime | None
    fingerprint: Fingerprint | None
    created_at: datetime
    updated_at: datetime
    sent: Json | None = None
    is_in_flight: bool = False

    def read(self, kind: type[T]) -> T:
        """Return the result as the step's result type, see `domain/results.py`."""
        return from_json(kind, self.result or {})

    @property
    def shipment_id(self) -> UUID | None:
        """The id of the shipment in its result."""
        named = (self.result or {}).get("shipment_id")
        return UUID(named) if named else None

    @property
    def is_looked_up(self) -> bool:
        """Whether its outcome is unknown and the service still looks it up."""
        return self.state is EffectState.SENT and self.look is not None

    @property
    def seconds_to_next_look(self) -> float:
        """Seconds from this read to the next look-up; 0 or less if it is due."""
        if self.look is None or self.sent_at is None or self.sent_ago is None:
            return 0.0
        return (self.look.next_look_at - self.sent_at).total_seconds() - self.sent_ago

    @property
    def is_answered(self) -> bool:
        """Whether the vendor itself answered, not a gateway in front of it: no call is in flight any more."""
        return self.answered_at is not None and self.answer_status not in GATEWAY_STATUSES

    @property
    def not_before(self) -> datetime | None:
        """The earliest time when `did_not_happen` is credible; None if it is at once."""
        return None if self.is_answered else self.settles_at

    @property
    def in_doubt(self) -> bool:
        """Whether the effect was sent again with the same key while the outcome of the first send was unknown."""
        return (
            self.state is EffectState.SENT and self.error is not None and self.error.code == FailureCode.OUTCOME_UNKNOWN
        )

    @property
    def may_be_done(self) -> bool:
        """Whether the vendor refused it for now, such as with 429, and no look-up has proven that it did not happen."""
        is_absent = self.error is not None and self.error.code == ABSENT
        return self.state is EffectState.PREPARED and self.answered_at is not None and not is_absent

    @property
    def unread(self) -> bool:
        """Whether the raw answer is stored and its parsed result is not."""
        return self.state is EffectState.SENT and self.answer is not None and self.result is None

    @property
    def unrecorded(self) -> bool:
        """Whether a person resolved it as `happened` and its result is still incomplete."""
        return self.state is EffectState.DONE and RESOLVED_BY in (self.result or {})

    @property
    def stands(self) -> bool:
        """Whether the effect is, or may be, live in the outside world."""
        settled = self.state in (EffectState.PREPARED, EffectState.REJECTED)
        return self.reversed_at is None and not settled
