"""Rate limit: one token bucket per key, in this process's memory."""

import time
from uuid import UUID

MAX_BUCKETS = 10_000


class RateLimiter:
    """Allows `per_second` calls per key, and bursts of up to `burst`."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: dict[UUID, tuple[float, float]] = {}

    def take_token(self, key_id: UUID) -> float:
        """Take one token from the key's bucket; return the seconds until the next token if it is empty, else 0."""
        now = time.monotonic()
        tokens, since = self._buckets.get(key_id, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        if tokens < 1.0:
            self._buckets[key_id] = (tokens, now)
            return (1.0 - tokens) / self._per_second
        if len(self._buckets) >= MAX_BUCKETS:
            self._buckets.clear()
        self._buckets[key_id] = (tokens - 1.0, now)
        return 0.0
