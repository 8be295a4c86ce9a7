"""FedEx and UPS sell several parcels with one purchase: adapter and simulator over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adapters.http.json import Json
from bootstrap.vendors import check_request
from domain.effects import UndoOutcome
from domain.errors import MayBeDone, Rejected
from domain.label_parts import DocumentKind
from domain.shipping import PurchaseAttempt, ShipmentRequest
from domain.tracking import TrackingStatus
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import PARCEL, SHIP_TO, build_shipment_request
from tests.fixtures.customs import PARIS, build_customs
from tests.integration.sandbox.process import SandboxProcess
from tests.integration.sandbox.test_shipping_options import open_adapter

PARCELS: list[Json] = [PARCEL, {**PARCEL, "weight": "7"}, {**PARCEL, "weight": "4"}]
EACH = pytest.mark.parametrize("carrier", ["fedex", "ups"])
ABROAD = {"fedex": "INTERNATIONAL_ECONOMY", "ups": "SAVER"}


def build_request(
    service: str = "GROUND", *, parcels: list[Json] = PARCELS, is_abroad: bool = False
) -> ShipmentRequest:
    to, customs = (PARIS, build_customs()) if is_abroad else (SHIP_TO, None)
    made = build_shipment_request(service, "ZPL", ship_to=to, parcels=parcels, customs=customs)
    return replace(made, asked_at=datetime.now(UTC))


def new_reference() -> str:
    return uuid4().hex[:26].upper()


def attempt() -> PurchaseAttempt:
    return PurchaseAttempt(datetime.now(UTC), datetime.now(UTC))


@EACH
@pytest.mark.parametrize("is_abroad", [False, True], ids=["domestic", "abroad"])
async def test_one_purchase_sells_all_parcels(carrier: str, is_abroad: bool, sandbox: SandboxProcess) -> None:
    """Each parcel has its number and label; the shipment has an invoice abroad."""
    request = build_request(ABROAD[carrier] if is_abroad else "GROUND", is_abroad=is_abroad)
    reference = new_reference()
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(reference, request), request)
        [found] = await adapter.find_labels(reference, attempt())

    numbers = [parcel.tracking_number for parcel in label.parcels]
    assert [parcel.number for parcel in label.parcels] == [1, 2, 3]
    assert len(set(numbers)) == 3
    assert label.tracking_number == label.carrier_shipment_id == numbers[0]
    assert all(parcel.document and parcel.tracking_number.encode() in parcel.document for parcel in label.parcels)
    assert [document.kind for document in label.documents] == [DocumentKind.COMMERCIAL_INVOICE] * is_abroad
    [sold] = sandbox.http.get("/_sandbox/labels", params={"reference": reference}).json()["data"]
    assert sold["tracking_numbers"] == numbers
    assert sold["cost"]["amount"] == label.cost
    assert [parcel.tracking_number for parcel in found.parcels] == numbers
    assert (found.carrier_shipment_id, found.live) == (label.carrier_shipment_id, True)
    assert found.echo.pounds is not None
    assert abs(found.echo.pounds - request.parcels[0].weight - 11) < 1


@EACH
async def test_a_look_up_may_show_a_part_only(carrier: str, sandbox: SandboxProcess) -> None:
    """The label then lacks a parcel, so that it counts as a part."""
    reference, request = new_reference(), build_request()
    sandbox.script("labels.create", "part")
    sandbox.script("labels.find", "part")
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(reference, request), request)
        [part] = await adapter.find_labels(reference, attempt())
        [whole] = await adapter.find_labels(reference, attempt())

    assert [len(found.parcels) for found in (label, part, whole)] == [2, 2, 3]


@pytest.mark.parametrize(("carrier", "sizes"), [("fedex", [3, 3]), ("ups", [0] * 6)])
async def test_two_purchases_with_one_reference_are_not_mixed(
    carrier: str, sizes: list[int], sandbox: SandboxProcess
) -> None:
    """FedEx names the shipment of a parcel. UPS does not: each parcel is then a part, which is never adopted."""
    reference, request = new_reference(), build_request()
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        bought = [adapter.read_label(await adapter.buy(reference, request), request) for _ in range(2)]
        found = await adapter.find_labels(reference, attempt())

    assert [len(label.parcels) for label in found] == sizes
    numbers = {parcel.tracking_number for label in found for parcel in label.all_parcels}
    assert numbers == {parcel.tracking_number for label in bought for parcel in label.parcels}


@EACH
async def test_a_void_voids_all_parcels(carrier: str, sandbox: SandboxProcess) -> None:
    reference, request = new_reference(), build_request()
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(reference, request), request)
        assert (await adapter.void(label.carrier_shipment_id)).outcome is UndoOutcome.VOIDED
        tracked = [await adapter.track(parcel.tracking_number) for parcel in label.parcels]
        [found] = await adapter.find_labels(reference, attempt())

    assert [tracking.status for tracking in tracked] == [TrackingStatus.CANCELLED] * 3
    assert (found.live, len(found.parcels)) == (False, 3)


@EACH
async def test_a_refused_void_is_explained_by_all_parcels(carrier: str, sandbox: SandboxProcess) -> None:
    """If one parcel of three is cancelled, the others may be live: only all of them prove an earlier void."""
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        requests = [build_request(), build_request()]
        gone, live = [adapter.read_label(await adapter.buy(new_reference(), each), each) for each in requests]
        cancelled = [parcel.tracking_number for parcel in gone.parcels]
        mixed = [cancelled[0], *(parcel.tracking_number for parcel in live.parcels[1:])]
        await adapter.void(gone.carrier_shipment_id, cancelled)
        sandbox.script("labels.void", "reject", "reject")
        with pytest.raises(MayBeDone):
            await adapter.void(live.carrier_shipment_id, mixed)
        assert (await adapter.void(gone.carrier_shipment_id, cancelled)).outcome is UndoOutcome.ALREADY_VOIDED


@EACH
async def test_each_parcel_is_tracked_by_itself(carrier: str, sandbox: SandboxProcess) -> None:
    """A scan of one parcel makes a void too late for all."""
    request = build_request()
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(new_reference(), request), request)
        second = label.parcels[1].tracking_number
        sandbox.http.post(f"/_sandbox/labels/{second}/tracking", json={"status": "delivered"}).raise_for_status()
        tracked = [(await adapter.track(parcel.tracking_number)).status for parcel in label.parcels]
        pre_transit = TrackingStatus.PRE_TRANSIT
        assert tracked == [pre_transit, TrackingStatus.DELIVERED, pre_transit]
        numbers = [parcel.tracking_number for parcel in label.parcels]
        assert (await adapter.void(label.carrier_shipment_id, numbers)).outcome is UndoOutcome.TOO_LATE


@EACH
async def test_a_refused_parcel_refuses_the_purchase(carrier: str, sandbox: SandboxProcess) -> None:
    """The adapter names the parcel before it sends the purchase, and nothing is sold."""
    reference = new_reference()
    request = build_request(parcels=[PARCEL, {**PARCEL, "weight": "151"}])
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        with pytest.raises(Rejected) as refused:
            await adapter.buy(reference, request)

    assert refused.value.field == "parcels.1.weight"
    assert sandbox.http.get("/_sandbox/labels", params={"reference": reference}).json()["data"] == []


async def test_an_adopted_ups_shipment_has_a_document_for_each_parcel(sandbox: SandboxProcess) -> None:
    reference, request = new_reference(), build_request()
    async with open_adapter(CARRIERS["ups"], sandbox) as adapter:
        await adapter.buy(reference, request)
        [found] = await adapter.find_labels(reference, attempt())

    assert all(parcel.document is not None for parcel in found.parcels)
    assert {(parcel.document or b"")[:4] for parcel in found.parcels} == {b"%PDF"}


@EACH
async def test_prices_are_those_of_all_parcels(carrier: str, sandbox: SandboxProcess) -> None:
    request = build_request()
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        rates = await adapter.rates(replace(request, service=""))
        label = adapter.read_label(await adapter.buy(new_reference(), request), request)

    assert {rate.service: rate.amount for rate in rates}["GROUND"] == label.cost


async def test_a_declared_value_is_that_of_each_parcel(sandbox: SandboxProcess) -> None:
    """FedEx refuses a total that is not the sum."""
    options = {"declared_value": {"amount": "300.00", "currency": "USD"}}
    request = build_shipment_request("FEDEX_2_DAY", "ZPL", parcels=PARCELS, shipping_options=options)
    async with open_adapter(CARRIERS["fedex"], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(new_reference(), request), request)

    assert len(label.parcels) == 3


def test_ups_sells_several_parcels_as_zpl_only() -> None:
    with pytest.raises(Rejected) as refused:
        check_request("ups", replace(build_request(), label_format="PDF"))
    assert refused.value.field == "label_format"
