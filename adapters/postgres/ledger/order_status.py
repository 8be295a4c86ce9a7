"""An order's status as an effect, and the fulfillments that change it, in the ledger's transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.postgres.core.events import insert_event_by_id
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.ledger.begin_effect import INSERT, begin, hand_out, insert_params
from adapters.postgres.ledger.settle_effect import add_result, end_run, has_ended, log_params, record_compensation
from adapters.postgres.stores.order_status import (
    CHANGES,
    ORDER,
    OrderState,
    Statement,
    add_change,
    lock_status,
    settle_status,
)
from domain.effects import Effect, EffectState, UndoOutcome
from domain.errors import Rejected
from domain.json_values import to_json
from domain.order_status import StatusChange, choose_pieces, compute_status, sum_fulfilled
from domain.orders import LineItem, OrderStatus
from domain.ports.ledger import EffectKey, OpenedEffect, Recorded, RunOutcome
from domain.results import StatusResult

ITS_PUSH = """
    select input -> 'line_items' as line_items from operations
    where organization_id = %(org)s and id = %(operation_id)s
"""

ITS_ORDER_ID = "(select order_id from operations where organization_id = %(org)s and id = %(operation_id)s)"
LOCK_ITS_ORDER = f"{ORDER.replace('%(id)s', ITS_ORDER_ID)} for update"
ITS_CHANGES = CHANGES.replace("%(id)s", ITS_ORDER_ID)

CHANGES_OF_ORDER = CHANGES.replace("%(id)s", "%(order_id)s")
LOCK_ORDER_OF_NEW = f"""
    {ORDER.replace("%(id)s", "%(order_id)s")}
      and exists (select from effects where organization_id = %(org)s and effects.id = %(id)s)
    for update
"""
"""Locks the order only if the effect was inserted: others lock the order while they hold the effect."""

SET_STATUS = f"""
    with effect as (
        update effects set state = 'done', result = %(result)s, updated_at = now()
        where organization_id = %(org)s and id = %(id)s
        returning organization_id, operation_id
    )
    {insert_event_by_id("from effect", event="'step.done'", step="%(step)s")}
"""

LOCK_RUN = """
    select from runs where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s
    for no key update
"""


@dataclass(frozen=True, slots=True)
class PushedItems:
    """The line items that an operation pushes; None means all remaining items."""

    line_items: tuple[LineItem, ...] | None


async def set_order_status(
    transaction: OrganizationTransaction,
    key: EffectKey,
    order_id: UUID,
    status: OrderStatus | None,
    ending: RunOutcome | None,
) -> Recorded[StatusResult]:
    """Open and record a step that sets an order's status; see `domain.ports.ledger.Ledger.set_order_status`."""
    opened, orders, changes = await _open_for_order(transaction, key, order_id)
    if not opened.may_send:
        return Recorded(_previous_status(opened.effect), has_ended=False)
    effect, order = opened.effect, next(iter(orders), None)
    if order is None:
        raise Rejected("the order was deleted")
    statements: list[Statement] = []
    if status is not None:
        changes, added = add_change(order, changes, effect, status=status)
        statements.append(added)
    written, writes = settle_status(order, changes)
    others = [change for change in changes if change.operation_id != key.operation_id]
    result = StatusResult(order_id, compute_status(order.status, order.line_items, others), written)
    change = f"stays {written.value}" if written is order.status else f"{order.status.value} -> {written.value}"
    done = (SET_STATUS, {**log_params(effect, f"order status {change}"), "result": as_json(result)})
    endings = end_run(effect, add_result(ending, to_json(result)))
    counts = await transaction.execute_each(*statements, *writes, done, *endings)
    return Recorded(result, has_ended=has_ended(counts, endings))


async def restore_order_status(
    transaction: OrganizationTransaction, key: EffectKey, target: Effect, ending: RunOutcome | None
) -> Recorded[UndoOutcome]:
    """Open and record the undo of such a step; see `domain.ports.ledger.Ledger.restore_order_status`."""
    opened = await _open(transaction, key)
    if not opened.may_send and opened.effect.outcome is not None:
        return Recorded(UndoOutcome(opened.effect.outcome), has_ended=False)
    message = f"order status computed again without {target.step}"
    ended = await record_compensation(transaction, opened.effect, UndoOutcome.RESTORED, message, ending)
    return Recorded(UndoOutcome.RESTORED, has_ended=ended)


async def _open(transaction: OrganizationTransaction, key: EffectKey) -> OpenedEffect:
    """Open the effect of a run that the same transaction may end; lock the run's row before that.

    Opening takes a shared lock only: two deliveries would each hold one and wait for the other.
    """
    queries = ((dict, LOCK_RUN), (Effect, INSERT))
    _, opened = await transaction.fetch_each(queries, **insert_params(key, 1, None))
    return hand_out(opened[0], key) if opened else await begin(transaction, key)


async def _open_for_order(
    transaction: OrganizationTransaction, key: EffectKey, order_id: UUID
) -> tuple[OpenedEffect, list[OrderState], list[StatusChange]]:
    """Open the effect as `_open` does and lock its order; return also the order's state and its changes."""
    queries = ((dict, LOCK_RUN), (Effect, INSERT), (OrderState, LOCK_ORDER_OF_NEW), (StatusChange, CHANGES_OF_ORDER))
    _, inserted, orders, changes = await transaction.fetch_each(
        queries, **insert_params(key, 1, None), order_id=order_id
    )
    if inserted:
        return hand_out(inserted[0], key), orders, changes
    opened = await begin(transaction, key)
    if not opened.may_send:
        return opened, [], []
    order, changes = await lock_status(transaction, order_id)
    return opened, [] if order is None else [order], changes


async def record_fulfillment(
    transaction: OrganizationTransaction, effect: Effect, done: tuple[str, dict[str, Any]], ending: RunOutcome | None
) -> bool:
    """Mark a push done, and add the pieces that it fulfilled to its order's status; return whether the run ended.

    `done` returns a row if it marks the effect.
    """
    sql, params = done
    queries = ((dict, sql), (PushedItems, ITS_PUSH), (OrderState, LOCK_ITS_ORDER), (StatusChange, ITS_CHANGES))
    written, pushes, orders, changes = await transaction.fetch_each(queries, **params)
    statements: list[Statement] = []
    if written and orders:
        # The changes include those of pushes that were recorded while this transaction waited for the order's lock.
        pieces = choose_pieces(orders[0].line_items, sum_fulfilled(changes), pushes[0].line_items)
        changes, added = add_change(orders[0], changes, effect, fulfilled=pieces)
        statements = [added, *settle_status(orders[0], changes, effect)[1]]
    endings = end_run(effect, ending)
    return has_ended(await transaction.execute_each(*statements, *endings), endings)


def _previous_status(effect: Effect) -> StatusResult:
    if effect.state is EffectState.DONE and effect.reversed_at is None and effect.result is not None:
        return effect.read(StatusResult)
    raise Rejected("the step was compensated")
