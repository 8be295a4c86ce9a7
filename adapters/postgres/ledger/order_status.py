"""The order status as an effect: written and restored in the ledger's own transaction."""

from uuid import UUID

from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.ledger.begin_effect import begin
from adapters.postgres.ledger.settle_effect import log, record_compensation
from domain.effects import Effect, EffectState, UndoOutcome
from domain.errors import Rejected
from domain.orders import OrderStatus
from domain.ports.ledger import EffectKey
from domain.results import StatusResult

SET_STATUS = """
    update orders set status = %(status)s, updated_at = now() where organization_id = %(org)s and id = %(id)s
"""


async def set_order_status(
    transaction: OrganizationTransaction, key: EffectKey, order_id: UUID, status: OrderStatus
) -> StatusResult:
    """See `domain.ports.ledger.Ledger.set_order_status`."""
    opened = await begin(transaction, key)
    if not opened.may_send:
        return _previous_status(opened.effect)
    previous = await transaction.fetch_value(
        "select status from orders where organization_id = %(org)s and id = %(id)s for update", id=order_id
    )
    await transaction.execute(SET_STATUS, id=order_id, status=status.value)
    result = StatusResult(order_id, OrderStatus(previous), status)
    await transaction.execute(
        "update effects set state = 'done', result = %(result)s, updated_at = now()"
        " where organization_id = %(org)s and id = %(id)s",
        id=opened.effect.id,
        result=as_json(result),
    )
    await log(transaction, opened.effect, "step.done", f"order status {previous} -> {status.value}")
    return result


async def restore_order_status(
    transaction: OrganizationTransaction, key: EffectKey, target: Effect, *, force: bool
) -> UndoOutcome:
    """See `domain.ports.ledger.Ledger.restore_order_status`."""
    written = target.read(StatusResult)
    opened = await begin(transaction, key)
    if not opened.may_send and opened.effect.outcome is not None:
        return UndoOutcome(opened.effect.outcome)
    is_restored = await transaction.execute(
        f"{SET_STATUS} and (status = %(expected)s or %(force)s)",
        id=written.order_id,
        status=written.previous_status.value,
        expected=written.status.value,
        force=force,
    )
    outcome = UndoOutcome.RESTORED if is_restored else UndoOutcome.CHANGED_SINCE
    message = f"order status {written.status.value} -> {written.previous_status.value}: {outcome.value}"
    await record_compensation(transaction, opened.effect, outcome, message)
    return outcome


def _previous_status(effect: Effect) -> StatusResult:
    if effect.state is EffectState.DONE and effect.reversed_at is None and effect.result is not None:
        return effect.read(StatusResult)
    raise Rejected("it was taken back")
