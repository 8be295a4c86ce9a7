"""The tracker and a carrier that gives no answer: when it asks again, and whether the account's other parcels wait."""

from datetime import datetime, timedelta

import pytest

from bootstrap.container import Container
from domain.errors import Ambiguous, AuthFailed, EffectError, NotSent, RateLimited, Rejected
from engine import tracker
from engine.tracker import SLOTS
from tests.fixtures.builders import SANDBOX_URL
from tests.fixtures.organization import Carrier
from tests.fixtures.rows import Rows, now


async def ask(container: Container, rows: Rows, carrier: Carrier, error: EffectError) -> tuple[str, int, int]:
    """Ask about a parcel; return the problem, and for how many seconds the parcel and its account wait."""
    account_id = rows.insert_account(settings={"base_url": SANDBOX_URL})
    shipment_id = rows.insert_shipment(carrier_account_id=account_id, track_at=now() - timedelta(seconds=1))
    carrier.answer = error
    (shipment,) = await container.tracking_store.claim(1, [])
    assert shipment.id == shipment_id

    await container.tracker().ask(shipment)

    row, account = rows.select_one("shipments"), rows.select_one("carrier_accounts")
    return row["tracking_problem"], seconds_until(row["track_at"]), seconds_until(account["track_after"])


def seconds_until(time: datetime | None) -> int:
    """Return the seconds until a time, rounded to tens."""
    return int(round((time - now()).total_seconds(), -1)) if time is not None else 0


@pytest.mark.parametrize(("error", "problem"), [(Ambiguous("HTML"), "no_answer"), (NotSent("refused"), "not_sent")])
async def test_a_fast_failure_holds_no_other_parcel(
    container: Container, rows: Rows, carrier: Carrier, error: EffectError, problem: str
) -> None:
    assert await ask(container, rows, carrier, error) == (problem, 60, 0)


async def test_a_slow_failure_holds_the_account(
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
async def test_the_carriers_answer_decides_how_long_to_wait(
    container: Container, rows: Rows, carrier: Carrier, error: EffectError, expected: tuple[str, int, int]
) -> None:
    assert await ask(container, rows, carrier, error) == expected


def test_a_slow_account_waits_until_every_slot_had_its_turn() -> None:
    assert tracker.compute_hold(60.0) == 60.0 * SLOTS
    assert tracker.compute_hold(1.0) is None
