"""Steps that one operation per order may have open at a bridge, because a push counts the pieces that others left."""

import random
from uuid import UUID

from adapters.postgres.core.transaction import OrganizationTransaction
from domain.errors import OrderBusy
from domain.ports.ledger import EffectKey

LOOK_AGAIN_SECONDS = 1.0

LOCK_TURN = """
    select pg_advisory_xact_lock(hashtextextended('order ' || order_id || ' ' || %(bridge)s, 0)) as turn
    from operations where organization_id = %(org)s and id = %(operation_id)s and order_id is not null
"""

OPEN_ELSEWHERE = """
    select others.id
    from operations
    join operations as others
      on others.organization_id = %(org)s and others.order_id = operations.order_id and others.id <> operations.id
    join effects on effects.organization_id = %(org)s and effects.operation_id = others.id
    where operations.organization_id = %(org)s and operations.id = %(operation_id)s
      and others.plan ->> 'bridge_id' = %(bridge)s and (others.status = 'executing' or others.attention is not null)
      and effects.step = %(step)s and effects.direction = 'do' and effects.reversed_at is null
      and (effects.state = 'unknown' or effects.state = 'sent' and effects.result is null)
      and not exists (
          select from effects as own
          where own.organization_id = %(org)s and own.operation_id = operations.id and own.step = %(step)s
            and own.direction = 'do' and own.state in ('sent', 'done', 'unknown') and own.reversed_at is null
      )
    limit 1
"""
"""An effect that a channel accepted and answers later is not open: the channel already counts it.

A repeated delivery of an operation that has sent its own effect waits for no other operation.
"""


async def require_turn(transaction: OrganizationTransaction, key: EffectKey, bridge_id: UUID) -> None:
    """Lock the step for the order at the bridge until the transaction ends.

    Raises:
        OrderBusy: another operation has the step open.
    """
    names = {"operation_id": key.operation_id, "bridge": str(bridge_id)}
    await transaction.execute(LOCK_TURN, **names)
    other = await transaction.fetch_value(OPEN_ELSEWHERE, **names, step=key.step)
    if other is not None:
        # With jitter, so that waiting operations do not all retry at once.
        after = LOOK_AGAIN_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 (nothing secret depends on it)
        raise OrderBusy(f"operation {other} is still executing the same step for this order", after=after)
