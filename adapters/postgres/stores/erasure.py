"""Erases the personal data of an order in every table, in one transaction."""

from uuid import UUID

from adapters.postgres.core.transaction import OrganizationTransaction
from domain.operations import ShipmentUser

OPERATIONS = """
    select id from operations where organization_id = %(org)s and order_id = %(id)s
    union
    select operation_id from shipments where organization_id = %(org)s and order_id = %(id)s
    union
    select shipment_uses.operation_id
    from shipments join shipment_uses on shipment_uses.shipment_id = shipments.id
    where shipment_uses.organization_id = %(org)s and shipments.organization_id = %(org)s
      and shipments.order_id = %(id)s
"""
"""Also those that retention has deleted: their shipments remain."""
SHIPMENTS = """
    select id from shipments
    where organization_id = %(org)s and (order_id = %(id)s or operation_id = any(%(operations)s))
"""

LOCK = f"""
    select id, type, status from operations
    where organization_id = %(org)s and id in ({OPERATIONS}) order by id for update
"""
IS_OPEN = """
    select id, type, status from operations
    where organization_id = %(org)s and id = any(%(operations)s)
      and (status in ('pending', 'executing') or attention is not null or undo_status = 'in_progress' or exists (
          select from runs
          where runs.organization_id = %(org)s and runs.operation_id = operations.id and runs.closed_at is null
      ))
    order by created_at, id limit 1
"""

OTHERS = """
    select id from operations
    where organization_id = %(org)s and id = any(%(operations)s) and order_id is distinct from %(id)s
"""
"""The operations whose answers do not contain the order's id. Few ids keep the search in stored answers fast."""

ANSWERED = """
    select webhook_deliveries.id
    from events cross join webhook_endpoints
    join webhook_deliveries on webhook_deliveries.endpoint_id = webhook_endpoints.id
                           and webhook_deliveries.event_id = events.id
    where events.organization_id = %(org)s and webhook_endpoints.organization_id = %(org)s
      and webhook_deliveries.organization_id = %(org)s and {events}
      and (webhook_deliveries.last_answer is not null or webhook_deliveries.attempts > 1)
"""
"""The receiver of a webhook may have answered with data that it fetched. Retention erases the answers to an event
before it deletes the event."""

DELIVERIES = ANSWERED.format(events="events.subject_id = any(%(subjects)s)")

OWN = "organization_id = %(org)s and operation_id = any(%(operations)s)"
"""The rows of the operations, of tables that have a row for each."""

ERASED = "'(erased)'"
CHANGES = (
    "select set_config('orderly.reason', %(reason)s, true) where %(org)s is not null",
    """
    update orders set customer = null, ship_to = null, metadata = '{}', erased_at = now(), updated_at = now(),
        line_items = coalesce((select jsonb_agg(item - 'name') from jsonb_array_elements(line_items) as item), '[]')
    where organization_id = %(org)s and id = %(id)s
    """,
    """
    update operations set metadata = '{}', output = erase_texts(output), error = error - 'message' - 'field',
        undo_error = undo_error - 'message' - 'field', updated_at = now()
    where organization_id = %(org)s and id = any(%(operations)s)
    """,
    f"""
    update effects set answer = null, sent = null, error = error - 'message' - 'field', updated_at = now(),
        result = case when erase_texts(result) is distinct from result
                      then erase_texts(result) || '{{"erased": true}}' else result end
    where {OWN}
    """,
    f"update runs set options = options - 'reason' where {OWN} and options ? 'reason'",
    f"""update bulk_items set error = error || '{{"message": "(erased)"}}' where {OWN} and error is not null""",
    """
    update shipments set sent = null, tracking_problem = null, updated_at = now()
    where organization_id = %(org)s and id = any(%(shipments)s)
    """,
    """
    update idempotency_keys set body = erase_answer(body), erased_at = now()
    where organization_id = %(org)s and (operation_id = any(%(operations)s) or body like any(%(mentions)s))
    """,
)
"""Statements of the organization's own role."""

ERASE_ANSWERS = (
    """
    update webhook_deliveries set last_answer = null
    where organization_id = %(org)s and id = any(%(deliveries)s) and last_answer is not null
    """,
    """
    update webhook_attempts set answer = null
    where organization_id = %(org)s and delivery_id = any(%(deliveries)s) and answer is not null
    """,
)
OF_THE_ROLE = (
    "update operations set input = erase_texts(input), updated_at = now()"
    " where organization_id = %(org)s and id = any(%(operations)s)",
    f"""
    update events set message = case when message is not null then {ERASED} end, details = erase_texts(details)
    where organization_id = %(org)s and subject_id = any(%(operations)s)
    """,
    """
    update tracking_events set description = '', place = ''
    where organization_id = %(org)s and shipment_id = any(%(shipments)s)
    """,
    *ERASE_ANSWERS,
    "delete from shipment_documents where organization_id = %(org)s and shipment_id = any(%(shipments)s)",
)
"""Statements of a role that may only erase: no other role may change inputs, logs and tracking events."""


async def find_open_operation(transaction: OrganizationTransaction, order_id: UUID) -> ShipmentUser | None:
    """Lock the operations of an order, and those that use its shipments; return one that is open."""
    locked = await transaction.fetch_all(dict, LOCK, id=order_id)
    return await transaction.fetch_one(ShipmentUser, IS_OPEN, operations=[row["id"] for row in locked])


async def erase(transaction: OrganizationTransaction, order_id: UUID, reason: str) -> None:
    """Erase the personal data of a locked order without open operations."""
    operations = [row["id"] for row in await transaction.fetch_all(dict, OPERATIONS, id=order_id)]
    found = await transaction.fetch_all(dict, SHIPMENTS, id=order_id, operations=operations)
    shipments = [row["id"] for row in found]
    others = await transaction.fetch_all(dict, OTHERS, id=order_id, operations=operations)
    subjects = [order_id, *operations, *shipments]
    deliveries = await transaction.fetch_all(dict, DELIVERIES, subjects=subjects)
    params = {
        "id": order_id,
        "operations": operations,
        "shipments": shipments,
        "deliveries": [row["id"] for row in deliveries],
        "reason": reason,
        "mentions": [f"%{ident}%" for ident in (order_id, *(row["id"] for row in others))],
    }
    for statement in CHANGES:
        await transaction.execute(statement, **params)
    await transaction.execute("select set_config('role', 'orderly_erasure', true) where %(org)s is not null")
    for statement in OF_THE_ROLE:
        await transaction.execute(statement, **params)
    await transaction.execute("select set_config('role', 'orderly_app', true) where %(org)s is not null")
