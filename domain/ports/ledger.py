"""The ports for activities: the ledger, the data that an effect needs, and run outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from domain.channels import Bridge
from domain.effects import Direction, Effect, UndoOutcome
from domain.fingerprint import Fingerprint
from domain.json_values import Json
from domain.operations import AttentionReason, Operation, OperationError, RunRef, RunResult
from domain.orders import Order, OrderStatus
from domain.pauses import PauseCause
from domain.results import LabelResult, StatusResult
from domain.shipping import CallLimits, Connection, Label, RawAnswer, Shipment

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EffectKey:
    """Identifies the effect of one step in one run, and lists the conditions for sending it.

    `alone_at` is a bridge: no other operation may have this step open there for the same order.
    `needs_open_order`: refuse to send for an order that is cancelled, returned or on hold. `uses_shipment`: refuse to
    send if the shipment's label is voided or being voided. `removes_shipment`: refuse to send if another operation uses
    the shipment. `sent` is the content to send; `order_version` and `account_version` are the last changes of the order
    and of the carrier account `account_id` when they were read.
    `looked_up` is the number of sends after which a look-up found nothing, so that the next send needs no other one.
    `limits` and `fingerprint` belong to the connection that the call goes through; `settle_seconds` after the send, the
    call is surely over.
    """

    organization_id: UUID
    operation_id: UUID
    run: int
    step: str
    position: int
    direction: Direction = Direction.DO
    undoes: UUID | None = None
    compensation: str | None = None
    recovery: str | None = None
    resend_of: int | None = None
    doubted: bool = False
    limits: CallLimits | None = None
    needs_open_order: bool = False
    alone_at: UUID | None = None
    fingerprint: Fingerprint | None = None
    sent: Json | None = None
    order_version: datetime | None = None
    account_id: UUID | None = None
    account_version: datetime | None = None
    settle_seconds: float | None = None
    uses_shipment: bool = False
    removes_shipment: bool = False
    looked_up: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedEffect:
    """The ledger's decision on a step: `may_send` is true for exactly one caller, who must send and record the outcome.

    `is_stale`: the order or the account changed after it was read; the step is not sent until they are read again.
    `needs_look`: the vendor refused the last send for now, but may have executed it; it must be looked up before the
    next send.
    """

    effect: Effect
    may_send: bool
    is_stale: bool = False
    needs_look: bool = False


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """The shipment and label to insert in the transaction that marks the purchase done.

    `carrier` sold the label; `shipping_carrier` transports the parcel. `usual_void_days` comes from the carrier's
    profile.
    """

    label: Label
    order_id: UUID | None
    account_id: UUID
    carrier: str
    shipping_carrier: str
    document: bytes
    usual_void_days: int | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended.

    `code` and `step` are the cause of a failure; if the step has an error in the ledger, the client gets that error.
    `attention` is the reason that a person is needed, at `attention_step` if that is not the failed step.
    """

    organization_id: UUID
    operation_id: UUID
    run: int
    result: RunResult
    output: Json | None = None
    code: str | None = None
    step: str | None = None
    rolled_back: bool | None = None
    attention: AttentionReason | None = None
    attention_step: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded(Generic[T]):
    """The result of a step; `has_ended`: whether the run ended in the same transaction."""

    result: T
    has_ended: bool


class Ledger(Protocol):
    """Each method is one committed transaction, scoped to the organization in the key or effect.

    If a method gets an `ending`, it is recorded in the transaction that marks the effect done, see `RunOutcomes`. A run
    that was closed before, or that compensates, is not completed.
    """

    async def begin(self, key: EffectKey) -> OpenedEffect:
        """Open the step's effect and commit `sent`, or return the effect that exists already.

        A new row is inserted if there is none, or if an earlier run's row was rejected or reversed. If the key allows a
        resend and no other caller has resent since, the effect is opened again, `in_doubt`, except if it was sent
        through a connection with another fingerprint. If the key is `doubted`, a restored ledger may lack a send: the
        effect is then opened as if it had been sent, and no caller may send.

        If the key needs an open order and the order is not open, the effect is `rejected`. The order's row stays locked
        until `sent` is committed: every change of its status is ordered before or after that commit.

        Raises:
            Rejected: the run is over; a late delivery of it may not start anything.
            OverLimit: the key's limits do not allow another call now. No effect was opened.
            OrderBusy: another operation has the step open for the same order at the key's bridge. No effect was opened.
            NotSent: this process's clock differs too much from Postgres's. No effect was opened.
        """

    async def find(self, organization_id: UUID, effect_id: UUID) -> Effect:
        """Return one effect."""

    async def find_by_reference(self, organization_id: UUID, reference: str) -> Effect | None:
        """Return the effect with this reference; None if its operation was deleted."""

    async def latest(self, key: EffectKey) -> Effect | None:
        """Return the newest effect of the step in the key's direction."""

    async def remaining(self, run: RunRef) -> list[Effect]:
        """Return the `do` effects that are or may be live, newest first; an empty list if the run is over."""

    async def repeat(self, key: EffectKey, effect: Effect, *, compensating: bool) -> Effect | None:
        """Open an effect again, `in_doubt`, which is safe to repeat and may have been sent.

        After that, an earlier delivery that is still at work can't set the effect to `prepared`.

        Args:
            key: the key of the current run.
            effect: the effect to repeat.
            compensating: whether the run compensates; if not, a run that has begun to compensate may not repeat it.

        Returns:
            None if its outcome is known by now, or the run is over.
        """

    async def count_delivery(self, effect: Effect) -> None:
        """Count a delivery that works on the effect."""

    async def end_delivery(self, effect: Effect) -> None:
        """Count one delivery less: it ended without an outcome. An outcome ends all deliveries."""

    async def record_not_sent(self, effect: Effect, error: OperationError) -> None:
        """Set the effect to `prepared`: it surely did not happen, or was proven absent."""

    async def store_answer(self, effect: Effect, answer: RawAnswer) -> None:
        """Store the raw answer: it can't be parsed, or not quickly."""

    async def record_looking(self, effect: Effect, next_look: float, until: float) -> None:
        """Record the next look-up in `next_look` seconds, and their end in `until` seconds; log only the first."""

    async def record_done(
        self, effect: Effect, result: Json, message: str, *, fulfills: bool = False, ending: RunOutcome | None = None
    ) -> bool:
        """Mark the effect done with its result, and log it; return whether the run ended with it.

        `fulfills` adds its pieces to the order's status. The result is added to the output of `ending`.
        """

    async def record_waiting(self, effect: Effect, result: Json, message: str) -> None:
        """Store the answer of a channel that decides later; the effect stays `sent`."""

    async def record_label(
        self, effect: Effect, record: LabelRecord, message: str, ending: RunOutcome | None = None
    ) -> Recorded[LabelResult]:
        """Mark a purchase done, with its shipment and label, in one transaction.

        The result is added to the output of `ending`.
        """

    async def record_rejected(self, effect: Effect, error: OperationError, message: str) -> None:
        """Mark the effect rejected for good."""

    async def record_unknown(self, effect: Effect, error: OperationError, message: str) -> None:
        """Mark the effect's outcome as unprovable: a person must resolve it."""

    async def record_compensation(
        self,
        effect: Effect,
        outcome: UndoOutcome,
        message: str,
        shipment_id: UUID | None,
        ending: RunOutcome | None = None,
    ) -> bool:
        """Record the outcome of a void, a cancel or a restore, in one transaction; return whether the run ended.

        An outcome in `REVERSED` marks the compensation done, the compensated effect reversed and, if `shipment_id` is
        given, the shipment voided; the reversed effect no longer counts for the order's status. Any other outcome
        marks the compensation rejected, and ends no run.
        """

    async def note(self, key: EffectKey, event: str, message: str, *, once: bool = False) -> None:
        """Write one entry into the operation's log; with `once` only if the run has not logged this event of the step.

        The number of an attempt cannot decide that: Temporal also counts attempts that the worker refused unseen.
        """

    async def set_order_status(
        self, key: EffectKey, order_id: UUID, status: OrderStatus | None, ending: RunOutcome | None = None
    ) -> Recorded[StatusResult]:
        """Record an operation's change of an order's status and compute the status, in one transaction.

        If `status` is None, the fulfilled pieces determine the status. The previous status in the result is the one
        that the order has without the operation. The result is added to the output of `ending`.
        """

    async def restore_order_status(
        self, key: EffectKey, target: Effect, ending: RunOutcome | None = None
    ) -> Recorded[UndoOutcome]:
        """Remove an effect's change of an order's status and compute the status again, in one transaction."""


@dataclass(frozen=True, slots=True)
class ShippingData:
    """The data for buying a label; `may_be_sent`: whether an earlier delivery or run may have sent the purchase."""

    operation: Operation
    order: Order
    connection: Connection
    may_be_sent: bool = True


@dataclass(frozen=True, slots=True)
class PushData:
    """The data for a push; `shipment` is set if the operation names or made one."""

    operation: Operation
    order: Order
    bridge: Bridge
    connection: Connection
    shipment: Shipment | None


class ActivityReads(Protocol):
    """Reads the data that activities need, always within one organization."""

    async def shipping(self, organization_id: UUID, operation_id: UUID) -> ShippingData:
        """Return the operation, its order and its plan's carrier account."""

    async def push(self, organization_id: UUID, operation_id: UUID, shipment_id: UUID | None) -> PushData:
        """Return the operation, its order, its plan's bridge, and the named shipment or else the operation's newest."""

    async def account(self, organization_id: UUID, account_id: UUID) -> Connection:
        """Return a carrier account's connection."""

    async def bridge(self, organization_id: UUID, bridge_id: UUID) -> Connection:
        """Return a bridge's connection."""

    async def shipment(self, organization_id: UUID, shipment_id: UUID) -> Shipment:
        """Return a shipment."""

    async def auth_failed(self, connection: Connection, organization_id: UUID, reason: str) -> None:
        """Disable an account or a bridge whose credentials were refused."""

    async def pause(
        self, connection: Connection, run: RunRef, cause: PauseCause, reason: str, after: float | None
    ) -> None:
        """Pause an account or a bridge, and log that there and on the operations that wait for it.

        Changes nothing if the connection changed after it was opened. If the run's operation is its probe, the next
        probe is postponed; `after` is the minimum number of seconds until then.
        """

    async def resume(self, connection: Connection, run: RunRef, *, after_purchase: bool) -> None:
        """Make an account or a bridge active again that the run's operation probed.

        `after_purchase`: whether the vendor did what was requested; other answers end some causes only.
        """


class RunOutcomes(Protocol):
    """The only writer of an operation's status after a run has started."""

    async def record(self, outcome: RunOutcome) -> str | None:
        """Record the outcome with its log entry and notification, in one transaction.

        Records nothing if the run is not the operation's current one, or was closed before.

        Returns:
            How the run ended: the outcome's result, or the one recorded before it; None if Postgres does not know the
            run.
        """
