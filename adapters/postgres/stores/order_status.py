"""The changes of orders' statuses, written under a lock on the order's row so that none is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import insert_event_by_id
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from domain.effects import Effect
from domain.order_status import StatusChange, compute_status, sum_fulfilled
from domain.orders import LineItem, OrderStatus

ITS = "organization_id = %(org)s and order_id = %(id)s"

ORDER = "select id, status, line_items, fulfilled from orders where organization_id = %(org)s and id = %(id)s"

CHANGES = f"select operation_id, status, fulfilled from order_status_changes where {ITS} order by id"

ADD = f"""
    insert into order_status_changes (organization_id, order_id, operation_id, effect_id, status, fulfilled)
    select %(org)s, %(id)s, operation_id, effect_id, status, fulfilled
    from (
        select 0 as place, null::uuid as operation_id, null::uuid as effect_id, %(current)s as status,
               null::jsonb as fulfilled
        where not exists (select from order_status_changes where {ITS})
        union all
        select 1, %(operation_id)s, %(effect_id)s, %(status)s, %(fulfilled)s
    ) as added
    order by place
"""
"""Before the first change by an operation, inserts the status that the order had until then."""

REPLACE_OWN = f"""
    with replaced as (
        delete from order_status_changes where {ITS} and operation_id is null returning order_id
    )
    insert into order_status_changes (organization_id, order_id, status)
    select %(org)s, %(id)s, %(status)s where exists (select from replaced)
"""
"""An order without changes by operations has its status only in its own row."""

LOG_WRITE = insert_event_by_id(
    "from written where %(operation_id)s::uuid is not null and %(before)s <> %(status)s",
    organization_id="%(org)s",
    operation_id="%(operation_id)s::uuid",
    event="'step.order_status'",
    message="'order status ' || %(before)s || ' -> ' || %(status)s",
    step="%(step)s",
)

WRITE = f"""
    with written as (
        update orders set status = %(status)s, fulfilled = %(fulfilled)s, updated_at = now()
        where organization_id = %(org)s and id = %(id)s
        returning id
    )
    {LOG_WRITE}
"""


Statement: TypeAlias = tuple[str, Params]
"""SQL and its parameters."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """The columns of an order that determine its status."""

    id: UUID
    status: OrderStatus
    line_items: tuple[LineItem, ...]
    fulfilled: Mapping[str, int]


LOCK_STATUS: tuple[tuple[type[Any], str], ...] = ((OrderState, f"{ORDER} for update"), (StatusChange, CHANGES))
"""Two statements, so that the second one sees the changes that were committed while the first waited for its lock."""


async def lock_status(
    transaction: OrganizationTransaction, order_id: UUID
) -> tuple[OrderState | None, list[StatusChange]]:
    """Lock an order's row until the transaction ends; return its state, and its changes after the lock."""
    orders, changes = await transaction.fetch_each(LOCK_STATUS, id=order_id)
    return next(iter(orders), None), changes


def add_change(
    order: OrderState,
    changes: Sequence[StatusChange],
    effect: Effect,
    *,
    status: OrderStatus | None = None,
    fulfilled: Mapping[str, int] | None = None,
) -> tuple[list[StatusChange], Statement]:
    """Return a locked order's changes with that of an effect, and the statement that adds it."""
    before = changes or [StatusChange(None, order.status, None)]
    params = {
        "id": order.id,
        "current": order.status.value,
        "operation_id": effect.operation_id,
        "effect_id": effect.id,
        "status": status,
        "fulfilled": None if fulfilled is None else Jsonb(fulfilled),
    }
    return [*before, StatusChange(effect.operation_id, status, fulfilled)], (ADD, params)


async def replace_own_status(transaction: OrganizationTransaction, order_id: UUID, status: str) -> None:
    """Record the status that a client set on a locked order: it is newer than every change by an operation."""
    await transaction.execute(REPLACE_OWN, id=order_id, status=status)


def settle_status(
    order: OrderState, changes: Sequence[StatusChange], cause: Effect | None = None
) -> tuple[OrderStatus, list[Statement]]:
    """Compute the status of a locked order; return it with the statement that writes it, if it changed.

    The statement also logs the change on the effect's operation.
    """
    status, fulfilled = compute_status(order.status, order.line_items, changes), sum_fulfilled(changes)
    if (status, fulfilled) == (order.status, order.fulfilled):
        return status, []
    params = {
        "id": order.id,
        "before": order.status.value,
        "status": status.value,
        "fulfilled": Jsonb(fulfilled),
        "operation_id": cause.operation_id if cause is not None else None,
        "step": cause.step if cause is not None else None,
    }
    return status, [(WRITE, params)]


async def refresh_status(transaction: OrganizationTransaction, order_id: UUID, cause: Effect | None = None) -> None:
    """Compute an order's status again after its changes or line items were modified."""
    order, changes = await lock_status(transaction, order_id)
    if order is not None:
        await transaction.execute_each(*settle_status(order, changes, cause)[1])


async def preview_undo(
    transaction: OrganizationTransaction, order_id: UUID, operation_id: UUID
) -> tuple[OrderStatus, OrderStatus] | None:
    """Return an order's status, and the status that it would have without an operation's changes."""
    queries = ((OrderState, ORDER), (StatusChange, CHANGES))
    orders, changes = await transaction.fetch_each(queries, id=order_id)
    if not orders:
        return None
    (order,) = orders
    others = [change for change in changes if change.operation_id != operation_id]
    return order.status, compute_status(order.status, order.line_items, others)
