"""Temporal gets the code of an error, and never its message."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.effects import MAX_LOOK_AGAIN_SECONDS, next_look_seconds
from activities.errors import activity_boundary, to_application_error
from domain.errors import (
    Ambiguous,
    AuthFailed,
    EffectError,
    NotSent,
    OrderNotFound,
    RateLimited,
    Rejected,
    StillWaiting,
    Unavailable,
)

SECRET = "Jane Doe, 1 Hidden Harbor"


@pytest.mark.parametrize(
    ("error", "retried", "retried_when_safe", "delay"),
    [
        (NotSent(SECRET), True, True, None),
        (RateLimited(SECRET, after=7), True, True, timedelta(seconds=7)),
        (StillWaiting(SECRET, after=300), True, True, timedelta(seconds=300)),
        (Ambiguous(SECRET), False, True, None),
        (Rejected(SECRET, vendor_code="ADDRESS.INVALID"), False, False, None),
        (AuthFailed(SECRET), False, False, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_effect_error_is_retried_only_if_that_is_safe(
    error: EffectError, retried: bool, retried_when_safe: bool, delay: timedelta | None
) -> None:
    """An unknown outcome is retried only with a safe key. The message stays out."""
    for retry_ambiguous, expected in ((False, retried), (True, retried_when_safe)):
        converted = to_application_error(error, retry_ambiguous=retry_ambiguous)
        assert converted.non_retryable is not expected
        assert converted.next_retry_delay == delay
        assert converted.type == error.code
        assert SECRET not in str(converted)


def test_the_error_has_the_vendors_code() -> None:
    assert "ADDRESS.INVALID" in str(to_application_error(Rejected(SECRET, vendor_code="ADDRESS.INVALID")))


def test_the_delay_between_looks_grows_to_five_minutes() -> None:
    gaps = [next_look_seconds(attempt) for attempt in range(1, 400)]
    assert gaps[:4] == [1, 2, 4, 8]
    assert gaps == sorted(gaps)
    assert gaps[-1] == MAX_LOOK_AGAIN_SECONDS == 300


@pytest.mark.parametrize(
    ("error", "code", "retried"),
    [
        (OrderNotFound("x"), "order_not_found", False),
        (Unavailable(), "service_unavailable", True),
        (KeyError(SECRET), "internal_error", True),
        (Rejected(SECRET), "rejected", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_any_error_of_an_activity_becomes_a_code(
    error: Exception, code: str, retried: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Its message, cause and stack appear in neither history nor log."""

    @activity_boundary()
    async def fails() -> None:
        raise error

    with pytest.raises(ApplicationError) as raised:
        await ActivityEnvironment().run(fails)
    assert (raised.value.type, raised.value.non_retryable) == (code, not retried)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert SECRET not in caplog.text


async def test_a_call_in_flight_outlives_its_cancellation() -> None:
    """It ends normally, and its result is reported."""
    environment, started, may_end = ActivityEnvironment(), asyncio.Event(), asyncio.Event()

    @activity_boundary()
    async def buy() -> str:
        started.set()
        await may_end.wait()
        return "bought"

    task = asyncio.ensure_future(environment.run(buy))
    await started.wait()
    environment.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    assert await task == "bought"


async def test_a_long_call_sends_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.errors.HEARTBEAT_SECONDS", 0.01)
    beats: list[object] = []
    environment, enough = ActivityEnvironment(), asyncio.Event()

    def beat(*details: object) -> None:
        beats.append(details)
        if len(beats) == 3:
            enough.set()

    environment.on_heartbeat = beat

    @activity_boundary()
    async def slow() -> None:
        await enough.wait()

    await environment.run(slow)
    assert len(beats) >= 3
