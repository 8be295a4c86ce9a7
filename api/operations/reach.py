"""Keeps test keys away from live accounts and bridges, for calls on recorded operations and shipments."""

from collections.abc import Collection
from uuid import UUID

from api.http.auth import Caller
from api.operations.references import StoredReferences
from domain.operations import Operation
from domain.shipping import Mode


async def require_reach(caller: Caller, operation_ids: Collection[UUID]) -> None:
    """Check that the key may reach every account and bridge of some operations; missing operations are ignored.

    An operation's plan and the mode of an account never change, so the check needs no lock.

    Raises:
        LiveModeRefused: it is a test key, and one of them has mode `live`.
    """
    if caller.key.mode is Mode.LIVE:
        return
    async with caller.context.database.autocommit(caller.organization_id) as data:
        references = StoredReferences(data, caller.context.carrier_queries, caller.key.mode)
        for operation in (await data.operations.get_many(list(operation_ids))).values():
            await _look_up(references, operation, caller)


async def _look_up(references: StoredReferences, operation: Operation, caller: Caller) -> None:
    """Look up everything that the operation may call; `references` refuses what the key may not reach."""
    kind = caller.context.registry.find(operation.type)
    for ident in kind.find_touches(operation.plan) if kind is not None else ():
        await references.account(ident)
        await references.bridge(ident)
    order = await references.order(operation.order_id) if operation.order_id is not None else None
    if order is not None and order.bridge_id is not None:
        await references.bridge(order.bridge_id)
