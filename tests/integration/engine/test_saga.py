"""Rollback, retry and undo compensate the latest effects first and report what remains live."""

from domain.operations import OperationStatus, RunKind, UndoStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references


async def _failing_push(rig: Rig, shop: Shop, *faults: tuple[str, str]) -> OperationRecord:
    for target, fault in (("fulfillments.create", "reject"), *faults):
        await shop.sandbox.script(target, fault)
    record = await rig.execute(shop, await rig.new(shop, "fulfill_order"))
    assert record.operation.status is OperationStatus.FAILED
    return record


async def _retry(rig: Rig, shop: Shop, record: OperationRecord) -> OperationRecord:
    await rig.start(shop, record.operation, RunKind.EXECUTE, OperationStatus.FAILED)
    return await rig.wait_closed(shop, record.operation)


async def test_a_refused_push_voids_the_label(rig: Rig, shop: Shop) -> None:
    """The order's status is unchanged, and the error quotes the channel."""
    record = await _failing_push(rig, shop)
    error = present(record.operation.error)
    assert (error.code, error.step, error.rolled_back) == ("rejected", "push_fulfillment", True)
    assert "fault script" in present(error.message)
    assert error.vendor_code == "userErrors"
    assert [label["status"] for label in await shop.sandbox.labels(*list_references(record))] == ["voided"]
    assert await rig.order_status(shop) == "processing"
    assert record.operation.attention is None


async def test_a_refused_void_needs_a_person(rig: Rig, shop: Shop) -> None:
    """The failed operation reports its live label, and the void can be tried again."""
    record = await _failing_push(rig, shop, ("labels.void", "reject"))
    attention = present(record.operation.attention)
    assert (attention.reason, attention.step) == ("compensation_failed", "buy_label")
    assert present(record.operation.error).rolled_back is False
    assert present(record.operation.error).step == "push_fulfillment"
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
    bought = next(effect for effect in record.effects if effect.step == "buy_label" and effect.direction == "do")
    assert bought.stands

    await rig.start(shop, record.operation, RunKind.ROLLBACK, OperationStatus.FAILED)
    again = await rig.wait_closed(shop, record.operation)

    assert again.operation.status is OperationStatus.FAILED
    assert again.operation.attention is None
    assert present(again.operation.error).rolled_back is True
    assert present(again.operation.error).step == "push_fulfillment"
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0


async def test_a_retry_buys_under_a_new_reference(rig: Rig, shop: Shop) -> None:
    """One label is live and one is voided."""
    failed = await _failing_push(rig, shop)
    record = await _retry(rig, shop, failed)
    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.error is None
    labels = await shop.sandbox.labels(*list_references(record))
    assert [label["status"] for label in labels] == ["voided", "live"]
    assert len({label["reference"] for label in labels}) == 2
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == 1

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0


async def test_a_retry_uses_a_label_that_could_not_be_voided(rig: Rig, shop: Shop) -> None:
    failed = await _failing_push(rig, shop, ("labels.void", "too_late"))
    async with rig.data(shop) as data:
        cleared = await data.operations.clear_attention(failed.operation.id, reason="it will be used")
    assert cleared is not None
    record = await _retry(rig, shop, failed)
    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.attention is None
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1


async def test_undo_continues_where_it_stopped(rig: Rig, shop: Shop) -> None:
    """No effect is compensated twice, and each outcome is recorded."""
    done = await rig.complete(shop, "fulfill_order")
    await shop.sandbox.script("labels.void", "reject")
    stopped = await rig.undo(shop, done.operation)
    assert stopped.operation.status is OperationStatus.COMPLETED
    assert stopped.operation.undo_status is UndoStatus.FAILED
    assert present(stopped.operation.undo_error).step == "buy_label"
    assert await rig.order_status(shop) == "processing"
    assert count_live(await shop.sandbox.fulfillments(*list_references(done))) == 0
    assert count_live(await shop.sandbox.labels(*list_references(done))) == 1

    undone = await rig.undo(shop, done.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.undo_error is None
    assert undone.operation.attention is None
    taken = [
        (effect.step, effect.outcome) for effect in undone.effects if effect.direction == "undo" and effect.outcome
    ]
    assert taken == [("set_order_status", "restored"), ("push_fulfillment", "cancelled"), ("buy_label", "voided")]
    assert len(await shop.sandbox.requests("fulfillments.cancel")) == 1
    assert len(await shop.sandbox.requests("labels.void")) == 2


async def test_undo_stops_at_a_fulfillment_that_is_too_late(rig: Rig, shop: Shop) -> None:
    """Its label is not voided, because the parcel will be sent."""
    done = await rig.complete(shop, "fulfill_order")
    await shop.sandbox.script("fulfillments.cancel", "too_late")
    stopped = await rig.undo(shop, done.operation)
    assert stopped.operation.undo_status is UndoStatus.FAILED
    assert present(stopped.operation.attention).reason == "compensation_failed", "its status is restored already"
    assert present(stopped.operation.undo_error).code == "too_late"
    assert count_live(await shop.sandbox.labels(*list_references(done))) == 1
    assert count_live(await shop.sandbox.fulfillments(*list_references(done))) == 1

    await shop.sandbox.script("fulfillments.cancel", "too_late")
    again = await rig.undo(shop, done.operation)
    assert present(again.operation.attention).reason == "compensation_failed", "an earlier undo restored it"
    assert present(again.operation.attention).choices == ("retry", "happened", "did_not_happen")


async def test_a_refused_undo_of_a_retried_saga_leaves_it_whole(rig: Rig, shop: Shop) -> None:
    await shop.sandbox.script("labels.create", "slow:30")
    operation = await rig.new(shop, "create_shipment")
    await rig.begin(shop, operation)

    async def is_asked() -> bool:
        return bool(await shop.sandbox.requests("labels.create"))

    await eventually(is_asked, 60.0, "the carrier is asked")
    await rig.client.get_workflow_handle(f"operation-{operation.id}").cancel()
    failed = await rig.wait_closed(shop, operation)
    assert failed.operation.status is OperationStatus.FAILED
    done = await _retry(rig, shop, failed)
    assert done.operation.status is OperationStatus.COMPLETED
    await shop.sandbox.script("labels.void", "too_late")

    refused = await rig.undo(shop, done.operation)

    assert present(refused.operation.undo_error).code == "too_late"
    assert refused.operation.attention is None


async def test_a_later_status_stays_after_an_undo(rig: Rig, shop: Shop) -> None:
    """A client or another operation set the status."""
    done = await rig.complete(shop, "update_order_status")
    async with rig.data(shop) as data:
        await data.orders.update(shop.order.id, {"status": "delivered"})

    undone = await rig.undo(shop, done.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert await rig.order_status(shop) == "delivered"


async def test_a_label_voided_meanwhile_is_not_pushed(rig: Rig, shop: Shop) -> None:
    """The label was live when the push was created."""
    bought = await rig.complete(shop, "create_shipment")
    push = await rig.create(
        shop, "push_fulfillment", bridge_id=shop.bridge_id, shipment_id=(bought.operation.output or {})["shipment_id"]
    )
    await rig.undo(shop, bought.operation)

    failed = await rig.execute(shop, push)

    assert failed.operation.status is OperationStatus.FAILED
    assert present(failed.operation.error).message == "the label of the shipment is voided"
    assert not await shop.sandbox.requests("fulfillments.create")


async def test_a_paused_account_can_still_be_undone(rig: Rig, shop: Shop) -> None:
    """A pause stops purchases, not voids."""
    done = await rig.complete(shop, "create_shipment")
    async with rig.data(shop) as data:
        await data.carrier_accounts.pause(shop.account_id, reason=None)
    undone = await rig.undo(shop, done.operation)
    assert undone.operation.status is OperationStatus.UNDONE
    assert count_live(await shop.sandbox.labels(*list_references(done))) == 0


async def test_a_refused_key_pauses_the_account(rig: Rig, shop: Shop) -> None:
    """The next purchase is not sent."""
    second = await rig.new(shop, "create_shipment")
    await shop.sandbox.script("labels.create", "auth_failed")
    first = await rig.execute(shop, await rig.new(shop, "create_shipment"))
    assert present(first.operation.error).code == "auth_failed"
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status == "auth_failed"

    refused = await rig.execute(shop, second)

    assert refused.operation.status is OperationStatus.FAILED
    assert present(refused.operation.error).code == "account_not_active"
    assert len(await shop.sandbox.requests("labels.create")) == 1
