"""A token bucket for each key, in this process's memory."""

import time
from uuid import UUID

MAX_BUCKETS = 10_000


class RateLimiter:
    """Lets `per_second` calls of a key through, and up to `burst` at once."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: dict[UUID, tuple[float, float]] = {}

    def take_token(self, key_id: UUID) -> float:
        """Take one call out of the key's bucket; where it is empty, tell when there is one again."""
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
