"""Whether an operation can be undone: told from its row, its ledger and its order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.operations.customer_impact import customer_sees
from api.operations.schemas import UndoRead, UndoStepRead
from domain.effects import Direction, Effect, UndoOutcome
from domain.operation_errors import ChannelKeepsFulfillment, UndoNotAvailable
from domain.operations import Operation, OperationStatus, UndoRefusal, UndoStatus
from domain.ports.stores import OperationRecord, OrganizationData
from domain.tracking import TrackingStatus

BUY_LABEL = "buy_label"
SET_ORDER_STATUS = "set_order_status"
PUSH_FULFILLMENT = "push_fulfillment"

REFUSALS: Mapping[str, UndoRefusal] = {
    UndoOutcome.TOO_LATE: UndoRefusal.WINDOW_CLOSED,
    UndoOutcome.CHANGED_SINCE: UndoRefusal.CHANGED_SINCE,
    UndoOutcome.UNSUPPORTED: UndoRefusal.TYPE_NOT_UNDOABLE,
}
"""Outcomes of a compensation that are answers, as the reason that a client is told."""

CHANNEL_KEEPS = "this channel can't take a fulfillment back"


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """What decides on an undo; `effects` is None where the ledger was not read.

    `scanned` are the operation's shipments, by id, whose parcels their carriers have.
    """

    operation: Operation
    supports_undo: bool
    effects: Sequence[Effect] | None = None
    order_status: str | None = None
    scanned: Mapping[UUID, TrackingStatus] = field(default_factory=dict)

    def standing(self) -> list[Effect]:
        """Return the effects that an undo would take back, newest first."""
        effects = [one for one in self.effects or () if one.direction is Direction.DO and one.stands]
        return sorted(effects, key=lambda one: (one.run, one.position), reverse=True)


async def gather(data: OrganizationData, record: OperationRecord, supports_undo: bool) -> UndoFacts:
    """Read what the preflight needs beside the record: the status of an order that was set."""
    operation = record.operation
    facts = UndoFacts(operation, supports_undo, record.effects, scanned=record.scanned)
    if operation.status is not OperationStatus.COMPLETED:
        return facts
    order_id = next((_order_of(one, operation) for one in facts.standing() if one.step == SET_ORDER_STATUS), None)
    if order_id is None:
        return facts
    order = await data.orders.get(order_id)
    return replace(facts, order_status=order.status.value if order is not None else None)


def _shipment_of(effect: Effect) -> UUID | None:
    named = (effect.result or {}).get("shipment_id") if effect.step == BUY_LABEL else None
    return UUID(named) if isinstance(named, str) else None


def _order_of(effect: Effect, operation: Operation) -> UUID | None:
    named = (effect.result or {}).get("order_id")
    return UUID(named) if named else operation.order_id


def refusal(facts: UndoFacts, *, force: bool = False) -> UndoRefusal | None:
    """Return why the operation can't be undone now; None where it can."""
    operation = facts.operation
    if operation.status is OperationStatus.UNDONE:
        return UndoRefusal.ALREADY_UNDONE
    if not facts.supports_undo or operation.plan.get("can_undo") is False:
        return UndoRefusal.TYPE_NOT_UNDOABLE
    if operation.status is not OperationStatus.COMPLETED:
        return UndoRefusal.NOT_COMPLETED
    if operation.undo_status is UndoStatus.IN_PROGRESS:
        return UndoRefusal.IN_PROGRESS
    until = undoable_until(facts)
    if until is not None and until <= datetime.now(UTC):
        return UndoRefusal.WINDOW_CLOSED
    return None if force else _happened_since(facts)


def _happened_since(facts: UndoFacts) -> UndoRefusal | None:
    """Return what happened after the operation; `force` goes on all the same, and the vendors decide."""
    if any(_tracked(one, facts) for one in facts.standing()):
        return UndoRefusal.IN_TRANSIT
    if any(_changed_since(one, facts) for one in facts.standing()):
        return UndoRefusal.CHANGED_SINCE
    return None


def refuse(facts: UndoFacts, *, force: bool) -> None:
    """Let only an undo through that can be.

    Raises:
        UndoNotAvailable: with its reason.
    """
    reason = refusal(facts, force=force)
    if reason is None:
        return
    operation, tracking_status = facts.operation, None
    if reason is UndoRefusal.IN_TRANSIT:
        tracked = (_tracked(one, facts) for one in facts.standing())
        tracking_status = next(one.value for one in tracked if one is not None)
    is_kept = reason is UndoRefusal.TYPE_NOT_UNDOABLE and facts.supports_undo
    refused = ChannelKeepsFulfillment if is_kept else UndoNotAvailable
    raise refused(reason, operation.status, operation.undo_status, undoable_until(facts), tracking_status)


def undoable_until(facts: UndoFacts) -> datetime | None:
    """Return the first moment at which some standing effect can't be taken back any more."""
    if facts.effects is None:
        return _void_until(facts.operation.output)
    found = [_void_until(one.result) for one in facts.standing()]
    return min((one for one in found if one is not None), default=None)


def _void_until(result: dict[str, Any] | None) -> datetime | None:
    given = (result or {}).get("void_until")
    return datetime.fromisoformat(given) if isinstance(given, str) else None


def _tracked(effect: Effect, facts: UndoFacts) -> TrackingStatus | None:
    """Return how far a label's parcel is, where its carrier has scanned it."""
    named = _shipment_of(effect)
    return None if named is None else facts.scanned.get(named)


def _changed_since(effect: Effect, facts: UndoFacts) -> bool:
    written = (effect.result or {}).get("status")
    return effect.step == SET_ORDER_STATUS and written is not None and facts.order_status != written


def undo_view(facts: UndoFacts) -> UndoRead:
    """Tell what an undo would do, step by step where the ledger was read."""
    reason = refusal(facts)
    return UndoRead(
        available=reason is None,
        reason=reason,
        until=undoable_until(facts),
        status=facts.operation.undo_status,
        steps=None if facts.effects is None else [_step(one, facts) for one in facts.effects],
    )


def _step(effect: Effect, facts: UndoFacts) -> UndoStepRead:
    available, message = _step_availability(effect, facts)
    return UndoStepRead(
        step=effect.step,
        direction=effect.direction,
        state=effect.state,
        outcome=effect.outcome,
        available=available,
        until=_void_until(effect.result) if effect.stands else None,
        message=message,
        customer_sees=customer_sees(effect) if available else None,
        reference=effect.reference,
    )


def _step_availability(effect: Effect, facts: UndoFacts) -> tuple[bool | None, str | None]:
    if effect.direction is Direction.UNDO:
        return None, (effect.error or {}).get("message")
    if not effect.stands:
        return None, "taken back" if effect.reversed_at is not None else (effect.error or {}).get("message")
    until = _void_until(effect.result)
    if until is not None and until <= datetime.now(UTC):
        return False, UndoRefusal.WINDOW_CLOSED.message
    tracked = _tracked(effect, facts)
    if tracked is not None:
        return False, f"the carrier has scanned the parcel: {tracked.value}"
    if _changed_since(effect, facts):
        return False, f"the order is {facts.order_status or 'gone'} by now"
    if effect.step == PUSH_FULFILLMENT and facts.operation.plan.get("can_undo") is False:
        return False, CHANNEL_KEEPS
    return effect.compensation is not None, None


def spoken_refusal(effects: Sequence[Effect], operation: Operation) -> UndoRefusal | None:
    """Return the reason why the newest undo run ended without success, where a vendor gave one."""
    outcomes = [one.outcome for one in effects if one.direction is Direction.UNDO and one.run == operation.current_run]
    outcomes.append((operation.undo_error or {}).get("code"))
    reasons = (REFUSALS.get(outcome) for outcome in outcomes if outcome is not None)
    return next((reason for reason in reasons if reason is not None), None)
