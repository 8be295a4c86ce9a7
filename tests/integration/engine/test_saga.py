"""Rollback, retry and undo: what was done is taken back, newest first, and the truth is told where it can't be."""

from domain.operations import OperationStatus, RunKind, UndoStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import ACTOR, Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import live
from tests.fixtures.shops import Shop, references


async def _failing_push(rig: Rig, shop: Shop, *faults: tuple[str, str]) -> OperationRecord:
    for target, fault in (("fulfillments.create", "reject"), *faults):
        await shop.sandbox.script(target, fault)
    record = await rig.execute(shop, await rig.new(shop, "fulfill_order"))
    assert record.operation.status is OperationStatus.FAILED
    return record


async def _retry(rig: Rig, shop: Shop, record: OperationRecord) -> OperationRecord:
    await rig.start(shop, record.operation, RunKind.EXECUTE, OperationStatus.FAILED)
    return await rig.settled(shop, record.operation)


async def test_a_refused_push_takes_the_label_back(rig: Rig, shop: Shop) -> None:
    """The label is voided, the status untouched, and the channel's own words are told."""
    record = await _failing_push(rig, shop)
    error = present(record.operation.error)
    assert (error.code, error.step, error.rolled_back) == ("rejected", "push_fulfillment", True)
    assert "fault script" in present(error.message)
    assert error.vendor_code == "userErrors"
    assert [label["status"] for label in await shop.sandbox.labels(*references(record))] == ["voided"]
    assert await rig.order_status(shop) == "processing"
    assert record.operation.attention is None


async def test_a_refused_void_needs_a_person(rig: Rig, shop: Shop) -> None:
    """The operation has failed, its label is still told as live, and taking it back can be tried again."""
    record = await _failing_push(rig, shop, ("labels.void", "reject"))
    attention = present(record.operation.attention)
    assert (attention.reason, attention.step) == ("compensation_failed", "buy_label")
    assert present(record.operation.error).rolled_back is False
    assert present(record.operation.error).step == "push_fulfillment"
    assert live(await shop.sandbox.labels(*references(record))) == 1
    bought = next(effect for effect in record.effects if effect.step == "buy_label" and effect.direction == "do")
    assert bought.stands

    await rig.start(shop, record.operation, RunKind.ROLLBACK, OperationStatus.FAILED)
    again = await rig.settled(shop, record.operation)

    assert again.operation.status is OperationStatus.FAILED
    assert again.operation.attention is None
    assert present(again.operation.error).rolled_back is True
    assert present(again.operation.error).step == "push_fulfillment"
    assert live(await shop.sandbox.labels(*references(record))) == 0


async def test_a_retry_buys_anew(rig: Rig, shop: Shop) -> None:
    """What was taken back is bought again under a new reference: one is live, one is voided."""
    failed = await _failing_push(rig, shop)
    record = await _retry(rig, shop, failed)
    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.error is None
    labels = await shop.sandbox.labels(*references(record))
    assert [label["status"] for label in labels] == ["voided", "live"]
    assert len({label["reference"] for label in labels}) == 2
    assert live(await shop.sandbox.fulfillments(*references(record))) == 1

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert live(await shop.sandbox.labels(*references(record))) == 0


async def test_a_retry_goes_on_with_what_still_stands(rig: Rig, shop: Shop) -> None:
    """A label that could not be voided is used by the retry, not bought a second time."""
    failed = await _failing_push(rig, shop, ("labels.void", "too_late"))
    async with rig.data(shop) as data:
        cleared = await data.operations.clear_attention(failed.operation.id, actor=ACTOR, reason="it will be used")
    assert cleared is not None
    record = await _retry(rig, shop, failed)
    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.attention is None
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert live(await shop.sandbox.labels(*references(record))) == 1


async def test_undo_continues_where_it_stopped(rig: Rig, shop: Shop) -> None:
    """What the first undo took back is not taken back again, and each outcome is kept."""
    done = await rig.done(shop, "fulfill_order")
    await shop.sandbox.script("labels.void", "reject")
    stopped = await rig.undo(shop, done.operation)
    assert stopped.operation.status is OperationStatus.COMPLETED
    assert stopped.operation.undo_status is UndoStatus.FAILED
    assert present(stopped.operation.undo_error).step == "buy_label"
    assert await rig.order_status(shop) == "processing"
    assert live(await shop.sandbox.fulfillments(*references(done))) == 0
    assert live(await shop.sandbox.labels(*references(done))) == 1

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


async def test_undo_stops_at_what_is_too_late(rig: Rig, shop: Shop) -> None:
    """A label whose fulfillment can't be cancelled any more is not voided: the parcel will be sent with it."""
    done = await rig.done(shop, "fulfill_order")
    await shop.sandbox.script("fulfillments.cancel", "too_late")
    stopped = await rig.undo(shop, done.operation)
    assert stopped.operation.undo_status is UndoStatus.FAILED
    assert present(stopped.operation.attention).reason == "compensation_failed", "its status is restored already"
    assert present(stopped.operation.undo_error).code == "too_late"
    assert live(await shop.sandbox.labels(*references(done))) == 1
    assert live(await shop.sandbox.fulfillments(*references(done))) == 1

    await shop.sandbox.script("fulfillments.cancel", "too_late")
    again = await rig.undo(shop, done.operation)
    assert present(again.operation.attention).reason == "compensation_failed", "an earlier undo restored it"
    assert present(again.operation.attention).choices == ("retry", "happened", "did_not_happen")


async def test_a_retry_is_not_half_undone_by_the_rollback_of_the_first_run(rig: Rig, shop: Shop) -> None:
    """A plain no to an undo leaves a whole operation."""
    await shop.sandbox.script("labels.create", "slow:2")
    operation = await rig.new(shop, "create_shipment")
    await rig.begin(shop, operation)

    async def is_asked() -> bool:
        return bool(await shop.sandbox.requests("labels.create"))

    await eventually(is_asked, 20.0, "the carrier is asked")
    await rig.client.get_workflow_handle(f"operation-{operation.id}").cancel()
    failed = await rig.settled(shop, operation)
    assert failed.operation.status is OperationStatus.FAILED
    done = await _retry(rig, shop, failed)
    assert done.operation.status is OperationStatus.COMPLETED
    await shop.sandbox.script("labels.void", "too_late")

    refused = await rig.undo(shop, done.operation)

    assert present(refused.operation.undo_error).code == "too_late"
    assert refused.operation.attention is None


async def test_a_later_status_stays_after_an_undo(rig: Rig, shop: Shop) -> None:
    """Whether a client gave it to the order or another operation set it."""
    done = await rig.done(shop, "update_order_status")
    async with rig.data(shop) as data:
        await data.orders.update(shop.order.id, {"status": "delivered"})

    undone = await rig.undo(shop, done.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert await rig.order_status(shop) == "delivered"


async def test_nobody_is_told_of_a_label_that_was_voided_meanwhile(rig: Rig, shop: Shop) -> None:
    """The push was recorded while it was live."""
    bought = await rig.done(shop, "create_shipment")
    push = await rig.create(
        shop, "push_fulfillment", bridge_id=shop.bridge_id, shipment_id=(bought.operation.output or {})["shipment_id"]
    )
    await rig.undo(shop, bought.operation)

    failed = await rig.execute(shop, push)

    assert failed.operation.status is OperationStatus.FAILED
    assert present(failed.operation.error).message == "the label of the shipment is voided"
    assert not await shop.sandbox.requests("fulfillments.create")


async def test_a_deactivated_account_can_still_be_undone(rig: Rig, shop: Shop) -> None:
    """Pausing an account stops purchases, not the taking back of what was bought before."""
    done = await rig.done(shop, "create_shipment")
    async with rig.data(shop) as data:
        await data.carrier_accounts.pause(shop.account_id, actor="tester", reason=None)
    undone = await rig.undo(shop, done.operation)
    assert undone.operation.status is OperationStatus.UNDONE
    assert live(await shop.sandbox.labels(*references(done))) == 0


async def test_a_refused_key_pauses_the_account(rig: Rig, shop: Shop) -> None:
    """The first purchase that is refused for its credentials pauses the account; the next is not even sent."""
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
