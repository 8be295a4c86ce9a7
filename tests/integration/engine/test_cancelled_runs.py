"""A cancellation in Temporal rolls the operation back."""

from domain.operations import (
    Operation,
    OperationStatus,
)
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.shops import Shop, list_references
from tests.integration.engine.drift import begin_stalled, begin_waiting, expect_nothing_live


async def _cancel_in_temporal(rig: Rig, shop: Shop, operation: Operation) -> OperationRecord:
    await rig.client.get_workflow_handle(f"operation-{operation.id}").cancel()
    record = await rig.wait_closed(shop, operation)
    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "cancelled_by_operator"
    assert record.operation.attention is None
    await expect_nothing_live(shop, record)
    return record


async def test_cancel_while_a_push_waits(rig: Rig, shop: Shop) -> None:
    record = await _cancel_in_temporal(rig, shop, await begin_waiting(rig, shop))
    assert len(record.runs) == 1


async def test_cancel_while_the_channel_is_asked(rig: Rig, shop: Shop) -> None:
    """A lookup that ends after the cancellation is not reported as the cause of the failure."""
    await shop.sandbox.script("fulfillments.status", "slow:0.8")
    operation = await begin_waiting(rig, shop)

    async def is_asked() -> bool:
        return bool(await shop.sandbox.requests("fulfillments.status"))

    await eventually(is_asked)
    await _cancel_in_temporal(rig, shop, operation)


async def test_cancel_finds_and_voids_a_purchase_in_flight(rig: Rig, shop: Shop) -> None:
    operation = await begin_stalled(rig, shop)
    await _cancel_in_temporal(rig, shop, operation)
    assert [label["status"] for label in await shop.sandbox.labels(*await _references(rig, shop, operation))] == [
        "voided"
    ]


async def test_cancel_finds_and_voids_a_keyed_purchase_in_flight(rig: Rig, sandboxes: Sandboxes) -> None:
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox, account={"carrier": "usps"})
        operation = await begin_stalled(rig, shop)
        await _cancel_in_temporal(rig, shop, operation)
        assert len(await sandbox.labels(*await _references(rig, shop, operation))) == 1


async def _references(rig: Rig, shop: Shop, operation: Operation) -> list[str]:
    return list_references(await rig.record(shop, operation))
