"""Decides whether an operation can be undone, from its row, its ledger, and the declarations of its type's steps."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from activities.connections import describe_change
from api.operations.read_models import ShipmentUserRead, UndoRead, UndoStepRead
from domain.clock import Clock
from domain.effects import ERASED, Direction, Effect, EffectState, UndoOutcome
from domain.operation_errors import UndoBlocked, UndoConnectionChanged, UndoInUse, UndoNotAvailable
from domain.operations import Operation, OperationStatus, ShipmentUser, UndoRefusal, UndoStatus
from domain.orders import OrderStatus
from domain.ports.stores import OperationRecord, OrganizationData
from domain.tracking import TrackingStatus
from workflows.operation_type import OperationType
from workflows.registry import OperationTypes
from workflows.step import Step, UndoBlock, UndoContext

REFUSALS: Mapping[str, UndoRefusal] = {
    UndoOutcome.TOO_LATE: UndoRefusal.WINDOW_CLOSED,
    UndoOutcome.CHANGED_SINCE: UndoRefusal.CHANGED_SINCE,
    UndoOutcome.UNSUPPORTED: UndoRefusal.TYPE_NOT_UNDOABLE,
}
"""Outcomes of a compensation that are final answers, and the reason that the client gets."""


@dataclass(frozen=True, slots=True)
class UndoFacts:
    """The facts that decide on an undo; `effects` is None if the ledger was not read.

    `kind`: None if the type is no longer installed. `now`: Postgres's time. `scanned`: the operation's shipments whose
    parcels the carrier has scanned, by id. `users`: open or live operations that use its shipments. `changes`: what has
    changed at the account or bridge of an effect since it was sent, by the effect's id.
    """

    operation: Operation
    kind: OperationType | None
    now: datetime
    effects: Sequence[Effect] | None = None
    order_status: OrderStatus | None = None
    status_after_undo: OrderStatus | None = None
    scanned: Mapping[UUID, TrackingStatus] = field(default_factory=dict)
    users: Sequence[ShipmentUser] = ()
    changes: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Step[Any], ...]:
        return self.kind.steps if self.kind is not None else ()

    def step(self, effect: Effect) -> Step[Any] | None:
        return self.kind.step(effect.step) if self.kind is not None else None

    def remaining(self) -> list[Effect]:
        """Return the effects that an undo would compensate, newest first."""
        effects = [effect for effect in self.effects or () if effect.direction is Direction.DO and effect.stands]
        return sorted(effects, key=lambda effect: (effect.run, effect.position), reverse=True)


class UndoSources(Protocol):
    """The sources of the facts that are not in the organization's data."""

    @property
    def registry(self) -> OperationTypes: ...
    @property
    def clock(self) -> Clock: ...


async def gather_facts(sources: UndoSources, data: OrganizationData, record: OperationRecord) -> UndoFacts:
    """Read the facts that the preflight needs in addition to the record.

    They are the changes of the accounts and bridges, and the order's status if a step asks for it.
    """
    operation = record.operation
    kind, now = sources.registry.find(operation.type), sources.clock.now()
    facts = UndoFacts(operation, kind, now, record.effects, scanned=record.scanned, users=record.users)
    if operation.status is not OperationStatus.COMPLETED:
        return facts
    if record.changed:
        facts = replace(facts, changes=await _find_changes(data, facts, record.changed))
    steps = [facts.step(effect) for effect in facts.remaining()]
    needs_order = any(step is not None and step.reads_order for step in steps)
    if operation.order_id is None or not needs_order:
        return facts
    found = await data.orders.preview_undo(operation.order_id, operation.id)
    return facts if found is None else replace(facts, order_status=found[0], status_after_undo=found[1])


async def _find_changes(data: OrganizationData, facts: UndoFacts, changed: Collection[UUID]) -> dict[UUID, str]:
    """Return by effect what has changed at its account or bridge, which is one of `changed`, since it was sent."""
    now = await data.carrier_accounts.fingerprints(changed) | await data.bridges.fingerprints(changed)
    changes = {
        effect.id: effect.fingerprint.find_change(now[ident])
        for effect in facts.remaining()
        if effect.fingerprint is not None and (ident := _find_connection(effect, facts)) in now
    }
    return {effect_id: change for effect_id, change in changes.items() if change is not None}


def _find_connection(effect: Effect, facts: UndoFacts) -> UUID | None:
    """Return the id of the account or bridge in an effect's result, which its undo calls."""
    step, result = facts.step(effect), effect.result or {}
    named = (result.get(key) for key in (step.touches if step is not None else ()))
    return next((UUID(ident) for ident in named if isinstance(ident, str)), None)


def find_block(facts: UndoFacts, *, force: bool = False) -> UndoBlock | None:
    """Return why the operation cannot be undone now, or None."""
    operation = facts.operation
    if operation.status is OperationStatus.UNDONE:
        return _block_for(UndoRefusal.ALREADY_UNDONE)
    if facts.kind is None or not facts.kind.supports_undo:
        return _block_for(UndoRefusal.TYPE_NOT_UNDOABLE)
    messages = [message for step in facts.steps if (message := _plan_block(step, operation)) is not None]
    if messages:
        return UndoBlock(UndoRefusal.TYPE_NOT_UNDOABLE, messages[0])
    if operation.status is not OperationStatus.COMPLETED:
        return _block_for(UndoRefusal.NOT_COMPLETED)
    if operation.undo_status is UndoStatus.IN_PROGRESS:
        return _block_for(UndoRefusal.IN_PROGRESS)
    if _is_over(undoable_until(facts), facts.now):
        return _block_for(UndoRefusal.WINDOW_CLOSED)
    blocks = [block for effect in reversed(facts.remaining()) if (block := _find_block(effect, facts)) is not None]
    if facts.users:
        message = ", ".join(map(str, facts.users))
        blocks.insert(0, UndoBlock(UndoRefusal.IN_USE, message, is_forceable=True))
    return next((block for block in blocks if not (force and block.is_forceable)), None)


def require_undoable(facts: UndoFacts, *, force: bool) -> None:
    """Raise UndoNotAvailable with the reason if the operation cannot be undone."""
    block = find_block(facts, force=force)
    if block is None:
        return
    operation = facts.operation
    details = (block.reason, operation.status, operation.undo_status, undoable_until(facts), block.tracking_status)
    if block.reason is UndoRefusal.IN_USE:
        raise UndoInUse(*details, used_by=facts.users, _message=block.message)
    if block.message == block.reason.message:
        raise UndoNotAvailable(*details)
    changed = block.reason is UndoRefusal.CONNECTION_CHANGED
    raise (UndoConnectionChanged if changed else UndoBlocked)(*details, _message=block.message)


def require_unused(operation: Operation, users: Sequence[ShipmentUser]) -> None:
    """Raise UndoInUse with the operations that use this operation's shipments, if there are any."""
    if users:
        details = (UndoRefusal.IN_USE, operation.status, operation.undo_status)
        raise UndoInUse(*details, used_by=users, _message=", ".join(map(str, users)))


def undoable_until(facts: UndoFacts) -> datetime | None:
    """Return the earliest deadline of the effects that an undo would compensate."""
    if facts.effects is None:
        found = [_until(step, facts.operation.output) for step in facts.steps]
    else:
        found = [_until(facts.step(effect), effect.result) for effect in facts.remaining()]
    return min((moment for moment in found if moment is not None), default=None)


def _block_for(reason: UndoRefusal) -> UndoBlock:
    return UndoBlock(reason, reason.message)


def _plan_block(step: Step[Any] | None, operation: Operation) -> str | None:
    return step.blocked_by_plan(operation.plan) if step is not None and step.blocked_by_plan is not None else None


def _until(step: Step[Any] | None, result: Mapping[str, Any] | None) -> datetime | None:
    value = (result or {}).get(step.undo_until) if step is not None and step.undo_until is not None else None
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


def _find_block(effect: Effect, facts: UndoFacts) -> UndoBlock | None:
    """Return the later event that blocks the effect's undo, or None."""
    if (effect.result or {}).get(ERASED):
        return _block_for(UndoRefusal.ERASED)
    change = facts.changes.get(effect.id)
    if change is not None:
        return UndoBlock(UndoRefusal.CONNECTION_CHANGED, describe_change(effect, change), is_forceable=True)
    step = facts.step(effect)
    if step is None or step.blocks_undo is None:
        return None
    return step.blocks_undo(_context(effect, facts))


def _context(effect: Effect, facts: UndoFacts) -> UndoContext:
    return UndoContext(effect, facts.order_status, facts.status_after_undo, facts.scanned)


def show_undo(facts: UndoFacts) -> UndoRead:
    """Build the model of an undo's preflight, step by step if the ledger was read."""
    block = find_block(facts)
    return UndoRead(
        available=block is None,
        reason=block.reason if block is not None else None,
        until=undoable_until(facts),
        status=facts.operation.undo_status,
        steps=None if facts.effects is None else [_step(effect, facts) for effect in facts.effects],
        used_by=None if facts.effects is None else [ShipmentUserRead.model_validate(user) for user in facts.users],
    )


def _step(effect: Effect, facts: UndoFacts) -> UndoStepRead:
    step, (available, message) = facts.step(effect), _availability(effect, facts)
    describe = step.customer_sees if step is not None and available else None
    return UndoStepRead(
        step=effect.step,
        direction=effect.direction,
        state=effect.state,
        outcome=effect.outcome,
        available=available,
        until=_until(step, effect.result) if effect.stands else None,
        message=message,
        customer_sees=describe(_context(effect, facts)) if describe is not None else None,
        reference=effect.reference,
    )


def _availability(effect: Effect, facts: UndoFacts) -> tuple[bool | None, str | None]:
    message = effect.error.message if effect.error else None
    if effect.direction is Direction.UNDO:
        return None, message
    if not effect.stands:
        return None, "compensated" if effect.reversed_at is not None else message
    if effect.state is EffectState.UNKNOWN:
        return False, message or "the outcome of the step is unknown"
    step = facts.step(effect)
    if _is_over(_until(step, effect.result), facts.now):
        return False, UndoRefusal.WINDOW_CLOSED.message
    block = _find_block(effect, facts)
    message = block.message if block is not None else _plan_block(step, facts.operation)
    return message is None and effect.compensation is not None, message


def find_vendor_refusal(effects: Sequence[Effect], operation: Operation) -> UndoRefusal | None:
    """Return the vendor's reason if the newest undo run failed for one, else None."""
    outcomes = [
        effect.outcome
        for effect in effects
        if effect.direction is Direction.UNDO and effect.run == operation.current_run
    ]
    outcomes.append(operation.undo_error.code if operation.undo_error else None)
    reasons = (REFUSALS.get(outcome) for outcome in outcomes if outcome is not None)
    return next((reason for reason in reasons if reason is not None), None)
