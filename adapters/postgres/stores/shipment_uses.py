"""SQL for uses of shipments: they block the void of the shipment, and the undo of its purchase."""

from adapters.postgres.core.row_factory import columns
from domain.operations import ShipmentUser

COLUMNS = columns(ShipmentUser, id="operations.id")

INSERT = """
    insert into shipment_uses (organization_id, operation_id, shipment_id, depends_on, removes)
    select %(org)s, operation.id, shipments.id, shipments.operation_id, operation.removes
    from ({operations}) as operation (id, uses, removes)
         join shipments on shipments.organization_id = %(org)s and shipments.id = any(operation.uses)
"""
"""Format with a query of operations and the ids of the shipments that each uses."""

IS_LIVE = """
    (operations.status = 'executing'
     or not removes and (operations.status = 'completed'
                         or operations.status = 'failed' and operations.attention is not null))
"""
"""A finished void is final: it no longer uses the shipment."""

JOINED = f"""
    select {COLUMNS} from shipment_uses join operations
         on operations.organization_id = %(org)s and operations.id = shipment_uses.operation_id
    where shipment_uses.organization_id = %(org)s and {IS_LIVE}
"""

USERS = f"{JOINED} and depends_on = %(id)s order by id"
"""The users of an operation's shipments."""

DEPENDS_ON = """
    select distinct depends_on from shipment_uses where organization_id = %(org)s and operation_id = %(id)s
"""

SHIPMENT_USERS = f"""
    {JOINED} and shipment_id = %(shipment_id)s and operations.id is distinct from %(remover)s
    union
    select {COLUMNS} from operations
    where organization_id = %(org)s
      and id = (select operation_id from shipments where organization_id = %(org)s and id = %(shipment_id)s)
      and (status = 'executing' or exists (
          select from effects
          where effects.organization_id = %(org)s and effects.operation_id = operations.id and direction = 'do'
            and state in ('sent', 'done', 'unknown') and reversed_at is null
            and position > (
                select max(position) from effects as bought
                where bought.organization_id = %(org)s and bought.operation_id = operations.id
                  and bought.direction = 'do' and bought.result ->> 'shipment_id' = %(shipment_id)s::text
            )
      ))
    order by id
"""
"""The users of one shipment, except the operation that would void it. The operation that bought it counts if it has
later live effects, such as its own push."""

LOCK_SHIPMENTS = """
    select id from shipments where organization_id = %(org)s and operation_id = %(id)s for no key update
"""
