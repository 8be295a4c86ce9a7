"""The changes of orders' statuses, written under a lock on the order's row so that none is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.operation_log import insert_log
from adapters.postgres.core.transaction import OrganizationTransaction
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

LOG_WRITE = insert_log(
    "from written where %(operation_id)s::uuid is not null and %(before)s <> %(status)s",
    organization_id="%(org)s",
    operation_id="%(operation_id)s",
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


@dataclass(frozen=True, slots=True)
class OrderState:
    """The columns of an order that determine its status."""

    id: UUID
    status: OrderStatus
    line_items: tuple[LineItem, ...]
    fulfilled: Mapping[str, int]


async def lock_order(transaction: OrganizationTransaction, order_id: UUID) -> OrderState | None:
    """Return the order's state and lock its row until the transaction ends."""
    return await transaction.fetch_one(OrderState, f"{ORDER} for update", id=order_id)


async def add_change(
    transaction: OrganizationTransaction,
    order: OrderState,
    effect: Effect,
    *,
    status: OrderStatus | None = None,
    fulfilled: Mapping[str, int] | None = None,
) -> None:
    """Add an effect's change of a locked order's status."""
    await transaction.execute(
        ADD,
        id=order.id,
        current=order.status.value,
        operation_id=effect.operation_id,
        effect_id=effect.id,
        status=status,
        fulfilled=None if fulfilled is None else Jsonb(fulfilled),
    )


async def replace_own_status(transaction: OrganizationTransaction, order_id: UUID, status: str) -> None:
    """Record the status that a client set on a locked order: it is newer than every change by an operation."""
    await transaction.execute(REPLACE_OWN, id=order_id, status=status)


async def read_changes(transaction: OrganizationTransaction, order_id: UUID) -> list[StatusChange]:
    return await transaction.fetch_all(StatusChange, CHANGES, id=order_id)


async def settle_status(
    transaction: OrganizationTransaction,
    order: OrderState,
    changes: list[StatusChange],
    cause: Effect | None = None,
) -> OrderStatus:
    """Compute the status of a locked order and return it.

    Writes it if it changed, with an entry in the log of the effect's operation.
    """
    status, fulfilled = compute_status(order.status, order.line_items, changes), sum_fulfilled(changes)
    if (status, fulfilled) != (order.status, order.fulfilled):
        await transaction.execute(
            WRITE,
            id=order.id,
            before=order.status.value,
            status=status.value,
            fulfilled=Jsonb(fulfilled),
            operation_id=cause.operation_id if cause is not None else None,
            step=cause.step if cause is not None else None,
        )
    return status


async def refresh_status(transaction: OrganizationTransaction, order_id: UUID, cause: Effect | None = None) -> None:
    """Compute an order's status again after its changes or line items were modified."""
    order = await lock_order(transaction, order_id)
    if order is not None:
        await settle_status(transaction, order, await read_changes(transaction, order_id), cause)


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
