"""The clock watch logs a difference between the clocks of this process and Postgres."""

import logging
import time
from datetime import UTC, datetime

import pytest

from adapters.postgres.core.clock import PostgresClock
from domain.clock import Clock
from engine.clock_watch import REPEAT_SECONDS, ClockWatch


class SkewedDatabase:
    """A database whose clock differs from this process's clock by `seconds`."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @property
    def clock(self) -> Clock:
        """Return the clock, which is this object."""
        return self  # type: ignore[return-value]  # only the skew is asked for

    def skew_seconds(self) -> float:
        """Return the difference in seconds."""
        return self.seconds


def test_a_skew_is_logged_once_for_each_limit(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "engine.clock_watch")
    database = SkewedDatabase()
    watch = ClockWatch(database)  # type: ignore[arg-type]  # see SkewedDatabase

    for now, seconds in enumerate([0, 6, 7, 6, 61, 300, 30, 0, 0]):
        database.seconds = seconds
        watch.look(float(now))
    database.seconds = -6
    watch.look(10.0)
    watch.look(9.0 + REPEAT_SECONDS)
    watch.look(10.0 + REPEAT_SECONDS)

    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "INFO", "WARNING", "WARNING"]
    assert "300" not in caplog.text
    assert "6 s behind Postgres's" in caplog.text


def test_a_slow_answer_proves_no_skew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A jump of the process's own clock shows without another query."""
    clock = PostgresClock()
    clock.learn(datetime.now(UTC), time.monotonic() - 20)
    assert clock.skew_seconds() == pytest.approx(0, abs=0.5)

    clock.learn(datetime.now(UTC), time.monotonic())
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 100)
    assert clock.skew_seconds() == pytest.approx(100, abs=1)
