"""Keeps test keys and test orders away from live accounts, bridges and orders."""

from collections.abc import Collection
from uuid import UUID

from api.http.auth import Caller
from api.http.errors import LiveModeRefused
from api.operations.references import StoredReferences
from domain.errors import FieldError, InvalidInput
from domain.operations import Operation
from domain.orders import Order
from domain.plan import Plan
from domain.shipping import Mode
from workflows.operation_type import OperationType


async def require_reach(caller: Caller, operation_ids: Collection[UUID]) -> None:
    """Check that the key may change some operations; missing operations are ignored.

    The check needs no lock: an operation's plan and the mode of an account never change. If an order becomes live
    after the check, the call counts as made before.

    Raises:
        LiveModeRefused: it is a test key, and one of the operations uses something with mode `live`.
    """
    if caller.key.mode is Mode.LIVE:
        return
    async with caller.context.database.autocommit(caller.organization_id) as data:
        references = StoredReferences(data, caller.context.carrier_queries, caller.key.mode)
        for operation in (await data.operations.get_many(list(operation_ids))).values():
            kind = caller.context.registry.find(operation.type)
            if kind is None:
                raise LiveModeRefused(f"an operation of the type {operation.type}, which is not installed")
            await _look_up(references, operation, kind)


async def _look_up(references: StoredReferences, operation: Operation, kind: OperationType) -> None:
    """Look up everything that the operation uses; `references` refuses live resources to a test key."""
    order = await references.order(operation.order_id) if operation.order_id is not None else None
    await require_one_mode(references, kind, operation.plan, order)


async def require_one_mode(references: StoredReferences, kind: OperationType, plan: Plan, order: Order | None) -> None:
    """Check that an operation of a test key or a test order uses only resources with mode `test`.

    Otherwise a test key could change an order that live work uses.

    Raises:
        LiveModeRefused: it is a test key, and the operation uses something with mode `live`, or it names nothing that
            has a mode.
        InvalidInput: a live key would use a live account or bridge for a test order.
    """
    if references.key_mode is Mode.LIVE and (order is None or order.mode is Mode.LIVE):
        return
    touches = kind.find_touches(plan)
    if order is None and not touches:
        raise LiveModeRefused(f"{kind.name} without an order, an account or a bridge")
    if plan.shipment_id is not None:
        await references.shipment(plan.shipment_id)
    for ident in touches:
        used = await references.account(ident) or await references.bridge(ident)
        if used is not None and used.mode is Mode.LIVE:
            problem = f"the order has mode test, and the account or bridge {ident} has mode live"
            raise InvalidInput([FieldError(("order_id",), problem)])
