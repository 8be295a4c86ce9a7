"""Postgres's clock as this process sees it, and by how much the process's own clock differs from it."""

import time
from datetime import UTC, datetime


class PostgresClock:
    """Postgres decides all ages. Between two questions this process's monotonic clock carries Postgres's time on.

    So a jump of the process's own clock shows at once, without another question.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._error = 0.0

    @property
    def is_known(self) -> bool:
        """Whether Postgres has been asked."""
        return self._offset is not None

    def learn(self, postgres: datetime, asked_at: float) -> None:
        """Take Postgres's time that was asked for at `asked_at`, on the monotonic clock, and has just arrived.

        Postgres told it somewhere between the two: half of the round trip is how wrong the middle of it can be.
        """
        half = (time.monotonic() - asked_at) / 2
        self._offset, self._error = postgres.timestamp() - (asked_at + half), half

    def now(self) -> datetime:
        """Return Postgres's time; the process's own until Postgres has answered."""
        return datetime.fromtimestamp(time.time() if self._offset is None else time.monotonic() + self._offset, UTC)

    def skew_seconds(self) -> float:
        """Return by how much this process's clock is ahead of Postgres's; negative: behind; 0: not surely either."""
        if self._offset is None:
            return 0.0
        ahead = time.time() - (time.monotonic() + self._offset)
        sure = max(abs(ahead) - self._error, 0.0)
        return sure if ahead > 0 else -sure
