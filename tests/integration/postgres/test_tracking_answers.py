"""The stored tracking after a carrier's answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from adapters.postgres.database import Database
from adapters.postgres.stores.tracking import MAX_EVENTS, PostgresTrackingStore
from domain.tracking import Tracking, TrackingEvent, TrackingStatus
from tests.integration.postgres.fleet import NOW, Fleet, build_tracking, claim_one


async def test_an_event_with_an_impossible_time_is_stored_without_it(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    (ident,) = fleet.ships()
    end_of_time = datetime.fromisoformat("9999-12-31T23:59:59-14:00")
    event = TrackingEvent(end_of_time, TrackingStatus.IN_TRANSIT, "PU", "Picked up")

    await tracking_store.record(await claim_one(tracking_store), Tracking("1Z", TrackingStatus.IN_TRANSIT, (event,)))

    assert [(event.at, event.code) for event in await fleet.events(ident)] == [(None, "PU")]
    assert (await fleet.shipment(ident)).scanned_at is not None


async def test_status_first_scan_and_events_are_stored_once(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """A repeated event is stored once."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    answer = build_tracking(TrackingStatus.IN_TRANSIT, (TrackingStatus.PRE_TRANSIT, 0), (TrackingStatus.IN_TRANSIT, 2))

    await tracking_store.record(one, answer)
    await tracking_store.record(one, answer)

    shipment = await fleet.shipment(ident)
    assert shipment.tracking_status is TrackingStatus.IN_TRANSIT
    assert (shipment.scanned_at, shipment.tracked_at) == (NOW + timedelta(hours=2), NOW + timedelta(hours=2))
    assert shipment.tracking_checked_at is not None
    assert shipment.track_at is not None
    assert shipment.track_at > datetime.now(UTC) + timedelta(hours=2)
    assert await fleet.events(ident) == list(answer.events)


async def test_events_of_an_erased_order_have_no_texts(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """Neither the description nor the place; the tracking status and the scan are stored."""
    (ident,) = fleet.ships(order_id=fleet.rows.insert_order(erased_at=NOW))
    event = TrackingEvent(NOW, TrackingStatus.DELIVERED, "DL", "Signed by ADA", "LONDON")

    await tracking_store.record(await claim_one(tracking_store), Tracking("1Z", TrackingStatus.DELIVERED, (event,)))

    assert await fleet.events(ident) == [TrackingEvent(NOW, TrackingStatus.DELIVERED, "DL", "", "")]
    assert (await fleet.shipment(ident)).tracking_status is TrackingStatus.DELIVERED


async def test_a_late_answer_does_not_replace_a_newer_status(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """It was requested earlier and written after its lease: its events are stored, its status is not."""
    (ident,) = fleet.ships()
    early = await claim_one(tracking_store)
    fleet.rows.run("update shipments set track_at = now()")
    later = await claim_one(tracking_store)
    await tracking_store.record(later, build_tracking(TrackingStatus.DELIVERED, (TrackingStatus.DELIVERED, 9)))

    await tracking_store.record(early, build_tracking(TrackingStatus.IN_TRANSIT, (TrackingStatus.IN_TRANSIT, 3)))
    await tracking_store.defer(early, "no_answer", 1)

    shipment = await fleet.shipment(ident)
    assert shipment.tracking_status is TrackingStatus.DELIVERED
    assert shipment.track_at is None
    assert [event.status for event in await fleet.events(ident)] == [
        TrackingStatus.IN_TRANSIT,
        TrackingStatus.DELIVERED,
    ]
    assert shipment.scanned_at == NOW + timedelta(hours=3)


async def test_racing_answers_have_the_same_result_in_any_order(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    stages = [TrackingStatus.PRE_TRANSIT, TrackingStatus.IN_TRANSIT, TrackingStatus.OUT_FOR_DELIVERY]
    stages.append(TrackingStatus.DELIVERED)
    answers = [
        build_tracking(stage, *((past, hour) for hour, past in enumerate(stages[: 1 + place])))
        for place, stage in enumerate(stages)
    ]

    await asyncio.gather(*(tracking_store.record(one, answer) for answer in answers * 3))

    assert (await fleet.shipment(ident)).tracking_status is TrackingStatus.DELIVERED
    assert len(await fleet.events(ident)) == len(stages)


async def test_a_voided_shipment_stays_voided(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """The answer arrives while the label is voided."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    fleet.rows.run("update shipments set status = 'voided', voided_at = now()")

    await tracking_store.record(one, build_tracking(TrackingStatus.IN_TRANSIT, (TrackingStatus.IN_TRANSIT, 1)))

    assert (await fleet.shipment(ident)).status == "voided"
    fleet.rows.run("update shipments set track_at = now()")
    assert await tracking_store.claim(10, []) == []


async def test_a_request_during_a_tracking_call_gets_its_own_call(
    tracking_store: PostgresTrackingStore, database: Database, fleet: Fleet
) -> None:
    """The reported event may be newer than the running call; the next call waits for half a minute."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    async with database.organization(fleet.organization) as data:
        assert await data.shipments.track_soon(ident)

    await tracking_store.record(one, build_tracking(TrackingStatus.PRE_TRANSIT))

    assert await tracking_store.claim(10, []) == []
    soon = (await fleet.shipment(ident)).track_at
    assert soon is not None
    assert soon - datetime.now(UTC) <= timedelta(seconds=30)


async def test_an_unknown_parcel_is_tracked_at_the_usual_interval(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """A carrier without data on a new label has not failed; one that does not answer is asked later."""
    fleet.ships(2)
    unknown, silent = await tracking_store.claim(10, [])

    await tracking_store.defer(unknown, "rejected", None)
    await tracking_store.defer(silent, "no_answer", 60)

    first, second = await fleet.shipment(unknown.id), await fleet.shipment(silent.id)
    assert first.track_at is not None
    assert second.track_at is not None
    assert first.track_at - datetime.now(UTC) > timedelta(minutes=55)
    assert second.track_at - datetime.now(UTC) <= timedelta(minutes=1)
    fleet.rows.run("update shipments set track_at = now()")
    assert sorted(shipment.failures for shipment in await tracking_store.claim(10, [])) == [0, 1]


async def test_tracking_ends_after_two_months_without_answers(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    fleet.ships(2)
    fleet.rows.run("update shipments set created_at = now() - interval '61 days'")
    silent, refused = await tracking_store.claim(10, [])

    await tracking_store.defer(silent, "no_answer", 60)
    await tracking_store.defer(refused, "auth_failed", 3600, account_pause=3600)

    assert [(await fleet.shipment(shipment.id)).track_at for shipment in (silent, refused)] == [None, None]


async def test_a_repeated_history_leaves_room_for_new_events(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """Carriers repeat all events in each answer."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    for length in (160, 170):
        events = tuple(
            TrackingEvent(NOW + timedelta(seconds=number), TrackingStatus.IN_TRANSIT, str(number), "")
            for number in range(length)
        )
        await tracking_store.record(one, Tracking("1Z", TrackingStatus.IN_TRANSIT, events))

    assert len(await fleet.events(ident)) == 170


async def test_a_carrier_cannot_fill_the_table(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """Neither with many events, nor with long ones, nor with characters that Postgres cannot store."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    for start in (0, 1000):
        events = tuple(
            TrackingEvent(NOW + timedelta(seconds=start + number), TrackingStatus.IN_TRANSIT, "c" * 500, "d\x00" * 900)
            for number in range(400)
        )
        await tracking_store.record(one, Tracking("1Z", TrackingStatus.IN_TRANSIT, events))

    found = await fleet.events(ident)
    assert len(found) == MAX_EVENTS
    assert max(len(event.description) for event in found) <= 500
    assert "\x00" not in found[0].description
    assert (await fleet.shipment(ident)).tracking_status is TrackingStatus.IN_TRANSIT


def insert_parcels(fleet: Fleet, count: int = 2) -> UUID:
    """Insert a shipment with several parcels that is due for tracking."""
    (ident,) = fleet.ships(tracking_number="1Z1")
    for number in range(1, count + 1):
        fleet.rows.insert("shipment_parcels", shipment_id=ident, number=number, tracking_number=f"1Z{number}")
    return ident


async def test_a_cancelled_parcel_does_not_end_the_tracking_of_the_others(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    ident = insert_parcels(fleet)
    cancelled, moving = TrackingStatus.CANCELLED, TrackingStatus.IN_TRANSIT

    await tracking_store.record(
        await claim_one(tracking_store), build_tracking(cancelled), build_tracking(moving, (moving, 1))
    )

    shipment = await fleet.shipment(ident)
    assert (shipment.tracking_status, shipment.track_at is None) == (moving, False)


async def test_an_exception_ends_while_another_parcel_is_less_far(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    ident = insert_parcels(fleet)
    claimed = await claim_one(tracking_store)
    waiting = build_tracking(TrackingStatus.PRE_TRANSIT, (TrackingStatus.PRE_TRANSIT, 0))

    statuses = []
    for hour, status in enumerate((TrackingStatus.EXCEPTION, TrackingStatus.DELIVERED), 1):
        await tracking_store.record(claimed, build_tracking(status, (status, hour)), waiting)
        statuses.append((await fleet.shipment(ident)).tracking_status)

    assert statuses == [TrackingStatus.EXCEPTION, TrackingStatus.PRE_TRANSIT]
    assert (await fleet.shipment(ident)).scanned_at is not None
