"""Learns how many runs may move at a time from how long Temporal takes to start a run.

A start competes with the runs for the same cores and the same database, so its duration shows the load. It does not
depend on carriers: runs that only wait for a carrier do not lower the limit.
"""

from dataclasses import dataclass

ALONE = 6.0
"""A start may take this many times as long as in an idle engine. Above that, more runs only wait longer."""
SHARED_SECONDS = 10.0
"""The lower limit applies for this long after an organization's single run met the many runs of another."""
WAITS = 8.0
"""A run waits for the same resources this many times as often as a start (measured with 2 to 32 runs: 5 to 8)."""
FIRST = 2.0
"""The first limit is low: only a nearly idle engine shows how long a start takes in an idle engine."""
SMOOTH = 0.2
"""Weight of the newest measurement in the moving average: about the last five measurements count."""
FALL = 0.3
"""Weight of a faster start in the estimate for an idle engine, so that one lucky start changes little."""
GENTLE = 0.1
"""Exponent of each change of the limit: it takes at least seven starts to halve or double it."""
FORGET_SECONDS = 3600.0
"""The estimate for an idle engine doubles in this time unless fast starts correct it: servers slow down with age."""


@dataclass(slots=True)
class LearnedLimit:
    """A limit, and the moving average of the starts made under it, in seconds (None: no start yet)."""

    limit: float
    lately: float | None = None


class ConcurrencyLimit:
    """The two limits of a dispatcher: one for many runs alone, one while others have single runs.

    Each limit is kept while the other applies, so the next single run meets as few runs as the last one did.
    """

    def __init__(self, max_runs: int) -> None:
        self._max = max_runs
        self._alone, self._shared = LearnedLimit(min(FIRST, max_runs)), LearnedLimit(min(FIRST, max_runs))
        self._idle: float | None = None
        self._at = 0.0
        self._single: float | None = None
        self._shared_since = self._shared_until = float("-inf")

    def limit(self, now: float) -> int:
        """Return how many runs may move at a time, at least 1."""
        return int((self._shared if self._is_shared(now) else self._alone).limit)

    def record_single_start(self, now: float) -> None:
        """Record that the single run of one organization meets the many runs of another."""
        if not self._is_shared(now):
            self._shared_since = now
        self._shared_until = now + SHARED_SECONDS

    def record_single_end(self, seconds: float) -> None:
        """Learn how many seconds such a single run took."""
        self._single = seconds if self._single is None else self._single + SMOOTH * (seconds - self._single)

    def record_start(self, seconds: float, now: float, *, full: bool) -> None:
        """Learn from a start that took `seconds` and ended at `now`, a time of the event loop's clock.

        `full`: as many runs moved as the limit allows. If not, a fast start does not raise the limit.
        """
        if self._idle is None:
            self._idle = seconds
        else:
            self._idle *= 2.0 ** ((now - self._at) / FORGET_SECONDS)
            self._idle += FALL * min(seconds - self._idle, 0.0)
        self._at = now
        shared = self._is_shared(now - seconds)
        learned = self._shared if shared else self._alone
        learned.lately = seconds if learned.lately is None else learned.lately + SMOOTH * (seconds - learned.lately)
        change = (self._bound(self._idle, shared=shared) / learned.lately) ** GENTLE
        learned.limit = max(1.0, min(learned.limit * (change if full else min(change, 1.0)), self._max))

    def _is_shared(self, at: float) -> bool:
        return self._shared_since <= at < self._shared_until

    def _bound(self, idle: float, *, shared: bool) -> float:
        """Return how many seconds a start may take; a single run may take 1.5 times as long as in an idle engine."""
        if not shared:
            return idle * ALONE
        return min(idle * 1.5 if self._single is None else idle + self._single / 3 / WAITS, idle * ALONE)
