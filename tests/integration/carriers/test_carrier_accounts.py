"""Labels, rates, tracking and rejections of every real carrier, at its simulator."""

import asyncio
from datetime import UTC, datetime

import pytest

from domain.errors import InvalidInput, Rejected
from domain.operations import OperationStatus
from domain.shipping import PurchaseAttempt, ShipmentStatus
from domain.tracking import TrackingStatus
from domain.vendors.catalogue import CARRIERS as PROFILES
from tests.fixtures.builders import PARCEL, build_ship_to, build_shipment_request
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.integration.carriers.purchases import (
    FIRST,
    FOUND_BY_REFERENCE,
    buy_label,
    each,
    each_carrier,
    each_that_signs_in,
    open_adapter,
    open_shop,
)
from tests.integration.carriers.vendors import CARRIERS, Carrier
from workflows.operations.common_inputs import MAX_PARCELS

BEGINNINGS = {"PDF": b"%PDF", "ZPL": b"^XA", "PNG": b"\x89PNG"}
each_that_tracks = each([carrier for carrier in CARRIERS if carrier.tracks])
each_with_rates = each([carrier for carrier in CARRIERS if carrier.rates])
each_asked_by_reference = each(FOUND_BY_REFERENCE)
each_format = pytest.mark.parametrize(
    ("carrier", "label_format"),
    [pytest.param(carrier, form, id=f"{carrier.name}-{form}") for carrier in CARRIERS for form in carrier.formats],
)


@each_format
async def test_a_label_is_bought_and_voided(rig: Rig, sandbox: Sandbox, carrier: Carrier, label_format: str) -> None:
    """In every format of the carrier, with its price; undo voids the label."""
    shop = await open_shop(rig, sandbox, carrier)

    record = await buy_label(rig, shop, carrier, label_format=label_format)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    output = record.operation.output or {}
    assert output["carrier"] == carrier.name
    assert output["service"] == carrier.service
    assert float(output["cost"]) > 0
    async with rig.data(shop) as data:
        shipment = (await data.shipments.list_({}, FIRST))[0][0]
        found = await data.shipments.label(shipment.id)
    assert found is not None
    assert found[0].lstrip().startswith(BEGINNINGS[label_format])

    undone = await rig.undo(shop, record.operation)

    assert undone.operation.status is OperationStatus.UNDONE, undone.operation.undo_error
    async with rig.data(shop) as data:
        assert (await data.shipments.list_({}, FIRST))[0][0].status is ShipmentStatus.VOIDED
    assert count_live(await sandbox.labels(record.effects[0].reference)) == 0


@each_carrier
async def test_a_large_label_is_stored_whole(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The label has 2 MB."""
    shop = await open_shop(rig, sandbox, carrier)
    await sandbox.script("labels.create", "large_label")

    record = await buy_label(rig, shop, carrier, label_format=carrier.formats[0])

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    async with rig.data(shop) as data:
        shipment = (await data.shipments.list_({}, FIRST))[0][0]
        found = await data.shipments.label(shipment.id)
    assert found is not None
    assert len(found[0]) == 2 * 1024 * 1024


@each_that_tracks
async def test_a_new_label_is_tracked_and_an_unknown_number_rejected(
    rig: Rig, sandbox: Sandbox, carrier: Carrier
) -> None:
    shop = await open_shop(rig, sandbox, carrier)
    record = await buy_label(rig, shop, carrier)
    number = (record.operation.output or {})["tracking_number"]

    async with open_adapter(rig, shop) as adapter:
        tracking = await adapter.track(number)
        nobodys = number[:-1] + ("0" if number[-1] != "0" else "1")
        with pytest.raises(Rejected):
            await adapter.track(nobodys)

    assert tracking.tracking_number == number
    assert tracking.status is TrackingStatus.PRE_TRANSIT
    assert len(tracking.events) == 1


@each_with_rates
async def test_rates_are_returned_without_a_purchase(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    shop = await open_shop(rig, sandbox, carrier)
    request = build_shipment_request(carrier.service, carrier.formats[0])

    async with open_adapter(rig, shop) as adapter:
        rates = await adapter.rates(request)

    assert carrier.service in {rate.service for rate in rates}
    assert all(float(rate.amount) > 0 and rate.currency == "USD" for rate in rates)
    assert await sandbox.requests("labels.create") == []


@each_asked_by_reference
async def test_a_lookup_finds_only_labels_of_its_reference(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """Voided labels are found as well."""
    shop = await open_shop(rig, sandbox, carrier)
    record = await buy_label(rig, shop, carrier)
    reference = record.effects[0].reference

    async with open_adapter(rig, shop) as adapter:
        found = await adapter.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))
        others = await adapter.find_labels("A" * 26, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))
        await adapter.void(found[0].carrier_shipment_id)
        voided = await adapter.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))

    assert [(label.tracking_number, label.service, label.live) for label in found] == [
        ((record.operation.output or {})["tracking_number"], carrier.service, True)
    ]
    assert others == []
    assert [label.live for label in voided] == [False]


@each_carrier
async def test_an_unknown_service_and_too_many_parcels_are_rejected(
    rig: Rig, sandbox: Sandbox, carrier: Carrier
) -> None:
    """The errors name the known services and the maximum number of parcels."""
    shop = await open_shop(rig, sandbox, carrier)
    profile = PROFILES[carrier.name]
    support = profile.find_parcel_support(carrier.service)
    limit = 1 if support is None else support.max_parcels

    with pytest.raises(InvalidInput) as unknown:
        await buy_label(rig, shop, carrier, service="BY BALLOON")
    assert unknown.value.fields[0].path == ("service",)
    assert all(code in unknown.value.fields[0].message for code in profile.services)
    if limit == MAX_PARCELS:
        return  # the model of the input refuses more
    with pytest.raises(InvalidInput) as many:
        await buy_label(rig, shop, carrier, parcels=[PARCEL] * (limit + 1))
    assert many.value.fields[0].path == ("parcels",)
    assert str(limit) in many.value.fields[0].message


@each_carrier
@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "Ada Lovelace \ue000"), ("street1", "Donaudampfschifffahrtsgesellschaft" * 4), ("state", "Atlantis")],
)
async def test_unprintable_text_is_rejected_with_its_field(
    rig: Rig, sandbox: Sandbox, carrier: Carrier, field: str, value: str
) -> None:
    """Nothing is sent."""
    shop = await open_shop(rig, sandbox, carrier)
    async with rig.data(shop) as data:
        await data.orders.update(shop.order.id, {"ship_to": build_ship_to(**{field: value})})

    record = await buy_label(rig, shop, carrier)

    assert record.operation.status is OperationStatus.FAILED
    assert present(record.effects[0].error).field == f"ship_to.{field}"
    assert value[:10] not in str((record.operation.error, record.logs))
    assert await sandbox.requests("labels.create", record.effects[0].reference) == []


@each_that_signs_in
async def test_parallel_purchases_share_one_access_token(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    shop = await open_shop(rig, sandbox, carrier)
    await sandbox.script("tokens.create", "slow:0.3")

    records = await asyncio.gather(*(buy_label(rig, shop, carrier) for _ in range(5)))

    assert {record.operation.status for record in records} == {OperationStatus.COMPLETED}
    assert len(await sandbox.requests("tokens.create")) == 1
