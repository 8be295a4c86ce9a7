"""Each operation type completes on real servers, and its undo compensates it."""

from domain.operations import OperationStatus, UndoStatus
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import live
from tests.fixtures.shops import Shop, references


async def test_create_shipment_and_its_undo(rig: Rig, shop: Shop) -> None:
    """The label is live until the undo."""
    record = await rig.done(shop, "create_shipment")
    bought = await shop.sandbox.labels(*references(record))
    assert live(bought) == 1
    assert record.operation.output is not None
    assert record.operation.output["tracking_number"] == bought[0]["tracking_number"]

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.undo_status is UndoStatus.DONE
    assert live(await shop.sandbox.labels(*references(record))) == 0


async def test_fulfill_order_and_its_undo(rig: Rig, shop: Shop) -> None:
    """Label, fulfillment and status are set together and undone in reverse order."""
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


async def test_void_shipment_voids_label_and_shipment(rig: Rig, shop: Shop) -> None:
    bought = await rig.done(shop, "create_shipment")
    assert bought.operation.output is not None
    shipment_id = bought.operation.output["shipment_id"]

    record = await rig.execute(shop, await rig.create(shop, "void_shipment", shipment_id=shipment_id))

    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.output == {"shipment_id": shipment_id, "outcome": "voided"}
    assert live(await shop.sandbox.labels(*references(bought))) == 0


async def test_a_purchase_with_a_lost_answer_is_found_by_its_reference(rig: Rig, shop: Shop) -> None:
    """It is not sent again."""
    await shop.sandbox.script("labels.create", "accept_then_drop")
    record = await rig.done(shop, "create_shipment")
    assert live(await shop.sandbox.labels(*references(record))) == 1
    assert len(await shop.sandbox.requests("labels.create", *references(record))) == 1
