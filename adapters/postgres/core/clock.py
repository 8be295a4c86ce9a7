"""Postgres's clock in this process, and the skew of the process's own clock."""

import time
from datetime import UTC, datetime


class PostgresClock:
    """Estimates Postgres's time between two pings by this process's monotonic clock.

    A jump of the process's wall clock therefore shows at once, without another ping.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._error = 0.0

    @property
    def is_known(self) -> bool:
        """Whether Postgres's time has been read."""
        return self._offset is not None

    def learn(self, postgres: datetime, asked_at: float) -> None:
        """Store Postgres's time, just received; `asked_at` is when it was requested, on the monotonic clock.

        Postgres read its clock between the two: the midpoint is wrong by at most half of the round trip.
        """
        half = (time.monotonic() - asked_at) / 2
        self._offset, self._error = postgres.timestamp() - (asked_at + half), half

    def now(self) -> datetime:
        """Return Postgres's time; the process's own until the first ping."""
        return datetime.fromtimestamp(time.time() if self._offset is None else time.monotonic() + self._offset, UTC)

    def skew_seconds(self) -> float:
        """Return by how many seconds this process's clock is surely ahead of Postgres's; negative if behind."""
        if self._offset is None:
            return 0.0
        ahead = time.time() - (time.monotonic() + self._offset)
        sure = max(abs(ahead) - self._error, 0.0)
        return sure if ahead > 0 else -sure
