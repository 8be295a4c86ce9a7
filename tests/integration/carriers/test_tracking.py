"""The tracker stores each simulator's tracking correctly, despite faults in between."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.operations import OperationStatus
from domain.ports.rows import PageQuery
from domain.ports.tracking import TrackedShipment
from domain.shipping import AccountStatus, Shipment
from domain.tracking import SCANNED, TrackingStatus
from sandbox.carriers.tracking_codes import CODES
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import open_shop
from tests.integration.carriers.vendors import BY_NAME, CARRIERS, Carrier

NEWEST = PageQuery(page=1, limit=1, sort="created_at", descending=True)
STORY = ("in_transit", "exception", "out_for_delivery", "delivered")
SILENT = ("error_500", "drop", "accept_then_drop", "garbage", "truncated", "empty", "wrong_shape")

each = pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)


async def _buy(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> Shop:
    """Return a shop with one label."""
    shop = await open_shop(rig, sandbox, carrier)
    await rig.complete(shop, "create_shipment")
    return shop


async def _shipment(rig: Rig, shop: Shop) -> Shipment:
    async with rig.data(shop) as data:
        found, _ = await data.shipments.list_({}, NEWEST)
    return found[0]


async def _ask(rig: Rig, shop: Shop) -> Shipment:
    """Track the parcel as the tracker does, and return the stored tracking."""
    known = await _shipment(rig, shop)
    lease = known.track_at or datetime.now(UTC)
    followed = TrackedShipment(
        shop.organization_id, known.id, known.carrier_account_id, shop.carrier, known.tracking_number, 0, lease
    )
    await rig.container.tracker().ask(followed)
    return await _shipment(rig, shop)


@each
async def test_a_parcel_is_tracked_until_delivery(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The first scan is kept, and tracking ends after the delivery."""
    shop = await _buy(rig, sandbox, carrier)

    fresh = await _ask(rig, shop)
    stages = []
    for stage in STORY:
        await sandbox.scan(fresh.tracking_number, stage)
        stages.append(await _ask(rig, shop))

    assert (fresh.tracking_status, fresh.scanned_at) == (TrackingStatus.PRE_TRANSIT, None)
    assert [stage.tracking_status for stage in stages] == list(STORY)
    assert stages[0].scanned_at is not None
    assert {stage.scanned_at for stage in stages} == {stages[0].scanned_at}
    assert [stage.track_at is None for stage in stages] == [False, False, False, True]
    assert {stage.tracking_problem for stage in stages} == {None}
    async with rig.data(shop) as data:
        events = await data.shipments.tracking_events(fresh.id)
    assert len(events) == 1 + len(STORY)
    assert events[0].status is TrackingStatus.PRE_TRANSIT
    assert events[-1].status is TrackingStatus.DELIVERED


@each
async def test_an_earlier_status_does_not_replace_a_later_one(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The carrier enters a scan late or returns an old answer: delivered and scanned stay."""
    shop = await _buy(rig, sandbox, carrier)
    number = (await _shipment(rig, shop)).tracking_number
    await sandbox.scan(number, "delivered")
    assert (await _ask(rig, shop)).tracking_status is TrackingStatus.DELIVERED

    for late in ("in_transit", "pre_transit", "exception"):
        await sandbox.scan(number, late, datetime.now(UTC) - timedelta(minutes=1))
        after = await _ask(rig, shop)
        assert after.tracking_status is TrackingStatus.DELIVERED
        assert after.scanned_at is not None


@each
@pytest.mark.parametrize("fault", ["reject", "absent", "rate_limited:7", "auth_failed", *SILENT])
async def test_a_failed_tracking_call_only_records_its_problem(
    rig: Rig, sandbox: Sandbox, carrier: Carrier, fault: str
) -> None:
    """The account still sells, and the next call succeeds."""
    shop = await _buy(rig, sandbox, carrier)
    shipment = await _shipment(rig, shop)
    await sandbox.scan(shipment.tracking_number, "in_transit")
    await sandbox.script("labels.track", fault, reference=shipment.reference)

    after = await _ask(rig, shop)

    problems = {"reject": "rejected", "absent": "rejected", "rate_limited:7": "rate_limited"}
    if fault == "auth_failed" and carrier.signs_in:
        assert after.tracking_problem is None  # another token worked
    else:
        wanted: set[str | None] = {problems.get(fault, fault if fault == "auth_failed" else "no_answer")}
        if fault == "wrong_shape":
            wanted |= {"rejected", None}
        assert after.tracking_problem in wanted
    if after.tracking_problem is not None:
        assert (after.tracking_status, after.scanned_at) == (TrackingStatus.UNKNOWN, None)
    assert after.track_at is not None
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status is AccountStatus.ACTIVE
    healed = await _ask(rig, shop)
    assert (healed.tracking_status, healed.tracking_problem) == (TrackingStatus.IN_TRANSIT, None)


@each
async def test_a_scanned_label_cannot_be_voided(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """If tracking already knows the scan, the carrier is not called."""
    shop = await _buy(rig, sandbox, carrier)
    shipment = await _shipment(rig, shop)
    operation = await rig.create(shop, "void_shipment", shipment_id=shipment.id)
    another = await rig.create(shop, "void_shipment", shipment_id=shipment.id)
    await sandbox.scan(shipment.tracking_number, "in_transit")

    told_by_the_carrier = await rig.execute(shop, operation)
    assert (await _ask(rig, shop)).tracking_status in SCANNED
    voids = len(await sandbox.requests("labels.void"))
    told_by_tracking = await rig.execute(shop, another)

    assert told_by_the_carrier.operation.status is OperationStatus.FAILED
    assert told_by_tracking.operation.status is OperationStatus.FAILED
    error = present(told_by_tracking.effects[-1].error)
    assert (error.vendor_code, error.message) == ("in_transit", "the carrier has scanned the parcel (in_transit)")
    assert len(await sandbox.requests("labels.void")) == voids
    assert (await _shipment(rig, shop)).status == "label_created"


@each
async def test_every_tracking_code_of_the_carrier_has_a_status(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """One parcel gets every code of the carrier's documentation; each event keeps its code, time and place."""
    shop = await _buy(rig, sandbox, carrier)
    number = (await _shipment(rig, shop)).tracking_number
    codes = sorted(CODES[carrier.name])
    begin = datetime.now(UTC)
    for minute, code in enumerate(codes):
        await sandbox.scan(number, "in_transit", begin + timedelta(minutes=minute), code=code, place="Durham")

    after = await _ask(rig, shop)

    async with rig.data(shop) as data:
        events = [event for event in await data.shipments.tracking_events(after.id) if event.place]
    assert [event.code.lstrip("0") for event in events] == [code.lstrip("0") for code in codes]
    assert [event.at for event in events] == sorted(present(event.at) for event in events)
    silent = {event.code for event in events if event.status is TrackingStatus.UNKNOWN}
    assert silent <= {"unknown", "status_update", "CARRIER_STATUS_NOT_MAPPED"}  # the codes for "nothing known"


@each
async def test_a_reused_tracking_number_does_not_block_the_undo(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """Events older than the label belong to the parcel that had the number before."""
    shop = await _buy(rig, sandbox, carrier)
    number = (await _shipment(rig, shop)).tracking_number
    for day, stage in enumerate(("in_transit", "out_for_delivery", "delivered")):
        await sandbox.scan(number, stage, datetime.now(UTC) - timedelta(days=150 - day))

    after = await _ask(rig, shop)

    assert (after.tracking_status, after.scanned_at) == (TrackingStatus.PRE_TRANSIT, None)
    async with rig.data(shop) as data:
        assert [event.status for event in await data.shipments.tracking_events(after.id)] == ["pre_transit"]


async def test_events_with_one_code_are_distinguished(rig: Rig, sandbox: Sandbox) -> None:
    """USPS reports several events with the same text; they differ in time or place."""
    carrier = BY_NAME["usps"]
    shop = await _buy(rig, sandbox, carrier)
    number = (await _shipment(rig, shop)).tracking_number
    moment = datetime.now(UTC)
    for at, place in ((moment, "Durham"), (moment, "Queens"), (moment + timedelta(hours=6), "Queens")):
        await sandbox.scan(number, "in_transit", at, code="TL", place=place)

    shipment = await _ask(rig, shop)
    await _ask(rig, shop)

    async with rig.data(shop) as data:
        events = await data.shipments.tracking_events(shipment.id)
    assert sorted(event.place for event in events if event.code == "TL") == ["Durham", "Queens", "Queens"]


async def test_the_tracker_runs_when_tracking_is_due(rig: Rig, sandbox: Sandbox) -> None:
    """An account that does not answer does not delay the others."""
    slow, quick = [await _buy(rig, sandbox, BY_NAME["easypost"]) for _ in range(2)]
    await sandbox.script("labels.track", "slow:0.3", reference=(await _shipment(rig, slow)).reference)
    for shop in (slow, quick):
        await sandbox.scan((await _shipment(rig, shop)).tracking_number, "out_for_delivery")
        async with rig.data(shop) as data:
            assert await data.shipments.track_soon((await _shipment(rig, shop)).id)

    async def both_known() -> bool:
        known = [await _shipment(rig, shop) for shop in (slow, quick)]
        return all(shipment.tracking_status is TrackingStatus.OUT_FOR_DELIVERY for shipment in known)

    await eventually(both_known, 60.0, "the tracker has asked")
