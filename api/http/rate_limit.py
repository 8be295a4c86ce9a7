"""Rate limit: one token bucket per key, in this process's memory, and its response headers."""

import math
import time
from dataclasses import dataclass
from uuid import UUID

MAX_BUCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Quota:
    """State of a key's bucket after a call.

    `wait`: seconds until the next token if the bucket was empty, else 0. `refill`: seconds until the bucket is full.
    """

    wait: float
    remaining: int
    refill: float


class RateLimiter:
    """Allows `per_second` calls per key, and bursts of up to `burst`."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: dict[UUID, tuple[float, float]] = {}
        self._policy = f'"key";q={burst};w={math.ceil(burst / per_second)}'.encode()

    def take_token(self, key_id: UUID) -> Quota:
        """Take one token from the key's bucket, unless it is empty."""
        now = time.monotonic()
        tokens, since = self._buckets.get(key_id, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        wait = 0.0 if tokens >= 1.0 else (1.0 - tokens) / self._per_second
        if wait == 0:
            tokens -= 1.0
            if len(self._buckets) >= MAX_BUCKETS:
                self._buckets.clear()
        self._buckets[key_id] = (tokens, now)
        return Quota(wait, int(tokens), (self._burst - tokens) / self._per_second)

    def to_headers(self, quota: Quota) -> list[tuple[bytes, bytes]]:
        """Return the response headers of the IETF draft `draft-ietf-httpapi-ratelimit-headers`.

        The quota `q` is the burst, which refills within the window `w`; `r` calls remain for the next `t` seconds.
        """
        state = f'"key";r={quota.remaining};t={math.ceil(quota.refill)}'.encode()
        return [(b"ratelimit-policy", self._policy), (b"ratelimit", state)]
