"""Reads the orders and shipments of operations."""

from collections.abc import Collection, Sequence
from typing import Any

from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores import orders, shipments
from domain.operations import Operation
from domain.orders import Order
from domain.ports.stores import NOTHING_RELATED, Related
from domain.shipping import Shipment

ORDERS = f"select {orders.COLUMNS} from orders where organization_id = %(org)s and id = any(%(order_ids)s)"

PAIRS = """
    select operation_id, id as shipment_id, created_at from shipments
    where organization_id = %(org)s and operation_id = any(%(operation_ids)s)
    union all
    select operation_id, shipment_id, '-infinity' from shipment_uses
    where organization_id = %(org)s and operation_id = any(%(operation_ids)s)
"""
"""The shipments that the operations bought or use."""

NEWEST = f"""
    select distinct on (operation_id) operation_id, shipment_id from ({PAIRS}) as pairs
    order by operation_id, created_at desc
"""
SHIPMENTS = f"""
    select {shipments.COLUMNS} from shipments
    where organization_id = %(org)s and id = any(array(select shipment_id from ({NEWEST}) as newest))
"""


async def read_related(
    transaction: OrganizationTransaction, operations: Sequence[Operation], names: Collection[str]
) -> Related:
    """Read the named resources of all operations in one round trip; without names, read nothing."""
    queries: list[tuple[type[Any], str]] = []
    if "order" in names:
        queries.append((Order, ORDERS))
    if "shipment" in names:
        queries += [(Shipment, SHIPMENTS), (dict, NEWEST)]
    if not queries or not operations:
        return NOTHING_RELATED
    results = await transaction.fetch_each(
        queries,
        order_ids=[operation.order_id for operation in operations if operation.order_id is not None],
        operation_ids=[operation.id for operation in operations],
    )
    found = {order.id: order for order in results.pop(0)} if "order" in names else {}
    if "shipment" not in names:
        return Related(found, {})
    by_id = {shipment.id: shipment for shipment in results[0]}
    pairs = ((pair["operation_id"], by_id.get(pair["shipment_id"])) for pair in results[1])
    return Related(found, {ident: shipment for ident, shipment in pairs if shipment is not None})
