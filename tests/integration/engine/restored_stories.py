"""Operations that live through a backup, the time after it, and a restore of Postgres."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

from domain.ids import effect_reference
from domain.operations import Operation, OperationStatus, RunKind
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.integration.engine.test_waiting import wait_until_pushed

Asked = tuple[Shop, Operation] | None
Story = AsyncGenerator[Asked, Rig]
Tell = Callable[[Rig, Shop], Story]

LATER = 3.0


async def _wait_for_end(rig: Rig, shop: Shop, operation: Operation) -> OperationRecord:
    """Wait until the operation has ended or needs a person."""

    async def has_ended() -> bool:
        found = (await rig.record(shop, operation)).operation
        await rig.reconciler.reconcile(age_seconds=0)
        return found.attention is not None or found.status not in (OperationStatus.PENDING, OperationStatus.EXECUTING)

    await eventually(has_ended, 60.0, "the operation ends")
    return await rig.record(shop, operation)


async def _expect_completed_once(rig: Rig, shop: Shop, operation: Operation, *, pushes: int = 0) -> OperationRecord:
    """Expect that the operation is completed and bought exactly one label."""
    record = await _wait_for_end(rig, shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED, (record.operation, record.logs)
    assert record.operation.attention is None
    labels = await _find_labels(shop, operation)
    assert [label["status"] for label in labels] == ["live"]
    assert (record.operation.output or {})["tracking_number"] == labels[0]["tracking_number"]
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == pushes
    assert len(await shop.sandbox.requests("fulfillments.create")) == pushes
    return record


async def _find_labels(shop: Shop, operation: Operation) -> list[dict[str, Any]]:
    """Return the labels of all runs, including the runs that the backup does not know."""
    names = (effect_reference(operation.id, "buy_label", "do", number) for number in range(9))
    return await shop.sandbox.labels(*names)


async def executed_since(rig: Rig, shop: Shop) -> Story:
    """The restored operation is pending; its execution continues and finds the label it had bought."""
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    await rig.execute(shop, operation)
    rig = yield None
    record = await _expect_completed_once(rig, shop, operation)
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert "operation.drift" in [log.event for log in record.logs]


async def executed_since_with_a_push(rig: Rig, shop: Shop) -> Story:
    """Every step of a fulfill_order is found."""
    operation = await rig.new(shop, "fulfill_order")
    rig = yield None
    await rig.execute(shop, operation)
    rig = yield None
    await _expect_completed_once(rig, shop, operation, pushes=1)
    assert await rig.order_status(shop) == "shipped"


async def asked_for_again(rig: Rig, shop: Shop) -> Story:
    """A client executes the restored operation again; no second label is bought."""
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    await rig.execute(shop, operation)
    rig = yield shop, operation
    record = await _expect_completed_once(rig, shop, operation)
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.EXECUTE]


async def executed_and_undone_since(rig: Rig, shop: Shop) -> Story:
    """After two lost runs the state is uncertain: a person is asked, and nothing is bought meanwhile."""
    # FedEx accepts a reference again; ShipEngine would refuse it.
    shop = await rig.shop(shop.sandbox, account={"carrier": "fedex"})
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    await rig.execute(shop, operation)
    await rig.undo(shop, operation)
    rig = yield None
    record = await _wait_for_end(rig, shop, operation)
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "restored"
    assert present(record.operation.attention).reason == "drift"
    assert len(await shop.sandbox.requests("labels.create")) == 1
    async with rig.data(shop) as data:
        assert await data.operations.clear_attention(operation.id, reason="it was voided")
    await rig.start(shop, operation, RunKind.EXECUTE, OperationStatus.FAILED)
    again = await rig.wait_closed(shop, operation)
    assert again.operation.status is OperationStatus.COMPLETED, again.operation
    assert count_live(await shop.sandbox.labels(*list_references(again))) == 1


async def undone_since(rig: Rig, shop: Shop) -> Story:
    """The undo is lost and runs again; a label that is already voided counts as voided."""
    operation = (await rig.complete(shop, "create_shipment")).operation
    rig = yield None
    await rig.undo(shop, operation)
    rig = yield None

    async def is_undone() -> bool:
        return (await rig.record(shop, operation)).operation.status is OperationStatus.UNDONE

    await eventually(is_undone, 60.0)
    record = await rig.record(shop, operation)
    assert record.operation.attention is None
    assert record.effects[-1].outcome == "already_voided"
    assert [label["status"] for label in await _find_labels(shop, operation)] == ["voided"]


async def retried_since(rig: Rig, shop: Shop) -> Story:
    """The retry is lost; a new run finds the label of the second round."""
    await shop.sandbox.script("labels.create", "reject")
    operation = await rig.new(shop, "create_shipment")
    assert (await rig.execute(shop, operation)).operation.status is OperationStatus.FAILED
    rig = yield None
    await rig.start(shop, operation, RunKind.EXECUTE, OperationStatus.FAILED)
    assert (await rig.wait_closed(shop, operation)).operation.status is OperationStatus.COMPLETED
    rig = yield None
    record = await _expect_completed_once(rig, shop, operation)
    assert [effect.round for effect in record.effects] == [1, 2]


async def waiting_since(rig: Rig, shop: Shop) -> Story:
    """A lost run that still waits for the channel is terminated, and a new run waits."""
    operation = await rig.new(shop, "fulfill_order")
    rig = yield None
    await shop.sandbox.answers_after(LATER)
    await rig.begin(shop, operation)
    await wait_until_pushed(rig, shop, operation)
    rig = yield None
    await _expect_completed_once(rig, shop, operation, pushes=1)


async def completed_since(rig: Rig, shop: Shop) -> Story:
    """A run that was waiting at the time of the backup has completed since."""
    await shop.sandbox.answers_after(LATER)
    operation = await rig.new(shop, "fulfill_order")
    await rig.begin(shop, operation)
    await wait_until_pushed(rig, shop, operation)
    rig = yield None
    assert (await rig.wait_closed(shop, operation)).operation.status is OperationStatus.COMPLETED
    rig = yield None
    await _expect_completed_once(rig, shop, operation, pushes=1)


async def in_flight(rig: Rig, shop: Shop) -> Story:
    """A purchase after the backup was accepted and never answered."""
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    await shop.sandbox.script("labels.create", "accept_then_stall")
    await rig.begin(shop, operation)

    async def is_bought() -> bool:
        return bool(await _find_labels(shop, operation))

    await eventually(is_bought)
    rig = yield None
    await _expect_completed_once(rig, shop, operation)


async def sent_since(rig: Rig, shop: Shop) -> Story:
    """A purchase was queued at the time of the backup and sent after it; it is not sent as a new one."""
    await shop.sandbox.script("labels.create", "rate_limited:3")
    operation = await rig.new(shop, "create_shipment")
    await rig.begin(shop, operation)
    await rig.effect(shop, operation, "buy_label", "prepared")
    rig = yield None
    assert (await rig.wait_closed(shop, operation)).operation.status is OperationStatus.COMPLETED
    rig = yield None
    await _expect_completed_once(rig, shop, operation)
    assert len(await shop.sandbox.requests("labels.create")) == 2


async def never_executed(rig: Rig, shop: Shop) -> Story:
    """A pending operation without a lost run executes as usual."""
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    rig = yield None
    record = await rig.execute(shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    assert len(record.runs) == 1
    assert "operation.drift" not in [log.event for log in record.logs]


async def with_a_key(rig: Rig, shop: Shop) -> Story:
    """A carrier with idempotency keys gets the same key again and returns the same label."""
    shop = await rig.shop(shop.sandbox, account={"carrier": "usps"})
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    await rig.execute(shop, operation)
    rig = yield None
    await _expect_completed_once(rig, shop, operation)


async def with_nothing_to_look_up(rig: Rig, shop: Shop) -> Story:
    """Without a lookup a person is asked, and nothing is bought."""
    operation = await rig.new(shop, "create_shipment")
    rig = yield None
    await rig.execute(shop, operation)
    await shop.sandbox.script("labels.find", "no_lookup")
    rig = yield None
    record = await _wait_for_end(rig, shop, operation)
    assert present(record.operation.attention).reason == "outcome_unknown"
    assert len(await shop.sandbox.requests("labels.create")) == 1


async def settled_since(rig: Rig, shop: Shop) -> Story:
    """After a person settles the first step, the later steps are looked up before they are sent again."""
    operation = await rig.new(shop, "fulfill_order")
    rig = yield None
    done = await rig.execute(shop, operation)
    await shop.sandbox.script("labels.find", "no_lookup")
    rig = yield None
    await _settle_by_hand(rig, shop, operation, happened=True, **_describe(done))
    await _expect_completed_once(rig, shop, operation, pushes=1)
    assert [run.options.doubted for run in (await rig.record(shop, operation)).runs] == [True, True]


async def denied_since(rig: Rig, shop: Shop) -> Story:
    """After a person denies the first step, lost effects of later steps are not reported as rolled back."""
    operation = await rig.new(shop, "fulfill_order")
    rig = yield None
    await rig.execute(shop, operation)
    await shop.sandbox.script("labels.find", "no_lookup")
    rig = yield None
    await _settle_by_hand(rig, shop, operation, happened=False)
    record = await rig.wait_closed(shop, operation)
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).rolled_back is False
    assert present(record.operation.attention).reason == "drift"
    assert present(record.operation.attention).choices == ("did_not_happen",)
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == 0, "the ledger does not have it"

    async with rig.data(shop) as data:
        assert await data.operations.clear_attention(operation.id, reason="the books were compared")
    await rig.start(shop, operation, RunKind.EXECUTE, OperationStatus.FAILED)
    again = await rig.wait_closed(shop, operation)
    assert again.operation.attention is None, "the retry ends the doubt"
    assert present(again.operation.error).code == "order_fulfilled", "the shop has not forgotten the fulfillment"
    assert len(await shop.sandbox.requests("labels.create")) == 1


def _describe(done: OperationRecord) -> dict[str, str]:
    """Return the values that a person reads in the carrier's portal."""
    output = done.operation.output or {}
    return {"tracking_number": output["tracking_number"], "carrier_shipment_id": output["carrier_shipment_id"]}


async def _settle_by_hand(rig: Rig, shop: Shop, operation: Operation, *, happened: bool, **result: str) -> None:
    """Settle the purchase as the API does for a person."""
    record = await _wait_for_end(rig, shop, operation)
    assert present(record.operation.attention).reason == "outcome_unknown"
    (effect,) = record.effects
    async with rig.data(shop) as data:
        assert await data.operations.settle_effect(
            effect.id,
            happened=happened,
            result={**shop.touches, **result},
            reason="the portal shows it",
        )
    kind = RunKind.EXECUTE if happened else RunKind.ROLLBACK
    options = {} if happened else {"code": "did_not_happen", "step": effect.step}
    await rig.start(shop, operation, kind, OperationStatus.EXECUTING, **options)


STORIES: tuple[Tell, ...] = (
    executed_since,
    executed_since_with_a_push,
    asked_for_again,
    executed_and_undone_since,
    undone_since,
    retried_since,
    waiting_since,
    in_flight,
    never_executed,
    with_a_key,
    with_nothing_to_look_up,
    settled_since,
    denied_since,
    completed_since,
    sent_since,
)
"""The last stories must still run when the backup is made."""
