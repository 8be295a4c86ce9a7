"""Shipments that are followed, in Postgres: whose turn it is, and what is kept of what carriers tell."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.stores.tracking import AT_A_TIME, CLAIM, MAX_EVENTS, PostgresTrackingStore
from domain.operations import OperationStatus
from domain.ports.tracking import TrackedShipment
from domain.shipping import Shipment
from domain.tracking import Tracking, TrackingEvent, TrackingStatus
from tests.fixtures.builders import build_account_columns
from tests.fixtures.rows import Rows

NOW = datetime.now(UTC)
DUE = NOW - timedelta(minutes=1)


@pytest.fixture
def tracking_store(database: Database) -> PostgresTrackingStore:
    return PostgresTrackingStore(database)


class Fleet:
    """An organization with an account, whose shipments are due."""

    def __init__(self, database: Database, rows: Rows, account: UUID) -> None:
        self._database = database
        self.rows = rows
        self.organization = rows.organization_id
        self.account = account
        self._operation = rows.insert_operation(OperationStatus.COMPLETED)

    def insert_shipment(self, **columns: Any) -> UUID:
        """Insert a shipment of the account."""
        given = {"tracking_number": "1Z", **columns}
        return self.rows.insert_shipment(operation_id=self._operation, carrier_account_id=self.account, **given)

    def ships(self, count: int = 1, **columns: Any) -> list[UUID]:
        """Let so many shipments be due, one after the other."""
        due = [DUE + timedelta(seconds=number) for number in range(count)]
        return [self.insert_shipment(**{"track_at": time, **columns}) for time in due]

    async def shipment(self, ident: UUID) -> Shipment:
        async with self._database.organization(self.organization) as data:
            found = await data.shipments.get(ident)
        assert found is not None
        return found

    async def events(self, ident: UUID) -> list[TrackingEvent]:
        async with self._database.organization(self.organization) as data:
            return await data.shipments.tracking_events(ident)


async def new_fleet(database: Database, rows: Rows) -> Fleet:
    async with database.organization(rows.organization_id) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {"api_key": "k"})
    return Fleet(database, rows, account.id)


@pytest.fixture
async def fleet(database: Database, rows: Rows) -> Fleet:
    return await new_fleet(database, rows)


def build_tracking(status: TrackingStatus, *events: tuple[TrackingStatus, int], number: str = "1Z") -> Tracking:
    """An answer whose events are so many hours after now."""
    made = tuple(TrackingEvent(NOW + timedelta(hours=hour), one, one.value, "said") for one, hour in events)
    return Tracking(number, status, made)


async def claim_one(tracking_store: PostgresTrackingStore) -> TrackedShipment:
    (one,) = await tracking_store.claim(10, [])
    return one


async def test_what_is_due_is_taken_once(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """By whoever comes first, and by nobody else until the lease is over; then by anybody."""
    (ident,) = fleet.ships()

    both = await asyncio.gather(*(tracking_store.claim(10, []) for _ in range(6)))

    assert [shipment.id for found in both for shipment in found] == [ident]
    fleet.rows.run("update shipments set track_at = now() - interval '1 second'")
    assert (await claim_one(tracking_store)).id == ident


async def test_what_is_not_due_is_left_alone(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """Nor what is voided, nor what nobody follows any more."""
    fleet.ships(track_at=NOW + timedelta(hours=1))
    fleet.ships(track_at=None)
    fleet.ships(status="voided")
    fleet.ships(status="refund_pending")

    assert await tracking_store.claim(10, []) == []


async def test_a_new_label_is_asked_about_after_an_hour(fleet: Fleet) -> None:
    """Whoever inserts the shipment needs to know nothing of it."""
    ident = fleet.insert_shipment()

    shipment = await fleet.shipment(ident)

    assert shipment.track_at is not None
    assert shipment.tracking_status is TrackingStatus.UNKNOWN
    assert timedelta(minutes=55) < shipment.track_at - datetime.now(UTC) <= timedelta(hours=1)


async def test_every_organization_has_its_turn(
    tracking_store: PostgresTrackingStore, database: Database, rows: Rows, fleet: Fleet
) -> None:
    """However much one of them ships: of each account a few at a time, the longest due first."""
    many = fleet.ships(50)
    organizations = [await database.create_organization(f"Other {number}") for number in range(3)]
    others = [await new_fleet(database, Rows(rows.connection, organization)) for organization in organizations]
    theirs = [other.ships(1, track_at=DUE + timedelta(seconds=55))[0] for other in others]

    first = {shipment.id for shipment in await tracking_store.claim(8, [])}

    assert first == {*many[:AT_A_TIME], *theirs}
    assert {shipment.id for shipment in await tracking_store.claim(8, [])} == set(many[AT_A_TIME : 2 * AT_A_TIME])
    assert await tracking_store.claim(8, [fleet.account]) == []


@pytest.mark.parametrize("status", ["paused", "auth_failed"])
async def test_a_paused_account_is_not_asked(tracking_store: PostgresTrackingStore, fleet: Fleet, status: str) -> None:
    """And goes on where it was once it is active again."""
    fleet.ships()
    fleet.rows.run("update carrier_accounts set status = %s", status)
    assert await tracking_store.claim(10, []) == []

    fleet.rows.run("update carrier_accounts set status = 'active'")
    assert len(await tracking_store.claim(10, [])) == 1


async def test_an_account_that_wants_to_be_left_alone(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """All of its shipments wait; a shorter wait told later does not shorten the longer one."""
    fleet.ships(3)
    first, second = await tracking_store.claim(2, [])

    await tracking_store.defer(first, "rate_limited", 3600, account_pause=3600)
    await tracking_store.defer(second, "rate_limited", 1, account_pause=1)

    assert await tracking_store.claim(10, []) == []
    wait = fleet.rows.value("select extract(epoch from track_after - now())::int from carrier_accounts")
    assert 3500 < wait <= 3600
    assert (await fleet.shipment(first.id)).tracking_problem == "rate_limited"
    fleet.rows.run("update carrier_accounts set track_after = now()")
    assert len(await tracking_store.claim(10, [])) == 1


async def test_new_credentials_are_tried_at_once(
    tracking_store: PostgresTrackingStore, database: Database, fleet: Fleet
) -> None:
    """Whoever mends an account does not wait for what its old credentials were refused for."""
    fleet.ships(2)
    await tracking_store.defer((await tracking_store.claim(1, []))[0], "auth_failed", 3600, account_pause=3600)
    async with database.organization(fleet.organization) as data:
        await data.carrier_accounts.update(fleet.account, {"name": "still"}, None)
    assert await tracking_store.claim(10, []) == []

    async with database.organization(fleet.organization) as data:
        await data.carrier_accounts.update(fleet.account, {}, {"api_key": "new"})

    assert len(await tracking_store.claim(10, [])) == 1


async def test_an_impossible_time_is_no_time(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """One that no clock here can hold: the event is kept without it, and can be read."""
    (ident,) = fleet.ships()
    end_of_time = datetime.fromisoformat("9999-12-31T23:59:59-14:00")
    event = TrackingEvent(end_of_time, TrackingStatus.IN_TRANSIT, "PU", "Picked up")

    await tracking_store.record(await claim_one(tracking_store), Tracking("1Z", TrackingStatus.IN_TRANSIT, (event,)))

    assert [(event.at, event.code) for event in await fleet.events(ident)] == [(None, "PU")]
    assert (await fleet.shipment(ident)).scanned_at is not None


async def test_what_is_told_is_kept(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """Status, first scan and events, each once however often it is told."""
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


async def test_a_late_answer_takes_nothing_back(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """One that was asked for earlier and written later, after its lease: its events are kept, its status is not."""
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


async def test_many_answers_at_once_come_to_one_end(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """Whatever the order in which they are written."""
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
    """An answer that was on its way while its label was voided."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    fleet.rows.run("update shipments set status = 'voided', voided_at = now()")

    await tracking_store.record(one, build_tracking(TrackingStatus.IN_TRANSIT, (TrackingStatus.IN_TRANSIT, 1)))

    assert (await fleet.shipment(ident)).status == "voided"
    fleet.rows.run("update shipments set track_at = now()")
    assert await tracking_store.claim(10, []) == []


async def test_who_asks_for_a_look_while_one_goes_on_gets_his_own(
    tracking_store: PostgresTrackingStore, database: Database, fleet: Fleet
) -> None:
    """What he heard of may have happened after the carrier was asked; the carrier is given its half minute."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    async with database.organization(fleet.organization) as data:
        assert await data.shipments.track_soon(ident)

    await tracking_store.record(one, build_tracking(TrackingStatus.PRE_TRANSIT))

    assert await tracking_store.claim(10, []) == []
    soon = (await fleet.shipment(ident)).track_at
    assert soon is not None
    assert soon - datetime.now(UTC) <= timedelta(seconds=30)


async def test_a_look_is_not_had_twice_within_half_a_minute(
    tracking_store: PostgresTrackingStore, database: Database, fleet: Fleet
) -> None:
    """However often somebody asks, or plays a webhook again."""
    (ident,) = fleet.ships()
    await tracking_store.record(await claim_one(tracking_store), build_tracking(TrackingStatus.PRE_TRANSIT))

    for _ in range(3):
        async with database.organization(fleet.organization) as data:
            assert await data.shipments.track_numbers_soon(fleet.account, ["1Z", "1Z", "nobody's"]) == 1

    assert await tracking_store.claim(10, []) == []
    soon = (await fleet.shipment(ident)).track_at
    assert soon is not None
    assert soon - datetime.now(UTC) <= timedelta(seconds=30)


@pytest.mark.parametrize(
    "columns", [{"status": "voided"}, {"tracking_status": "delivered"}, {"tracking_status": "returned"}]
)
async def test_what_is_over_is_not_looked_at(database: Database, fleet: Fleet, columns: dict[str, str]) -> None:
    (ident,) = fleet.ships(1, track_at=None, **columns)

    async with database.organization(fleet.organization) as data:
        assert not await data.shipments.track_soon(ident)
        assert await data.shipments.track_numbers_soon(fleet.account, ["1Z"]) == 0

    assert (await fleet.shipment(ident)).track_at is None


async def test_nobody_lets_anothers_carrier_be_asked(
    database: Database, other_rows: Rows, tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """Neither by the shipment's id, nor by its number, nor by its account's."""
    (ident,) = fleet.ships(track_at=NOW + timedelta(hours=1))
    stranger = await new_fleet(database, other_rows)

    async with database.organization(stranger.organization) as data:
        assert not await data.shipments.track_soon(ident)
        assert await data.shipments.track_numbers_soon(fleet.account, ["1Z"]) == 0
        assert await data.shipments.tracking_events(ident) == []
    async with database.organization(fleet.organization) as data:
        assert await data.shipments.track_numbers_soon(stranger.account, ["1Z"]) == 0

    assert await tracking_store.claim(10, []) == []


async def test_what_is_unknown_is_asked_again_as_if_told(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """A carrier that knows nothing of a new label has not failed; one that does not answer is waited for longer."""
    fleet.ships(2)
    unknown, silent = await tracking_store.claim(2, [])

    await tracking_store.defer(unknown, "rejected", None)
    await tracking_store.defer(silent, "no_answer", 60)

    first, second = await fleet.shipment(unknown.id), await fleet.shipment(silent.id)
    assert first.track_at is not None
    assert second.track_at is not None
    assert first.track_at - datetime.now(UTC) > timedelta(minutes=55)
    assert second.track_at - datetime.now(UTC) <= timedelta(minutes=1)
    fleet.rows.run("update shipments set track_at = now()")
    assert sorted(shipment.failures for shipment in await tracking_store.claim(2, [])) == [0, 1]


async def test_who_never_answers_is_not_asked_for_ever(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """After two months nobody waits for the parcel any more, whatever keeps its carrier from telling."""
    fleet.ships(2)
    fleet.rows.run("update shipments set created_at = now() - interval '61 days'")
    silent, refused = await tracking_store.claim(2, [])

    await tracking_store.defer(silent, "no_answer", 60)
    await tracking_store.defer(refused, "auth_failed", 3600, account_pause=3600)

    assert [(await fleet.shipment(shipment.id)).track_at for shipment in (silent, refused)] == [None, None]


async def test_a_history_that_is_told_again_leaves_room_for_what_is_new(
    tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """Carriers repeat all of it in each answer."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    for length in (160, 170):
        events = tuple(
            TrackingEvent(NOW + timedelta(seconds=number), TrackingStatus.IN_TRANSIT, str(number), "")
            for number in range(length)
        )
        await tracking_store.record(one, Tracking("1Z", TrackingStatus.IN_TRANSIT, events))

    assert len(await fleet.events(ident)) == 170


async def test_no_carrier_fills_the_table(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """Neither with ever new events, nor with long ones, nor with what no text may hold."""
    (ident,) = fleet.ships()
    one = await claim_one(tracking_store)
    for start in (0, 1000):
        events = tuple(
            TrackingEvent(NOW + timedelta(seconds=start + number), TrackingStatus.IN_TRANSIT, "c" * 500, "d\x00" * 900)
            for number in range(400)
        )
        await tracking_store.record(one, Tracking("1Z", TrackingStatus.IN_TRANSIT, events))

    kept = await fleet.events(ident)
    assert len(kept) == MAX_EVENTS
    assert max(len(event.description) for event in kept) <= 500
    assert "\x00" not in kept[0].description
    assert (await fleet.shipment(ident)).tracking_status is TrackingStatus.IN_TRANSIT


async def test_the_index_finds_what_is_due(fleet: Fleet, rows: Rows) -> None:
    """However many shipments are not: no claim reads them."""
    fleet.ships(3)
    fleet.ships(400, track_at=NOW + timedelta(days=1))
    rows.run("analyze shipments")
    rows.run("set enable_seqscan = off")
    rows.run("set enable_bitmapscan = off")
    explain = ("explain " + CLAIM).replace("%(busy)s", "'{}'").replace("%(limit)s", "8")
    plan = "\n".join(line for (line,) in rows.connection.execute(explain.encode()).fetchall())

    assert "Index Scan using ix_shipments_followed" in plan
    assert "Index Cond: ((carrier_account_id = account.id) AND (track_at <= now()))" in plan
