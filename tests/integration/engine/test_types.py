"""Each operation type runs to its end on real servers, and undo takes back what it did."""

from domain.operations import OperationStatus, UndoStatus
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import live
from tests.fixtures.shops import Shop, references


async def test_create_shipment(rig: Rig, shop: Shop) -> None:
    """One label is live while the operation is completed, and none once it is undone."""
    record = await rig.done(shop, "create_shipment")
    bought = await shop.sandbox.labels(*references(record))
    assert live(bought) == 1
    assert record.operation.output is not None
    assert record.operation.output["tracking_number"] == bought[0]["tracking_number"]

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.undo_status is UndoStatus.DONE
    assert live(await shop.sandbox.labels(*references(record))) == 0


async def test_fulfill_order(rig: Rig, shop: Shop) -> None:
    """Label, fulfillment and status stand together, and are undone newest first."""
    record = await rig.done(shop, "fulfill_order")
    assert live(await shop.sandbox.labels(*references(record))) == 1
    assert live(await shop.sandbox.fulfillments(*references(record))) == 1
    assert await rig.order_status(shop) == "shipped"

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert [effect.step for effect in undone.effects if effect.direction == "undo"] == [
        "set_order_status",
        "push_fulfillment",
        "buy_label",
    ]
    assert live(await shop.sandbox.labels(*references(record))) == 0
    assert live(await shop.sandbox.fulfillments(*references(record))) == 0
    assert await rig.order_status(shop) == "processing"


async def test_void_shipment(rig: Rig, shop: Shop) -> None:
    """A label bought earlier is voided, and the shipment says so."""
    bought = await rig.done(shop, "create_shipment")
    assert bought.operation.output is not None
    shipment_id = bought.operation.output["shipment_id"]

    record = await rig.execute(shop, await rig.create(shop, "void_shipment", shipment_id=shipment_id))

    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.output == {"shipment_id": shipment_id, "outcome": "voided"}
    assert live(await shop.sandbox.labels(*references(bought))) == 0


async def test_a_lost_answer(rig: Rig, shop: Shop) -> None:
    """A purchase whose answer is lost is found again by its reference, and never sent twice."""
    await shop.sandbox.script("labels.create", "accept_then_drop")
    record = await rig.done(shop, "create_shipment")
    assert live(await shop.sandbox.labels(*references(record))) == 1
    assert len(await shop.sandbox.requests("labels.create", *references(record))) == 1
