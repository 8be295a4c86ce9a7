"""How many runs move at a time: found from how long Temporal takes to start one.

A start shows what runs do to each other, for it waits with them for the same cores and the same store. It does not show
how long their carriers take: runs that only wait for one are no reason to let fewer in.
"""

from dataclasses import dataclass

ALONE = 6.0
"""So many times as long as in an idle engine a start may take: beyond, runs wait longer and not more of them end."""
SHARED_SECONDS = 10.0
"""For so long after somebody's single run has met somebody else's many, the engine is kept from being full."""
WAITS = 8.0
"""A run waits about so many times for what a start waits for once (measured at 2 to 32 at a time: 5 to 8)."""
FIRST = 2.0
"""Few at first: the time that a start takes in an idle engine can only be learned while it is nearly idle."""
SMOOTH = 0.2
"""So much the last one counts in the average of those before: the last five or so make it."""
FALL = 0.3
"""The same for what an idle engine takes, which only falls so: one lucky start does not make all others late."""
GENTLE = 0.1
"""The limit changes by this power of how far starts are off: halved or doubled in seven or more of them."""
FORGET_SECONDS = 3600.0
"""In so long the idle engine's time is taken to have doubled, unless it is met again: servers slow as they age."""


@dataclass(slots=True)
class LearnedLimit:
    """A limit, and how long starts took lately beneath it (None: none was made)."""

    limit: float
    lately: float | None = None


class ConcurrencyLimit:
    """The limits for one dispatcher: that for many alone, and that for many beside somebody's single runs.

    Each is kept while the other holds: who comes back with a single run meets as few as when he was there before.
    """

    def __init__(self, max_runs: int) -> None:
        self._max = max_runs
        self._alone, self._shared = LearnedLimit(min(FIRST, max_runs)), LearnedLimit(min(FIRST, max_runs))
        self._idle: float | None = None
        self._at = 0.0
        self._single: float | None = None
        self._shared_since = self._shared_until = float("-inf")

    def limit(self, now: float) -> int:
        """Return how many may move; 1 or more."""
        return int((self._shared if self._is_shared(now) else self._alone).limit)

    def record_single_start(self, now: float) -> None:
        """Tell that somebody's single run meets somebody else's many."""
        if not self._is_shared(now):
            self._shared_since = now
        self._shared_until = now + SHARED_SECONDS

    def record_single_end(self, seconds: float) -> None:
        """Learn how long a single run took that met somebody else's many."""
        self._single = seconds if self._single is None else self._single + SMOOTH * (seconds - self._single)

    def record_start(self, seconds: float, now: float, *, full: bool) -> None:
        """Learn from a start that took `seconds`, on the loop's clock.

        `full`: as many moved as might; if not, that it was fast is no reason to let more in.
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
        """Return how long a start may take; a single run is to take at most twice as long as in an idle engine."""
        if not shared:
            return idle * ALONE
        return min(idle * 2 if self._single is None else idle + self._single / 2 / WAITS, idle * ALONE)
