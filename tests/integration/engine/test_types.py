"""Each operation type completes on real servers, and its undo compensates it."""

import logging
from typing import Any

import pytest

from domain.operations import OperationStatus, UndoStatus
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references


async def test_create_shipment_and_its_undo(rig: Rig, shop: Shop) -> None:
    """The label is live until the undo."""
    record = await rig.complete(shop, "create_shipment")
    bought = await shop.sandbox.labels(*list_references(record))
    assert count_live(bought) == 1
    assert record.operation.output is not None
    assert record.operation.output["tracking_number"] == bought[0]["tracking_number"]

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert undone.operation.undo_status is UndoStatus.DONE
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0


async def test_each_end_of_a_run_is_logged(rig: Rig, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """An execution, an undo, and an execution that fails; each once."""
    caplog.set_level(logging.INFO, "orderly.runs")
    record = await rig.complete(shop, "create_shipment")
    await rig.undo(shop, record.operation)
    await shop.sandbox.script("labels.create", "reject")
    failed = await rig.execute(shop, await rig.new(shop, "create_shipment"))
    assert failed.operation.status is OperationStatus.FAILED

    async def all_lines() -> list[dict[str, Any]] | None:
        lines = [line.__dict__ for line in caplog.records if line.name == "orderly.runs"]
        return lines if len(lines) >= 3 else None

    lines = await eventually(all_lines, 60.0, "three runs are logged")
    assert lines is not None
    ids = [str(record.operation.id), str(record.operation.id), str(failed.operation.id)]
    assert [(line["operation_id"], line["run"], line["kind"], line["status"]) for line in lines] == [
        (ids[0], 1, "execute", "completed"),
        (ids[1], 2, "undo", "undone"),
        (ids[2], 1, "execute", "failed"),
    ]
    assert all(line["organization_id"] == str(shop.organization_id) and line["duration_ms"] >= 0 for line in lines)


async def test_fulfill_order_and_its_undo(rig: Rig, shop: Shop) -> None:
    """Label, fulfillment and status are set together and undone in reverse order."""
    record = await rig.complete(shop, "fulfill_order")
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == 1
    assert await rig.order_status(shop) == "shipped"

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE
    assert [effect.step for effect in undone.effects if effect.direction == "undo"] == [
        "set_order_status",
        "push_fulfillment",
        "buy_label",
    ]
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == 0
    assert await rig.order_status(shop) == "processing"


async def test_void_shipment_voids_label_and_shipment(rig: Rig, shop: Shop) -> None:
    bought = await rig.complete(shop, "create_shipment")
    assert bought.operation.output is not None
    shipment_id = bought.operation.output["shipment_id"]

    record = await rig.execute(shop, await rig.create(shop, "void_shipment", shipment_id=shipment_id))

    assert record.operation.status is OperationStatus.COMPLETED
    assert record.operation.output == {"shipment_id": shipment_id, "outcome": "voided"}
    assert count_live(await shop.sandbox.labels(*list_references(bought))) == 0


async def test_a_purchase_with_a_lost_answer_is_found_by_its_reference(rig: Rig, shop: Shop) -> None:
    """It is not sent again."""
    await shop.sandbox.script("labels.create", "accept_then_drop")
    record = await rig.complete(shop, "create_shipment")
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 1
    assert len(await shop.sandbox.requests("labels.create", *list_references(record))) == 1
