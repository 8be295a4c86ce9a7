"""What activities ask of the store: the ledger, the data that an effect needs, and run outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
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


@dataclass(frozen=True, slots=True)
class EffectKey:
    """Which effect of which run: what identifies a row of the ledger to its step.

    `alone_at` is the bridge at which no other operation may have this step open for the same order.
    `needs_open_order`: nothing is sent for an order that is cancelled, returned or on hold. `uses_shipment`: nothing is
    sent once the shipment's label is voided or about to be. `removes_shipment`: nor while another operation uses it.
    `sent` is what is to be sent, and `order_version` the time of the last change of the order that it was made from.
    `limits` and `fingerprint` are those of the connection that it is to be sent through; after `settle_seconds` the
    call is over.
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
    settle_seconds: float | None = None
    uses_shipment: bool = False
    removes_shipment: bool = False


@dataclass(frozen=True, slots=True)
class OpenedEffect:
    """The ledger's word on a step: `may_send` is true for exactly one caller, who then must send and tell.

    `is_stale`: the order was changed since it was read, so that the step is not sent yet.
    """

    effect: Effect
    may_send: bool
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """The shipment row and label that are written in the transaction that marks the purchase done.

    `carrier` sold the label; `shipping_carrier` brings the parcel. `usual_void_days` is that of the carrier's profile.
    """

    label: Label
    order_id: UUID | None
    account_id: UUID
    carrier: str
    shipping_carrier: str
    document: bytes
    usual_void_days: int | None = None


class Ledger(Protocol):
    """Every method is one committed transaction. All are scoped to the organization in the key or effect."""

    async def begin(self, key: EffectKey) -> OpenedEffect:
        """Open the step's effect, committing `sent`; or tell what already became of it.

        A new row is opened where there is none, or where an earlier run's was rejected or reversed. Where the key
        allows to resend, and nobody did since, the effect is handed out once more, `in_doubt`, unless it was sent
        through a connection with another fingerprint. Where the key is
        `doubted`, the ledger may have forgotten a send: the effect is opened as if it had been sent, and nobody sends.

        Where the key needs an open order and the order is not, the effect is `rejected`. The order's row stays locked
        until `sent` is committed: a change of its status comes before that, or after it.

        Raises:
            Rejected: the run is over; a late delivery of it may not start anything.
            OverLimit: the key's limits do not allow another call now. Nothing was opened.
            OrderBusy: another operation has the step open for the same order at the key's bridge. Nothing was opened.
            NotSent: this process's clock is too far from Postgres's. Nothing was opened.
        """

    async def find(self, organization_id: UUID, effect_id: UUID) -> Effect:
        """Return one effect."""

    async def find_by_reference(self, organization_id: UUID, reference: str) -> Effect | None:
        """Return the effect with this reference; None if its operation was deleted."""

    async def latest(self, key: EffectKey) -> Effect | None:
        """Return the newest effect of the step in the key's direction."""

    async def standing(self, run: RunRef) -> list[Effect]:
        """Return the `do` effects that stand or may stand, newest first; none to a run that is over."""

    async def repeat(self, key: EffectKey, effect: Effect, *, taking_back: bool) -> Effect | None:
        """Hand out once more, `in_doubt`, what is safe to repeat and may have been sent.

        From then on an earlier delivery, which may still be at work, can't put it back to `prepared`.

        Args:
            key: whose run asks.
            effect: what it is about.
            taking_back: whether the run takes back; else one that does may not.

        Returns:
            None where its outcome is known by now, or the run is over.
        """

    async def count_delivery(self, effect: Effect) -> None:
        """Count a delivery that works on the effect."""

    async def end_delivery(self, effect: Effect) -> None:
        """Count one delivery less: it ended without an outcome. An outcome ends all."""

    async def record_not_sent(self, effect: Effect, error: OperationError) -> None:
        """Put the effect back to `prepared`: it surely did not happen, or was proven absent."""

    async def store_answer(self, effect: Effect, answer: RawAnswer) -> None:
        """Store the raw answer, before anybody parses it."""

    async def record_looking(self, effect: Effect, next_look: float, until: float) -> None:
        """Record that the outcome is looked up again after `next_look` seconds, for `until` more; log it once."""

    async def record_done(self, effect: Effect, result: Json, message: str, *, fulfills: bool = False) -> None:
        """Mark the effect done with its result, and log it; `fulfills` counts it into the order's status."""

    async def record_waiting(self, effect: Effect, result: Json, message: str) -> None:
        """Keep what a channel that answers later said; the effect stays `sent`."""

    async def record_label(self, effect: Effect, record: LabelRecord, message: str) -> LabelResult:
        """Mark a purchase done, with its shipment and label, in one transaction; return the result."""

    async def record_rejected(self, effect: Effect, error: OperationError, message: str) -> None:
        """Mark the effect rejected for good."""

    async def record_unknown(self, effect: Effect, error: OperationError, message: str) -> None:
        """Mark the effect's outcome as not provable: a person must settle it."""

    async def record_compensation(
        self, effect: Effect, outcome: UndoOutcome, message: str, shipment_id: UUID | None
    ) -> None:
        """Write how a void, a cancel or a restore came out.

        An outcome in `REVERSED` marks the effect done and what it undoes as no longer standing, and the shipment, where
        one is named, as voided; any other marks it rejected. What no longer stands contributes nothing to the order's
        status. One transaction.
        """

    async def note(self, key: EffectKey, event: str, message: str) -> None:
        """Write one line into the operation's log."""

    async def set_order_status(self, key: EffectKey, order_id: UUID, status: OrderStatus | None) -> StatusResult:
        """Contribute to an order's status and compute it, in one transaction.

        Without a status, what was fulfilled of the order decides. The previous status in the result is the one that the
        order has without the operation.
        """

    async def restore_order_status(self, key: EffectKey, target: Effect) -> UndoOutcome:
        """Remove an effect's contribution to an order's status and compute it again, in one transaction."""


@dataclass(frozen=True, slots=True)
class ShippingData:
    """What buying a label needs."""

    operation: Operation
    order: Order
    connection: Connection


@dataclass(frozen=True, slots=True)
class PushData:
    """What a push needs; `shipment` where the operation names one or made one."""

    operation: Operation
    order: Order
    bridge: Bridge
    connection: Connection
    shipment: Shipment | None


class ActivityReads(Protocol):
    """Reads what the activities need, always within one organization."""

    async def shipping(self, organization_id: UUID, operation_id: UUID) -> ShippingData:
        """Return the operation, its order and its plan's carrier account."""

    async def push(self, organization_id: UUID, operation_id: UUID, shipment_id: UUID | None) -> PushData:
        """Return the operation, its order, its plan's bridge, and the shipment or, where none is named, its newest."""

    async def account(self, organization_id: UUID, account_id: UUID) -> Connection:
        """Return a carrier account's connection."""

    async def bridge(self, organization_id: UUID, bridge_id: UUID) -> Connection:
        """Return a bridge's connection."""

    async def shipment(self, organization_id: UUID, shipment_id: UUID) -> Shipment:
        """Return a shipment."""

    async def auth_failed(self, connection: Connection, organization_id: UUID, reason: str) -> None:
        """Switch off an account or a bridge whose credentials were refused."""

    async def pause(
        self, connection: Connection, run: RunRef, cause: PauseCause, reason: str, after: float | None
    ) -> None:
        """Pause an account or a bridge, with entries in its log and in those of the operations that wait for it.

        Nothing is changed if it was changed since it was opened. If the run's operation probes it, the next probe
        comes later; `after` is the least number of seconds until then.
        """

    async def resume(self, connection: Connection, run: RunRef, *, after_purchase: bool) -> None:
        """Make an account or a bridge active again that the run's operation probed.

        `after_purchase`: whether the vendor did what was asked; another answer ends some causes only.
        """


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended.

    `code` and `step` say why a run did not succeed; if the step has an error in the ledger, the client gets that one.
    `attention` is the reason that a person is needed, at `attention_step` if that is not the step that failed.
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


class RunOutcomes(Protocol):
    """The only writer of an operation's status once a run has started."""

    async def record(self, outcome: RunOutcome) -> str | None:
        """Write the outcome with its log entry and its event, in one transaction.

        Nothing is written where the run is not the operation's current one or was closed before.

        Returns:
            How the run has ended: the outcome's result, or what was written before it; None where nobody knows the run.
        """
