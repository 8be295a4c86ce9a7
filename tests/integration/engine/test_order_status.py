"""How operations and undos change an order's status."""

import asyncio
from typing import Any

import pytest

from domain.operations import OperationStatus
from domain.orders import Order
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.shops import Shop, build_input

ONE_TEE: list[dict[str, Any]] = [{"sku": "TEE", "quantity": 1}]
TEES: list[dict[str, Any]] = [{"id": "1", "quantity": 2}]
MUG: list[dict[str, Any]] = [{"sku": "MUG ", "quantity": 1}]


async def execute(rig: Rig, shop: Shop, kind: str, **fields: Any) -> OperationRecord:
    operation = await rig.create(shop, kind, **{**build_input(shop, kind), **fields})
    record = await rig.execute(shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    return record


async def undo(rig: Rig, shop: Shop, record: OperationRecord) -> None:
    undone = await rig.undo(shop, record.operation)
    assert undone.operation.status is OperationStatus.UNDONE, undone.operation.undo_error


async def order_of(rig: Rig, shop: Shop) -> Order:
    async with rig.data(shop) as data:
        order = await data.orders.get(shop.order.id)
    assert order is not None
    return order


@pytest.mark.parametrize("first", [0, 1])
async def test_an_undo_keeps_a_status_that_another_operation_set(rig: Rig, shop: Shop, first: int) -> None:
    """Two operations set the same status; the undo of either one keeps it."""
    records = [await execute(rig, shop, "update_order_status", status="shipped") for _ in range(2)]

    await undo(rig, shop, records[first])
    assert await rig.order_status(shop) == "shipped"
    await undo(rig, shop, records[1 - first])
    assert await rig.order_status(shop) == "processing"


async def test_undoing_an_earlier_operation_keeps_the_latest_status(rig: Rig, shop: Shop) -> None:
    older = await execute(rig, shop, "update_order_status", status="on_hold")
    newer = await execute(rig, shop, "update_order_status", status="delivered")

    await undo(rig, shop, older)
    assert await rig.order_status(shop) == "delivered"
    await undo(rig, shop, newer)
    assert await rig.order_status(shop) == "processing"


async def test_an_order_is_partially_shipped_while_items_remain(rig: Rig, shop: Shop) -> None:
    part = await execute(rig, shop, "fulfill_order", line_items=ONE_TEE)
    order = await order_of(rig, shop)
    assert (order.status, order.fulfilled) == ("partially_shipped", {"1": 1})
    assert (part.operation.output or {})["status"] == "partially_shipped"
    assert (part.operation.output or {})["previous_status"] == "processing"

    rest = await execute(rig, shop, "fulfill_order")
    order = await order_of(rig, shop)
    assert (order.status, order.fulfilled) == ("shipped", {"1": 2, "2": 1})
    assert (rest.operation.output or {})["previous_status"] == "partially_shipped"

    await undo(rig, shop, part)
    assert await rig.order_status(shop) == "partially_shipped"
    await undo(rig, shop, rest)
    order = await order_of(rig, shop)
    assert (order.status, order.fulfilled) == ("processing", {})


async def test_a_push_counts_as_a_fulfillment(rig: Rig, shop: Shop) -> None:
    """A push and a fulfill_order together ship the whole order."""
    pushed = await execute(rig, shop, "push_fulfillment", line_items=TEES)
    assert await rig.order_status(shop) == "partially_shipped"
    fulfilled = await execute(rig, shop, "fulfill_order", line_items=MUG)
    assert await rig.order_status(shop) == "shipped"

    await undo(rig, shop, pushed)
    assert await rig.order_status(shop) == "partially_shipped"
    await undo(rig, shop, fulfilled)
    assert await rig.order_status(shop) == "processing"


async def test_a_requested_status_overrides_an_earlier_fulfillment(rig: Rig, shop: Shop) -> None:
    """The next fulfillment overrides it in turn."""
    first = await execute(rig, shop, "fulfill_order", line_items=TEES, status="delivered")
    assert await rig.order_status(shop) == "delivered"
    await execute(rig, shop, "push_fulfillment", line_items=MUG)
    assert await rig.order_status(shop) == "shipped"
    await undo(rig, shop, first)
    assert await rig.order_status(shop) == "partially_shipped"


async def test_a_clients_later_status_stays_until_a_fulfillment(rig: Rig, shop: Shop) -> None:
    part = await execute(rig, shop, "fulfill_order", line_items=ONE_TEE)
    async with rig.data(shop) as data:
        await data.orders.update(shop.order.id, {"status": "returned"})
        await data.orders.update(shop.order.id, {"status": "processing"})
    assert await rig.order_status(shop) == "processing"

    rest = await execute(rig, shop, "fulfill_order")
    assert await rig.order_status(shop) == "shipped"
    await undo(rig, shop, rest)
    assert await rig.order_status(shop) == "processing"
    await undo(rig, shop, part)
    assert await rig.order_status(shop) == "processing"


async def test_changed_line_items_change_the_remaining_quantity(rig: Rig, shop: Shop) -> None:
    """An order that grows is no longer shipped; an order whose rest is refunded is."""
    await execute(rig, shop, "fulfill_order", line_items=TEES)
    tees, mug = ({"id": "1", "sku": "TEE", "quantity": 2}, {"id": "2", "sku": "MUG", "quantity": 1})
    for items, status in (
        ([tees, {**mug, "quantity": 0}], "shipped"),
        ([tees, mug], "partially_shipped"),
        ([tees, {**mug, "price": "-1.00"}], "shipped"),
    ):
        async with rig.data(shop) as data:
            order = await data.orders.update(shop.order.id, {"line_items": items})
        assert order is not None
        assert order.status == status


async def test_racing_fulfillments_and_statuses_add_up(rig: Rig, shop: Shop) -> None:
    """Every contribution counts in any order, and after every undo none is left."""
    fields: list[tuple[str, dict[str, Any]]] = [
        ("push_fulfillment", {"line_items": ONE_TEE}),
        ("push_fulfillment", {"line_items": MUG}),
        ("update_order_status", {"status": "pending"}),
        ("push_fulfillment", {"line_items": ONE_TEE}),
    ]
    records = await asyncio.gather(*(execute(rig, shop, kind, **items) for kind, items in fields))
    order = await order_of(rig, shop)
    assert order.fulfilled == {"1": 2, "2": 1}
    assert order.status in ("shipped", "pending")

    await asyncio.gather(*(undo(rig, shop, record) for record in records))

    order = await order_of(rig, shop)
    assert (order.status, order.fulfilled) == ("processing", {})


async def test_a_failed_saga_does_not_change_the_status(rig: Rig, shop: Shop) -> None:
    await shop.sandbox.script("fulfillments.create", "reject")
    record = await rig.execute(shop, await rig.new(shop, "fulfill_order"))
    assert record.operation.status is OperationStatus.FAILED
    order = await order_of(rig, shop)
    assert (order.status, order.fulfilled) == ("processing", {})
