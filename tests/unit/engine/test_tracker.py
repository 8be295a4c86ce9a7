"""Following parcels: an account that keeps everybody waiting is left alone, one that fails at once is not."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from domain.errors import Ambiguous, AuthFailed, EffectError, NotSent, RateLimited, Rejected
from domain.ports.carrier import Carriers
from domain.ports.ledger import ActivityReads
from domain.ports.tracking import TrackedShipment, TrackingStore
from engine import tracker
from engine.tracker import SLOTS, Tracker


class Memory:
    """Keeps what was postponed, and for how long its account is held."""

    def __init__(self) -> None:
        self.postponed_to: list[tuple[str, float | None, float | None]] = []

    async def defer(
        self, _followed: TrackedShipment, problem: str, seconds: float | None, *, hold_account: float | None = None
    ) -> None:
        self.postponed_to.append((problem, seconds, hold_account))


async def _ask(error: EffectError) -> tuple[str, float | None, float | None]:
    memory = Memory()

    async def account(*_: Any) -> SimpleNamespace:
        return SimpleNamespace(active=True)

    async def track(_number: str) -> None:
        raise error

    facts = cast(ActivityReads, SimpleNamespace(account=account))
    carriers = cast(Carriers, SimpleNamespace(open=lambda _: SimpleNamespace(track=track)))
    shipment = cast(
        TrackedShipment,
        SimpleNamespace(
            id=uuid4(), organization_id=uuid4(), carrier_account_id=uuid4(), tracking_number="1Z", failures=0
        ),
    )
    await Tracker(cast(TrackingStore, memory), facts, carriers).ask(shipment)
    (kept,) = memory.postponed_to
    return kept


@pytest.mark.parametrize("error", [Ambiguous("HTML"), NotSent("refused")])
async def test_a_question_that_fails_at_once_holds_nobody(error: EffectError) -> None:
    """It says nothing of the account's other parcels."""
    code = "not_sent" if isinstance(error, NotSent) else "no_answer"
    assert await _ask(error) == (code, 60.0, None)


async def test_who_lets_himself_be_waited_for_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many times as long as there are places: the others' turns come."""
    monkeypatch.setattr(tracker, "SLOW_SECONDS", -1.0)
    _, _, hold = await _ask(Ambiguous("timed out"))
    assert hold is not None

    monkeypatch.undo()
    assert tracker.compute_hold(60.0) == 60.0 * SLOTS
    assert tracker.compute_hold(1.0) is None


async def test_what_the_carrier_asks_for_holds_the_account() -> None:
    assert await _ask(RateLimited("slowly", after=90.0)) == ("rate_limited", 90.0, 90.0)
    assert await _ask(AuthFailed("no")) == ("auth_failed", 3600.0, 3600.0)
    assert await _ask(Rejected("unknown")) == ("rejected", None, None)
