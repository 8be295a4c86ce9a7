"""How the tracker retries a carrier that does not answer, and when the account's other parcels wait."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from bootstrap.container import Container
from domain.errors import Ambiguous, AuthFailed, EffectError, NotSent, RateLimited, Rejected
from domain.tracking import Tracking, TrackingEvent, TrackingStatus
from engine import tracker
from engine.tracker import HOLD
from tests.fixtures.builders import SANDBOX_URL
from tests.fixtures.organization import HANGS, Carrier
from tests.fixtures.polling import eventually
from tests.fixtures.rows import Rows, now

OTHERS = 10
PARCEL_STATUS = "select tracking_status from shipment_parcels where shipment_id = %s and number = %s"


async def ask(container: Container, rows: Rows, carrier: Carrier, error: EffectError) -> tuple[str, int, int]:
    """Track a parcel; return the problem and the waiting times of the parcel and its account in seconds."""
    account_id = rows.insert_account(settings={"base_url": SANDBOX_URL})
    shipment_id = rows.insert_shipment(carrier_account_id=account_id, track_at=now() - timedelta(seconds=1))
    carrier.answer = error
    (shipment,) = await container.tracking_store.claim(10, [])
    assert shipment.id == shipment_id

    await container.tracker().ask(shipment)

    row, account = rows.select_one("shipments"), rows.select_one("carrier_accounts")
    return row["tracking_problem"], seconds_until(row["track_at"]), seconds_until(account["track_after"])


def seconds_until(time: datetime | None) -> int:
    """Return the seconds until a time, rounded to tens."""
    return int(round((time - now()).total_seconds(), -1)) if time is not None else 0


@pytest.mark.parametrize(("error", "problem"), [(Ambiguous("HTML"), "no_answer"), (NotSent("refused"), "not_sent")])
async def test_a_fast_failure_delays_only_its_parcel(
    container: Container, rows: Rows, carrier: Carrier, error: EffectError, problem: str
) -> None:
    assert await ask(container, rows, carrier, error) == (problem, 60, 0)


async def test_a_slow_failure_delays_the_account(
    container: Container, rows: Rows, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker, "SLOW_SECONDS", -1.0)

    await ask(container, rows, carrier, Ambiguous("timed out"))

    assert rows.select_one("carrier_accounts")["track_after"] is not None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RateLimited("slowly", after=90.0), ("rate_limited", 90, 90)),
        (AuthFailed("no"), ("auth_failed", 3600, 3600)),
        (Rejected("unknown"), ("rejected", 3600, 0)),
    ],
)
async def test_the_carriers_answer_sets_the_delay(
    container: Container, rows: Rows, carrier: Carrier, error: EffectError, expected: tuple[str, int, int]
) -> None:
    assert await ask(container, rows, carrier, error) == expected


def insert_two_parcels(rows: Rows) -> UUID:
    """Insert a shipment with two parcels that is due for tracking."""
    account_id = rows.insert_account(settings={"base_url": SANDBOX_URL})
    shipment_id = rows.insert_shipment(carrier_account_id=account_id, track_at=now() - timedelta(seconds=1))
    for number in (1, 2):
        rows.insert("shipment_parcels", shipment_id=shipment_id, number=number, tracking_number=f"1Z{number}")
    return shipment_id


@pytest.mark.parametrize("failure", [Rejected("unknown"), RateLimited("slowly", after=90.0)])
async def test_a_failure_of_one_parcel_keeps_the_answers_of_the_others(
    container: Container, rows: Rows, carrier: Carrier, failure: EffectError
) -> None:
    """The scan of the first parcel blocks an undo."""
    shipment_id = insert_two_parcels(rows)
    scan = TrackingEvent(now(), TrackingStatus.IN_TRANSIT, "PU", "Picked up")
    carrier.answers = {"1Z1": Tracking("1Z1", TrackingStatus.IN_TRANSIT, (scan,)), "1Z2": failure}
    (shipment,) = await container.tracking_store.claim(10, [])

    await container.tracker().ask(shipment)

    assert rows.select_one("shipments")["scanned_at"] is not None
    statuses = [rows.value(PARCEL_STATUS, shipment_id, number) for number in (1, 2)]
    assert statuses == ["in_transit", "unknown"]


async def test_a_carrier_without_any_of_the_parcels_is_asked_later(
    container: Container, rows: Rows, carrier: Carrier
) -> None:
    for number in (1, 2):
        carrier.answers[f"1Z{number}"] = Rejected("unknown")
    insert_two_parcels(rows)
    (shipment,) = await container.tracking_store.claim(10, [])

    await container.tracker().ask(shipment)

    assert rows.select_one("shipments")["tracking_problem"] == "rejected"


def test_a_slow_account_waits_longer_than_its_call_took() -> None:
    assert tracker.compute_hold(60.0) == 60.0 * HOLD
    assert tracker.compute_hold(1.0) is None


async def test_a_hanging_carrier_does_not_delay_other_organizations(
    container: Container, rows: Rows, other_rows: Rows, carrier: Carrier
) -> None:
    """Its sixty parcels at thirty accounts were due earlier, and their calls never end."""
    for number in range(30):
        account_id = rows.insert_account(settings={"base_url": f"https://{number}.example.com"})
        for _ in range(2):
            due = now() - timedelta(hours=1)
            rows.insert_shipment(carrier_account_id=account_id, tracking_number=HANGS, track_at=due)
    account_id = other_rows.insert_account(settings={"base_url": SANDBOX_URL})
    for _ in range(OTHERS):
        other_rows.insert_shipment(carrier_account_id=account_id, track_at=now())
    carrier.answer = Rejected("unknown")
    running = asyncio.create_task(container.tracker().run())

    async def are_asked() -> bool:
        return len(other_rows.select("shipments", tracking_problem="rejected")) == OTHERS

    await eventually(are_asked, 60.0, "all of the other organization's parcels are asked about")
    assert carrier.hanging == tracker.SLOTS // 4
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
