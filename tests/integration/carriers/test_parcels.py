"""Several parcels in one purchase, from the operation to the carrier's simulator."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import InvalidInput
from domain.label_parts import DocumentKind
from domain.operations import AttentionReason, OperationStatus, RunKind
from domain.ports.tracking import TrackedShipment
from domain.shipping import Shipment, ShipmentStatus
from domain.tracking import TrackingStatus
from domain.vendors.catalogue import CHANNELS
from tests.fixtures.builders import PARCEL
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import FIRST, buy_label, each, open_shop
from tests.integration.carriers.vendors import CARRIERS, Carrier

each_carrier = each([carrier for carrier in CARRIERS if carrier.name in ("fedex", "ups")])
PARCELS: list[Any] = [PARCEL, {**PARCEL, "weight": "7"}, {**PARCEL, "weight": "4"}]
THREE: dict[str, Any] = {"parcels": PARCELS, "label_format": "ZPL"}


async def read_shipment(rig: Rig, shop: Shop) -> Shipment:
    async with rig.data(shop) as data:
        (shipment,), _ = await data.shipments.list_({}, FIRST)
    return shipment


async def track(rig: Rig, shop: Shop) -> Shipment:
    known = await read_shipment(rig, shop)
    tracked = TrackedShipment(
        shop.organization_id,
        known.id,
        known.carrier_account_id,
        shop.carrier,
        known.tracking_number,
        0,
        known.track_at or datetime.now(UTC),
        parcel_numbers=tuple(parcel.tracking_number for parcel in known.parcels),
    )
    await rig.container.tracker().ask(tracked)
    return await read_shipment(rig, shop)


@each_carrier
async def test_one_purchase_buys_all_parcels_and_undo_voids_them(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    shop = await open_shop(rig, sandbox, carrier)

    record = await buy_label(rig, shop, carrier, **THREE)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    output = record.operation.output or {}
    shipment = await read_shipment(rig, shop)
    numbers = [parcel.tracking_number for parcel in shipment.parcels]
    assert len(set(numbers)) == 3
    assert output["tracking_numbers"] == numbers
    assert [parcel["number"] for parcel in output["parcels"]] == [1, 2, 3]
    async with rig.data(shop) as data:
        documents = await data.shipments.documents(shipment.id)
    assert [(document.kind, document.parcel) for document in documents] == [
        (DocumentKind.LABEL, number) for number in (1, 2, 3)
    ]
    assert [parcel.document_id for parcel in shipment.parcels] == [document.id for document in documents]

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE, undone.operation.undo_error
    assert (await read_shipment(rig, shop)).status is ShipmentStatus.VOIDED
    assert count_live(await sandbox.labels(record.effects[0].reference)) == 0


@each_carrier
async def test_a_lost_answer_is_found_with_all_parcels(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    shop = await open_shop(rig, sandbox, carrier)
    await sandbox.script("labels.create", "accept_then_drop")

    record = await buy_label(rig, shop, carrier, **THREE)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    assert len((await read_shipment(rig, shop)).parcels) == 3
    assert len(await sandbox.labels(record.effects[0].reference)) == 1


@each_carrier
async def test_an_answer_with_a_part_is_never_recorded(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The look-up finds all parcels later, and they are recorded."""
    shop = await open_shop(rig, sandbox, carrier)
    await sandbox.script("labels.create", "part")
    await sandbox.script("labels.find", "part")

    record = await buy_label(rig, shop, carrier, **THREE)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    assert len((await read_shipment(rig, shop)).parcels) == 3
    assert len(await sandbox.labels(record.effects[0].reference)) == 1


@each_carrier
async def test_a_part_that_stays_needs_a_person(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    shop = await open_shop(rig, sandbox, carrier, recover_for_seconds=1)
    await sandbox.script("labels.create", "part")
    await sandbox.script("labels.find", *["part"] * 100)

    record = await buy_label(rig, shop, carrier, **THREE)

    assert record.operation.attention is not None
    assert record.operation.attention.reason is AttentionReason.OUTCOME_UNKNOWN
    assert record.effects[0].error is not None
    assert "2 of 3 parcels" in (record.effects[0].error.message or "")
    async with rig.data(shop) as data:
        assert (await data.shipments.list_({}, FIRST))[1] == 0

    numbers = ["794644790132", "794644790133", "794644790134"]
    named = {"tracking_number": numbers[0], "carrier_shipment_id": numbers[0], "tracking_numbers": numbers}
    async with rig.data(shop) as data:
        settled = {**shop.touches, **named}
        await data.operations.settle_effect(record.effects[0].id, happened=True, result=settled, reason="portal")
    await rig.start(shop, record.operation, RunKind.EXECUTE, OperationStatus.EXECUTING)
    resolved = await rig.wait_closed(shop, record.operation)
    assert resolved.operation.status is OperationStatus.COMPLETED, resolved.operation.error
    assert [parcel.tracking_number for parcel in (await read_shipment(rig, shop)).parcels] == numbers
    assert (resolved.operation.output or {})["tracking_numbers"] == numbers


@each_carrier
async def test_the_shipment_is_as_far_as_its_last_parcel(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    shop = await open_shop(rig, sandbox, carrier)
    await buy_label(rig, shop, carrier, **THREE)
    numbers = [parcel.tracking_number for parcel in (await read_shipment(rig, shop)).parcels]

    await sandbox.scan(numbers[1], "delivered")
    one = await track(rig, shop)
    await sandbox.scan(numbers[0], "exception")
    bad = await track(rig, shop)
    for number in (numbers[0], numbers[2]):
        await sandbox.scan(number, "delivered")
    done = await track(rig, shop)

    pre_transit, delivered = TrackingStatus.PRE_TRANSIT, TrackingStatus.DELIVERED
    assert [parcel.tracking_status for parcel in one.parcels] == [pre_transit, delivered, pre_transit]
    assert one.scanned_at is not None
    assert [shipment.tracking_status for shipment in (one, bad, done)] == [
        pre_transit,
        TrackingStatus.EXCEPTION,
        delivered,
    ]
    assert done.track_at is None


@each_carrier
async def test_a_channel_that_takes_one_parcel_refuses_several(
    rig: Rig, sandbox: Sandbox, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CHANNELS, "shopify", replace(CHANNELS["shopify"], takes_parcels=False))
    shop = await open_shop(rig, sandbox, carrier)

    with pytest.raises(InvalidInput) as refused:
        await rig.create(shop, "fulfill_order", carrier=carrier.name, service=carrier.service, **THREE)

    assert refused.value.fields[0].path == ("parcels",)
