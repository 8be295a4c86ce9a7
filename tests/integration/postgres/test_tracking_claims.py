"""Which shipments are claimed for tracking, and when."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.stores.tracking import CLAIM, PER_ACCOUNT, PostgresTrackingStore
from domain.tracking import TrackingStatus
from engine.tracker import SLOTS
from tests.fixtures.rows import Rows
from tests.integration.postgres.fleet import DUE, NOW, Fleet, build_tracking, claim_one, new_fleet


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
    fleet.ships(status="refund_rejected")

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

    first = await tracking_store.claim(SLOTS, [])

    assert {shipment.id for shipment in first} == {*many[:PER_ACCOUNT], *theirs}
    assert await tracking_store.claim(SLOTS, first) == []
    second = await tracking_store.claim(SLOTS, [])
    assert {shipment.id for shipment in second} == set(many[PER_ACCOUNT : 2 * PER_ACCOUNT])


async def _new_fleets(
    database: Database, rows: Rows, organization_id: UUID, count: int, base_url: str | None = None
) -> list[Fleet]:
    """Make accounts of one organization, each with shipments that are due."""
    fleets = [await new_fleet(database, Rows(rows.connection, organization_id)) for _ in range(count)]
    for number, fleet in enumerate(fleets):
        rows.run(
            "update carrier_accounts set settings = settings || jsonb_build_object('base_url', %s::text) where id = %s",
            base_url or f"https://{organization_id}-{number}.example.com",
            fleet.account,
        )
        fleet.ships(3)
    return fleets


async def test_an_organization_with_many_accounts_leaves_slots_to_others(
    tracking_store: PostgresTrackingStore, database: Database, rows: Rows
) -> None:
    """Its questions hang, at as many servers as it has accounts: others are asked all the same."""
    await _new_fleets(database, rows, rows.organization_id, 20)
    hanging = await tracking_store.claim(SLOTS, [])
    assert len(hanging) == SLOTS // 4
    assert await tracking_store.claim(SLOTS, hanging) == []

    other = await database.create_organization("Other")
    (theirs,) = await _new_fleets(database, rows, other, 1)

    claimed = await tracking_store.claim(SLOTS, hanging)
    assert {shipment.carrier_account_id for shipment in claimed} == {theirs.account}


async def test_a_carrier_that_hangs_for_everybody_leaves_slots_to_other_carriers(
    tracking_store: PostgresTrackingStore, database: Database, rows: Rows
) -> None:
    """Twenty organizations use it; one of them has an account at another carrier, too."""
    organizations = [await database.create_organization(f"Other {number}") for number in range(20)]
    for organization_id in organizations:
        await _new_fleets(database, rows, organization_id, 1, "https://hangs.example.com")
    hanging = await tracking_store.claim(SLOTS, [])
    assert len(hanging) == SLOTS // 4
    assert await tracking_store.claim(SLOTS, hanging) == []

    (asked,) = await _new_fleets(database, rows, organizations[0], 1, "https://answers.example.com")

    claimed = await tracking_store.claim(SLOTS, hanging)
    assert {shipment.carrier_account_id for shipment in claimed} == {asked.account}


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
    first, second = await tracking_store.claim(10, [])

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


async def test_the_index_finds_what_is_due(fleet: Fleet, rows: Rows) -> None:
    """However many shipments are not: no claim reads them."""
    fleet.ships(3)
    fleet.ships(400, track_at=NOW + timedelta(days=1))
    rows.run("analyze shipments")
    rows.run("set enable_seqscan = off")
    rows.run("set enable_bitmapscan = off")
    explain = "explain " + CLAIM.replace("%(limit)s", "8").replace("%(shared)s", "8")
    for name in ("organizations", "accounts", "destinations"):
        explain = explain.replace(f"%({name})s", "'{}'")
    plan = "\n".join(line for (line,) in rows.connection.execute(explain.encode()).fetchall())

    assert "Index Scan using ix_shipments_followed" in plan
    assert "Index Cond: ((carrier_account_id = account.id) AND (track_at <= now()))" in plan
