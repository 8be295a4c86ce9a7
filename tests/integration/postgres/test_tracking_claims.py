"""The shipments that are claimed for tracking, and their order."""

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


async def test_a_due_shipment_is_claimed_once_per_lease(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    (ident,) = fleet.ships()

    both = await asyncio.gather(*(tracking_store.claim(10, []) for _ in range(6)))

    assert [shipment.id for found in both for shipment in found] == [ident]
    fleet.rows.run("update shipments set track_at = now() - interval '1 second'")
    assert (await claim_one(tracking_store)).id == ident


async def test_shipments_that_are_not_due_are_not_claimed(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """This includes voided shipments and shipments whose tracking has ended."""
    fleet.ships(track_at=NOW + timedelta(hours=1))
    fleet.ships(track_at=None)
    fleet.ships(status="voided")
    fleet.ships(status="refund_rejected")

    assert await tracking_store.claim(10, []) == []


async def test_a_new_label_is_tracked_after_an_hour(fleet: Fleet) -> None:
    """The database sets the time at the insert."""
    ident = fleet.insert_shipment()

    shipment = await fleet.shipment(ident)

    assert shipment.track_at is not None
    assert shipment.tracking_status is TrackingStatus.UNKNOWN
    assert timedelta(minutes=55) < shipment.track_at - datetime.now(UTC) <= timedelta(hours=1)


async def test_claims_take_few_shipments_of_each_account(
    tracking_store: PostgresTrackingStore, database: Database, rows: Rows, fleet: Fleet
) -> None:
    """One organization ships much more than another; the longest due shipments come first."""
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
    """Create accounts of one organization with due shipments."""
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
    """Its calls hang, at as many servers as it has accounts."""
    await _new_fleets(database, rows, rows.organization_id, 20)
    hanging = await tracking_store.claim(SLOTS, [])
    assert len(hanging) == SLOTS // 4
    assert await tracking_store.claim(SLOTS, hanging) == []

    other = await database.create_organization("Other")
    (theirs,) = await _new_fleets(database, rows, other, 1)

    claimed = await tracking_store.claim(SLOTS, hanging)
    assert {shipment.carrier_account_id for shipment in claimed} == {theirs.account}


async def test_a_hanging_carrier_leaves_slots_to_other_carriers(
    tracking_store: PostgresTrackingStore, database: Database, rows: Rows
) -> None:
    """Twenty organizations use it; one of them also has an account at another carrier."""
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
async def test_a_paused_account_is_not_tracked(
    tracking_store: PostgresTrackingStore, fleet: Fleet, status: str
) -> None:
    """Tracking continues after the account is active again."""
    fleet.ships()
    fleet.rows.run("update carrier_accounts set status = %s", status)
    assert await tracking_store.claim(10, []) == []

    fleet.rows.run("update carrier_accounts set status = 'active'")
    assert len(await tracking_store.claim(10, [])) == 1


async def test_a_delayed_account_delays_all_its_shipments(tracking_store: PostgresTrackingStore, fleet: Fleet) -> None:
    """A shorter delay reported later does not shorten it."""
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


async def test_new_credentials_end_the_accounts_delay(
    tracking_store: PostgresTrackingStore, database: Database, fleet: Fleet
) -> None:
    fleet.ships(2)
    await tracking_store.defer((await tracking_store.claim(1, []))[0], "auth_failed", 3600, account_pause=3600)
    async with database.organization(fleet.organization) as data:
        await data.carrier_accounts.update(fleet.account, {"name": "still"}, None)
    assert await tracking_store.claim(10, []) == []

    async with database.organization(fleet.organization) as data:
        await data.carrier_accounts.update(fleet.account, {}, {"api_key": "new"})

    assert len(await tracking_store.claim(10, [])) == 1


async def test_tracking_is_requested_once_in_half_a_minute(
    tracking_store: PostgresTrackingStore, database: Database, fleet: Fleet
) -> None:
    """Even with repeated requests or webhooks."""
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
async def test_finished_tracking_cannot_be_requested(database: Database, fleet: Fleet, columns: dict[str, str]) -> None:
    (ident,) = fleet.ships(1, track_at=None, **columns)

    async with database.organization(fleet.organization) as data:
        assert not await data.shipments.track_soon(ident)
        assert await data.shipments.track_numbers_soon(fleet.account, ["1Z"]) == 0

    assert (await fleet.shipment(ident)).track_at is None


async def test_another_organizations_tracking_cannot_be_requested(
    database: Database, other_rows: Rows, tracking_store: PostgresTrackingStore, fleet: Fleet
) -> None:
    """Neither by the shipment's id, nor by its tracking number, nor by its account."""
    (ident,) = fleet.ships(track_at=NOW + timedelta(hours=1))
    stranger = await new_fleet(database, other_rows)

    async with database.organization(stranger.organization) as data:
        assert not await data.shipments.track_soon(ident)
        assert await data.shipments.track_numbers_soon(fleet.account, ["1Z"]) == 0
        assert await data.shipments.tracking_events(ident) == []
    async with database.organization(fleet.organization) as data:
        assert await data.shipments.track_numbers_soon(stranger.account, ["1Z"]) == 0

    assert await tracking_store.claim(10, []) == []


async def test_an_index_finds_the_due_shipments(fleet: Fleet, rows: Rows) -> None:
    """A claim does not read the other shipments."""
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
