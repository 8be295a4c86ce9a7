"""A person resolves an unknown outcome, and the operation continues."""

from typing import Any

import pytest

from domain.effects import Effect
from domain.operations import OperationStatus, RunKind
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop, list_references


def told_of(bought: dict[str, Any]) -> dict[str, str]:
    """Return the values that a person reads in ShipEngine's portal."""
    number = bought["tracking_number"]
    return {"tracking_number": number, "carrier_shipment_id": f"se-{number}"}


def shopify_id(made: dict[str, Any]) -> str:
    return f"gid://shopify/Fulfillment/{made['fulfillment_id']}"


async def _unknown(rig: Rig, sandbox: Sandbox, target: str, fault: str) -> tuple[Shop, OperationRecord, Effect]:
    shop = await rig.shop(sandbox)
    await sandbox.script(target, fault)
    await sandbox.script(target.replace("create", "find"), "no_lookup")
    record = await rig.execute(shop, await rig.new(shop, "fulfill_order"))
    assert present(record.operation.attention).reason == "outcome_unknown"
    return shop, record, next(effect for effect in record.effects if effect.state == "unknown")


async def _resolve(
    rig: Rig, shop: Shop, record: OperationRecord, effect: Effect, *, happened: bool, **result: Any
) -> OperationRecord:
    """Settle an effect as the API does, and wait for the next run."""
    async with rig.data(shop) as data:
        settled = await data.operations.settle_effect(
            effect.id,
            happened=happened,
            result={**shop.touches, **result},
            reason="the carrier's portal shows it",
        )
    assert settled is not None
    kind = RunKind.EXECUTE if happened else RunKind.ROLLBACK
    options = {} if happened else {"code": "did_not_happen", "step": effect.step}
    await rig.start(shop, record.operation, kind, OperationStatus.EXECUTING, **options)
    return await rig.wait_closed(shop, record.operation)


async def test_a_purchase_resolved_as_happened_is_recorded(rig: Rig, sandboxes: Sandboxes) -> None:
    """The label is recorded with its document, the operation continues, and an undo voids that label."""
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "labels.create", "accept_then_drop")
        bought = (await sandbox.labels(effect.reference))[0]
        record = await _resolve(rig, shop, unknown, effect, happened=True, **told_of(bought))
        assert record.operation.status is OperationStatus.COMPLETED
        assert record.operation.attention is None
        output = record.operation.output or {}
        assert output["tracking_number"] == bought["tracking_number"]
        async with rig.data(shop) as data:
            label = await data.shipments.label(output["shipment_id"])
        assert label is not None
        assert bought["tracking_number"].encode() in label[0]
        assert len(await sandbox.requests("labels.create")) == 1

        undone = await rig.undo(shop, record.operation)

        assert undone.operation.status is OperationStatus.UNDONE
        assert count_live(await sandbox.labels(effect.reference)) == 0


@pytest.mark.parametrize("fault", ["error_500", "garbage", "drop", "auth_failed"])
async def test_a_resolved_purchase_fetches_its_document_again(rig: Rig, sandboxes: Sandboxes, fault: str) -> None:
    """An operation completes only with its shipment and label."""
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "labels.create", "accept_then_drop")
        bought = (await sandbox.labels(effect.reference))[0]
        await sandbox.script("labels.document", fault)
        record = await _resolve(rig, shop, unknown, effect, happened=True, **told_of(bought))
        assert record.operation.status is OperationStatus.COMPLETED
        async with rig.data(shop) as data:
            label = await data.shipments.label((record.operation.output or {})["shipment_id"])
        assert label is not None
        assert bought["tracking_number"].encode() in label[0]


async def test_a_purchase_of_a_paused_account_can_be_resolved(rig: Rig, sandboxes: Sandboxes) -> None:
    """A pause stops new purchases, not the recording of this one."""
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "labels.create", "accept_then_drop")
        bought = (await sandbox.labels(effect.reference))[0]
        async with rig.data(shop) as data:
            await data.carrier_accounts.pause(shop.account_id, reason=None)
        record = await _resolve(rig, shop, unknown, effect, happened=True, **told_of(bought))
        assert record.operation.status is OperationStatus.COMPLETED
        assert (record.operation.output or {})["shipment_id"]


async def test_a_push_of_a_paused_bridge_can_be_resolved(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "fulfillments.create", "accept_then_drop")
        made = (await sandbox.fulfillments(*list_references(unknown)))[0]
        async with rig.data(shop) as data:
            await data.bridges.pause(shop.bridge_id, reason=None)
        record = await _resolve(rig, shop, unknown, effect, happened=True, fulfillment_id=shopify_id(made))
        assert record.operation.status is OperationStatus.COMPLETED
        pushed = next(effect for effect in record.effects if effect.step == "push_fulfillment")
        assert set(pushed.result or {}) == {"fulfillment_id", "bridge_id", "tracking_number", "notified"}


async def test_a_purchase_resolved_as_absent_fails_the_operation(rig: Rig, sandboxes: Sandboxes) -> None:
    """A retry buys under a new reference."""
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "labels.create", "drop")
        record = await _resolve(rig, shop, unknown, effect, happened=False)
        error = present(record.operation.error)
        assert record.operation.status is OperationStatus.FAILED
        assert (error.code, error.step, error.rolled_back) == ("did_not_happen", "buy_label", True)
        assert record.operation.attention is None
        assert await sandbox.labels(*list_references(record)) == []

        await rig.start(shop, record.operation, RunKind.EXECUTE, OperationStatus.FAILED)
        again = await rig.wait_closed(shop, record.operation)

        assert again.operation.status is OperationStatus.COMPLETED
        assert count_live(await sandbox.labels(*list_references(again))) == 1
        assert await sandbox.labels(effect.reference) == []


async def test_a_push_resolved_as_happened_completes_the_saga(rig: Rig, sandboxes: Sandboxes) -> None:
    """An undo cancels that fulfillment."""
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "fulfillments.create", "accept_then_drop")
        made = (await sandbox.fulfillments(*list_references(unknown)))[0]
        record = await _resolve(rig, shop, unknown, effect, happened=True, fulfillment_id=shopify_id(made))
        assert record.operation.status is OperationStatus.COMPLETED
        assert (record.operation.output or {})["fulfillment_id"] == shopify_id(made)
        assert await rig.order_status(shop) == "shipped"
        assert len(await sandbox.requests("fulfillments.create")) == 1
        assert len(await sandbox.requests("labels.create")) == 1

        undone = await rig.undo(shop, record.operation)

        assert undone.operation.status is OperationStatus.UNDONE
        assert count_live(await sandbox.fulfillments(*list_references(undone))) == 0
        assert count_live(await sandbox.labels(*list_references(record))) == 0


async def test_a_push_resolved_as_absent_voids_the_label(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        shop, unknown, effect = await _unknown(rig, sandbox, "fulfillments.create", "drop")
        assert count_live(await sandbox.labels(*list_references(unknown))) == 1
        record = await _resolve(rig, shop, unknown, effect, happened=False)
        assert record.operation.status is OperationStatus.FAILED
        assert present(record.operation.error).step == "push_fulfillment"
        assert count_live(await sandbox.labels(*list_references(record))) == 0
        assert await rig.order_status(shop) == "processing"


async def test_an_effect_is_settled_once(rig: Rig, sandboxes: Sandboxes) -> None:
    """The second of two people gets an error."""
    async with sandboxes.one() as sandbox:
        shop, _, effect = await _unknown(rig, sandbox, "labels.create", "drop")
        said: list[Effect | None] = []
        for happened in (False, True):
            async with rig.data(shop) as data:
                said.append(
                    await data.operations.settle_effect(effect.id, happened=happened, result={}, reason="I looked")
                )
        assert said[0] is not None
        assert said[1] is None


async def test_an_effect_with_a_refused_lookup_can_be_settled(rig: Rig, shop: Shop) -> None:
    await shop.sandbox.script("labels.create", "accept_then_drop")
    await shop.sandbox.script("labels.find", "reject")
    unknown = await rig.execute(shop, await rig.new(shop, "create_shipment"))
    assert present(unknown.operation.attention).reason == "outcome_unknown"
    effect = unknown.effects[0]
    assert effect.state == "unknown"
    bought = (await shop.sandbox.labels(effect.reference))[0]
    record = await _resolve(rig, shop, unknown, effect, happened=True, **told_of(bought))
    assert record.operation.status is OperationStatus.COMPLETED
    assert count_live(await shop.sandbox.labels(effect.reference)) == 1
