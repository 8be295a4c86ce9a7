"""Retries take three days, events give way, and wildcards match types."""

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.webhooks import (
    RETRY_SECONDS,
    AttemptResult,
    ClaimedDelivery,
    DeliveryError,
    DeliveryState,
    settle,
)

CLAIMED = ClaimedDelivery(
    id=uuid4(),
    organization_id=uuid4(),
    endpoint_id=uuid4(),
    event_id=uuid4(),
    is_unordered=False,
    attempts=1,
    failures=0,
    url="https://hooks.example.com/",
    secrets=(),
    render=lambda: b"{}",
)
FAILED = AttemptResult(latency_ms=1, error=DeliveryError.STATUS, status=500)


def test_the_retries_take_three_days() -> None:
    """Without jitter, the last attempt begins after 72 hours."""
    assert 71 < sum(RETRY_SECONDS) / 3600 < 73


@pytest.mark.parametrize(
    ("failures", "state", "is_unordered"),
    [
        (0, DeliveryState.WAITING, False),
        (8, DeliveryState.WAITING, False),
        (9, DeliveryState.WAITING, True),
        (len(RETRY_SECONDS) - 1, DeliveryState.WAITING, True),
        (len(RETRY_SECONDS), DeliveryState.FAILED, False),
    ],
)
def test_an_event_gives_way_and_fails(failures: int, state: DeliveryState, is_unordered: bool) -> None:
    settled = settle(replace(CLAIMED, failures=failures), FAILED)
    assert (settled.state, settled.is_unordered) == (state, is_unordered)
    assert (settled.wait_seconds is None) == (state is DeliveryState.FAILED)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_refused_event_gives_way_at_once(status: int) -> None:
    assert settle(CLAIMED, replace(FAILED, status=status)).is_unordered


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_other_failures_keep_the_order(status: int) -> None:
    assert not settle(CLAIMED, replace(FAILED, status=status)).is_unordered


def test_retry_after_delays_the_endpoint() -> None:
    """A shorter pause than the schedule's does not shorten the wait of the delivery."""
    settled = settle(CLAIMED, replace(FAILED, retry_after=60.0))
    assert (settled.wait_seconds, settled.pause_seconds) == (60.0, 60.0)
    settled = settle(replace(CLAIMED, failures=5), replace(FAILED, retry_after=60.0))
    assert (settled.wait_seconds, settled.pause_seconds) == (RETRY_SECONDS[5], 60.0)
