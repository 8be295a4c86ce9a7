"""The clock port: Postgres's time decides all ages and deadlines."""

from datetime import datetime
from typing import Protocol

WARN_SECONDS = 5.0
"""A process whose clock differs by more logs a warning."""
MAX_SKEW_SECONDS = 60.0
"""A process whose clock differs by more starts no purchase and is not ready."""


class Clock(Protocol):
    """Postgres's time, and the skew of this process's clock."""

    def now(self) -> datetime:
        """Return Postgres's time."""

    def skew_seconds(self) -> float:
        """Return how many seconds this process's clock is ahead of Postgres's; negative if behind."""


def is_right(clock: Clock) -> bool:
    """Whether this process's clock is close enough to Postgres's for purchases."""
    return abs(clock.skew_seconds()) <= MAX_SKEW_SECONDS


def describe_skew(seconds: float) -> str:
    return f"this process's clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} Postgres's"
