"""An order's status as an effect, and the fulfillments that change it, in the ledger's transaction."""

from dataclasses import dataclass
from uuid import UUID

from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.ledger.begin_effect import begin
from adapters.postgres.ledger.settle_effect import add_result, end_run, log, record_compensation
from adapters.postgres.stores.order_status import add_change, lock_order, read_changes, settle_status
from domain.effects import Effect, EffectState, UndoOutcome
from domain.errors import Rejected
from domain.json_values import to_json
from domain.order_status import choose_pieces, compute_status, sum_fulfilled
from domain.orders import LineItem, OrderStatus
from domain.ports.ledger import EffectKey, Recorded, RunOutcome
from domain.results import StatusResult

ITS_PUSH = """
    select order_id, input -> 'line_items' as line_items from operations
    where organization_id = %(org)s and id = %(id)s and order_id is not null
"""

LOCK_RUN = """
    select from runs where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s
    for no key update
"""


@dataclass(frozen=True, slots=True)
class PushedItems:
    """The order and line items that an operation pushes; None means all remaining items."""

    order_id: UUID
    line_items: tuple[LineItem, ...] | None


async def set_order_status(
    transaction: OrganizationTransaction,
    key: EffectKey,
    order_id: UUID,
    status: OrderStatus | None,
    ending: RunOutcome | None,
) -> Recorded[StatusResult]:
    """Open and record a step that sets an order's status; see `domain.ports.ledger.Ledger.set_order_status`."""
    await _lock_run(transaction, key, ending)
    opened = await begin(transaction, key)
    if not opened.may_send:
        return Recorded(_previous_status(opened.effect), has_ended=False)
    order = await lock_order(transaction, order_id)
    if order is None:
        raise Rejected("the order was deleted")
    if status is not None:
        await add_change(transaction, order, opened.effect, status=status)
    changes = await read_changes(transaction, order_id)
    written = await settle_status(transaction, order, changes)
    others = [change for change in changes if change.operation_id != key.operation_id]
    result = StatusResult(order_id, compute_status(order.status, order.line_items, others), written)
    await transaction.execute(
        "update effects set state = 'done', result = %(result)s, updated_at = now()"
        " where organization_id = %(org)s and id = %(id)s",
        id=opened.effect.id,
        result=as_json(result),
    )
    change = f"stays {written.value}" if written is order.status else f"{order.status.value} -> {written.value}"
    await log(transaction, opened.effect, "step.done", f"order status {change}")
    has_ended = await end_run(transaction, opened.effect, add_result(ending, to_json(result)))
    return Recorded(result, has_ended)


async def restore_order_status(
    transaction: OrganizationTransaction, key: EffectKey, target: Effect, ending: RunOutcome | None
) -> Recorded[UndoOutcome]:
    """Open and record the undo of such a step; see `domain.ports.ledger.Ledger.restore_order_status`."""
    await _lock_run(transaction, key, ending)
    opened = await begin(transaction, key)
    if not opened.may_send and opened.effect.outcome is not None:
        return Recorded(UndoOutcome(opened.effect.outcome), has_ended=False)
    message = f"order status computed again without {target.step}"
    await record_compensation(transaction, opened.effect, UndoOutcome.RESTORED, message)
    return Recorded(UndoOutcome.RESTORED, await end_run(transaction, opened.effect, ending))


async def _lock_run(transaction: OrganizationTransaction, key: EffectKey, ending: RunOutcome | None) -> None:
    """Lock the run's row before the effect is opened if the same transaction ends the run.

    Opening takes a shared lock only: two deliveries would each hold one and wait for the other.
    """
    if ending is not None:
        await transaction.execute(LOCK_RUN, operation_id=key.operation_id, run=key.run)


async def add_fulfillment(transaction: OrganizationTransaction, effect: Effect) -> None:
    """Add the pieces that a push fulfilled to its order's status."""
    pushed = await transaction.fetch_one(PushedItems, ITS_PUSH, id=effect.operation_id)
    order = await lock_order(transaction, pushed.order_id) if pushed is not None else None
    if pushed is None or order is None:
        return
    # Another push may have been recorded while this one waited for the lock.
    known = sum_fulfilled(await read_changes(transaction, order.id))
    pieces = choose_pieces(order.line_items, known, pushed.line_items)
    await add_change(transaction, order, effect, fulfilled=pieces)
    await settle_status(transaction, order, await read_changes(transaction, order.id), effect)


def _previous_status(effect: Effect) -> StatusResult:
    if effect.state is EffectState.DONE and effect.reversed_at is None and effect.result is not None:
        return effect.read(StatusResult)
    raise Rejected("the step was compensated")
