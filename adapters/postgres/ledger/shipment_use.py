"""Checks whether a shipment may be used, or its label voided, in the transaction that commits `sent`."""

from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores.shipment_uses import SHIPMENT_USERS
from domain.codes import FailureCode
from domain.operations import OperationError, ShipmentUser
from domain.ports.ledger import EffectKey

ITS_SHIPMENTS = """
    shipments where organization_id = %(org)s and id in (
        select shipment_id from shipment_uses where organization_id = %(org)s and operation_id = %(operation_id)s
    )
"""

LOCK = f"select id from {ITS_SHIPMENTS} order by id for {{strength}}"
"""Users of a shipment share the lock; a void, or the undo of the purchase, holds it alone until it has begun."""

IS_FORCED = """
    select input -> 'force' = 'true' from operations where organization_id = %(org)s and id = %(operation_id)s
"""

LOST_LABEL = f"""
    select 'the label of the shipment is '
           || case when status = 'label_created' then 'about to be voided' else status end
    from (select id, status, operation_id from {ITS_SHIPMENTS}) as used
    where used.status <> 'label_created'
       or exists (
           select from operations
           where operations.organization_id = %(org)s and operations.id = used.operation_id
             and (undo_status = 'in_progress' or operations.status = 'undone')
       )
       or exists (
           select from shipment_uses join effects
                on effects.organization_id = %(org)s and effects.operation_id = shipment_uses.operation_id
           where shipment_uses.organization_id = %(org)s and shipment_uses.shipment_id = used.id and removes
             and direction = 'do' and state in ('sent', 'unknown')
       )
    limit 1
"""


async def find_use_conflict(transaction: OrganizationTransaction, key: EffectKey) -> OperationError | None:
    """Lock the shipments that the operation uses; return why the step may not use or void them, or None.

    The lock and the checks are separate statements: the checks see the commits that happened while the lock waited.
    """
    strength = "no key update" if key.removes_shipment else "share"
    locked = await transaction.fetch_all(dict, LOCK.format(strength=strength), operation_id=key.operation_id)
    if not key.removes_shipment:
        message = await transaction.fetch_value(LOST_LABEL, operation_id=key.operation_id)
        return OperationError(FailureCode.REJECTED, message) if message is not None else None
    if await transaction.fetch_value(IS_FORCED, operation_id=key.operation_id):
        return None
    users = [
        user
        for row in locked
        for user in await transaction.fetch_all(
            ShipmentUser, SHIPMENT_USERS, shipment_id=row["id"], remover=key.operation_id
        )
    ]
    return OperationError(FailureCode.IN_USE, ", ".join(map(str, users))) if users else None
