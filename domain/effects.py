"""The ledger's vocabulary: an effect is a call that changes the outside world, or a row that undo must put back."""

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
"""Statuses said by what stands before a vendor (RFC 9110, 15.5.9 and 15.6; Cloudflare's 52x and 530): behind it the
request may still be at work."""


class EffectState(StrEnum):
    """`prepared -> sent -> done | rejected | unknown`; see docs/explanation/ledger.md."""

    PREPARED = "prepared"
    SENT = "sent"
    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """Whether an effect goes forward or takes an earlier one back."""

    DO = "do"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Look:
    """How an effect of unknown outcome is looked up: since when, how often so far, when next, and until when."""

    since: datetime
    count: int
    next_look_at: datetime
    until: datetime


class UndoOutcome(Code):
    """The truth about one compensation."""

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
"""The key in an effect's result that names the person who said that it happened, until the rest is filled in."""

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
"""Outcomes after which the effect no longer stands."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the ledger.

    `run` is the run that made the row; a later run may open a new `round` of the same step, never the same run.
    `compensation` and `recovery` name activities, so that undo needs no workflow history, months later.
    `answer` is the raw answer while it is not parsed yet; `answer_digest` its SHA-256 for ever.
    `sent` is what was sent, as it was when it was sent last: a `label` or a `fulfillment`.
    `sent_ago` is how many seconds before this read it was sent, by Postgres's clock.
    `look` is set once its outcome is looked up; it says something while the effect is `sent`.
    `deliveries` is how many deliveries worked on it and recorded no end: those at work, and those whose worker died.
    `settles_at` is when a call of it can't be at work any more: its timeouts have passed by then.
    `fingerprint` is that of the connection which it was sent through last; None if it goes through none, or if the row
    is older than fingerprints.
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

    def read(self, kind: type[T]) -> T:
        """Return the result as its step's own type, see `domain/results.py`."""
        return from_json(kind, self.result or {})

    @property
    def shipment_id(self) -> UUID | None:
        """The shipment that its result names."""
        named = (self.result or {}).get("shipment_id")
        return UUID(named) if named else None

    @property
    def is_looked_up(self) -> bool:
        """Whether its outcome is unknown, and the service looks it up now and then."""
        return self.state is EffectState.SENT and self.look is not None

    @property
    def seconds_to_next_look(self) -> float:
        """How long after this read the next look is due; 0 or less: now."""
        if self.look is None or self.sent_at is None or self.sent_ago is None:
            return 0.0
        return (self.look.next_look_at - self.sent_at).total_seconds() - self.sent_ago

    @property
    def is_answered(self) -> bool:
        """Whether the vendor itself answered, and not what stands before it: nothing is in flight any more."""
        return self.answered_at is not None and self.answer_status not in GATEWAY_STATUSES

    @property
    def not_before(self) -> datetime | None:
        """When it can first be believed that it did not happen; None if it can be at once."""
        return None if self.is_answered else self.settles_at

    @property
    def in_doubt(self) -> bool:
        """Whether it was sent again, with the same key, while it was unknown what became of the first send."""
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
        """Whether an answer to it was kept, and what it says was not recorded."""
        return self.state is EffectState.SENT and self.answer is not None and self.result is None

    @property
    def unrecorded(self) -> bool:
        """Whether a person said that it happened, and what belongs to it was not recorded."""
        return self.state is EffectState.DONE and RESOLVED_BY in (self.result or {})

    @property
    def stands(self) -> bool:
        """Whether the effect is (or may be) live in the outside world."""
        settled = self.state in (EffectState.PREPARED, EffectState.REJECTED)
        return self.reversed_at is None and not settled
