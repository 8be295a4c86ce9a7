"""The refund of a voided label is tracked until the carrier has decided, if the carrier reports refunds."""

from datetime import UTC, datetime

import pytest

from domain.ports.rows import PageQuery
from domain.ports.tracking import TrackedShipment
from domain.shipping import RefundState, Shipment, ShipmentStatus
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import open_shop
from tests.integration.carriers.vendors import BY_NAME, CARRIERS, Carrier

NEWEST = PageQuery(page=1, limit=1, sort="created_at", descending=True)
REPORTING = [carrier for carrier in CARRIERS if carrier.name in ("easypost", "shipengine")]
SILENT = [carrier for carrier in CARRIERS if carrier.name == "usps"]


async def read_shipment(rig: Rig, shop: Shop) -> Shipment:
    async with rig.data(shop) as data:
        found, _ = await data.shipments.list_({}, NEWEST)
    return found[0]


async def ask(rig: Rig, shop: Shop) -> Shipment:
    """Fetch the refund as the tracker does, and return the stored refund."""
    known = await read_shipment(rig, shop)
    due = TrackedShipment(
        shop.organization_id,
        known.id,
        known.carrier_account_id,
        shop.carrier,
        known.tracking_number,
        0,
        known.track_at or datetime.now(UTC),
        known.carrier_shipment_id,
        is_refund_pending=known.status is ShipmentStatus.REFUND_PENDING,
    )
    await rig.container.tracker().ask(due)
    return await read_shipment(rig, shop)


async def undo_with_pending_refund(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> Shop:
    """Return a shop whose label is voided and whose refund is pending."""
    shop = await open_shop(rig, sandbox, carrier)
    record = await rig.complete(shop, "create_shipment")
    await sandbox.script("labels.void", "refund_pending")
    await rig.undo(shop, record.operation)
    return shop


async def read_refund_log(rig: Rig, shop: Shop) -> list[str]:
    async with rig.data(shop) as data:
        ((operation, *_), _total) = await data.operations.list_({}, NEWEST)
    return [log.event for log in (await rig.record(shop, operation)).logs if log.event.startswith("refund.")]


@pytest.mark.parametrize("carrier", REPORTING, ids=lambda carrier: carrier.name)
@pytest.mark.parametrize(
    ("decision", "status"), [("settled", ShipmentStatus.VOIDED), ("rejected", ShipmentStatus.REFUND_REJECTED)]
)
async def test_a_refund_is_tracked_until_its_decision(
    rig: Rig, sandbox: Sandbox, carrier: Carrier, decision: str, status: ShipmentStatus
) -> None:
    shop = await undo_with_pending_refund(rig, sandbox, carrier)

    voided = await read_shipment(rig, shop)
    waiting = await ask(rig, shop)
    await sandbox.decide_refund(voided.tracking_number, decision)
    decided = await ask(rig, shop)

    assert (voided.status, voided.refund) == (ShipmentStatus.REFUND_PENDING, RefundState.PENDING)
    assert voided.track_at is not None
    assert (waiting.status, waiting.refund) == (ShipmentStatus.REFUND_PENDING, RefundState.PENDING)
    assert waiting.refund_checked_at is not None
    assert waiting.track_at is not None
    assert (decided.status, decided.refund, decided.track_at) == (status, RefundState(decision), None)
    assert await read_refund_log(rig, shop) == [f"refund.{decision}"]


@pytest.mark.parametrize("carrier", SILENT, ids=lambda carrier: carrier.name)
async def test_a_carrier_that_reports_no_refund_is_not_asked_again(
    rig: Rig, sandbox: Sandbox, carrier: Carrier
) -> None:
    shop = await undo_with_pending_refund(rig, sandbox, carrier)

    asked = await ask(rig, shop)

    assert (asked.status, asked.refund, asked.track_at) == (ShipmentStatus.REFUND_PENDING, RefundState.PENDING, None)
    assert await read_refund_log(rig, shop) == []


async def test_a_carrier_that_fails_is_asked_again(rig: Rig, sandbox: Sandbox) -> None:
    shop = await undo_with_pending_refund(rig, sandbox, BY_NAME["shipengine"])
    await sandbox.script("labels.document", "error_500")

    asked = await ask(rig, shop)

    assert (asked.status, asked.refund) == (ShipmentStatus.REFUND_PENDING, RefundState.PENDING)
    assert asked.tracking_problem == "no_answer"
    assert asked.track_at is not None


@pytest.mark.parametrize(("name", "days"), [("easypost", 30), ("shipengine", 28), ("ups", 90), ("usps", 30)])
async def test_a_label_shows_its_usual_void_deadline(rig: Rig, sandbox: Sandbox, name: str, days: int) -> None:
    """The bought services are USPS services of an aggregator."""
    carrier = BY_NAME[name]
    shop = await open_shop(rig, sandbox, carrier)
    await rig.complete(shop, "create_shipment")

    shipment = await read_shipment(rig, shop)

    assert shipment.void_until is None
    assert shipment.usual_void_until is not None
    assert (shipment.usual_void_until - shipment.created_at).total_seconds() == pytest.approx(days * 86400, abs=60)
