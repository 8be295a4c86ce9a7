"""The services behind the API."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from api.events.live import LiveEvents
from api.http.base_url import OutgoingRules
from api.http.rate_limit import RateLimiter
from api.labels.turns import MergeTurns
from domain.clock import Clock
from domain.ports.live_looks import LiveLooks
from domain.ports.stores import Database, Dispatch, Notifications
from domain.ports.tracking import CarrierQueries
from workflows.registry import OperationTypes


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """Limits per client; `requests_per_second` counts per key, 0 is off."""

    body_bytes: int = 1024 * 1024
    wait_seconds: int = 60
    undo_wait_seconds: int = 10
    requests_per_second: float = 0.0
    burst: int = 50


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The services behind the API.

    `temporal_ready` is called by `/readyz` and must be fast. `has_sandbox`: accounts of mode `test` can use a sandbox.
    """

    database: Database
    notifications: Notifications
    dispatch: Dispatch
    carrier_queries: CarrierQueries
    live_looks: LiveLooks
    live_events: LiveEvents
    registry: OperationTypes
    temporal_ready: Callable[[], Awaitable[bool]]
    temporal_ui_url: str | None = None
    temporal_namespace: str = "default"
    has_sandbox: bool = False
    outgoing: OutgoingRules = field(default_factory=OutgoingRules)
    limits: ApiLimits = field(default_factory=ApiLimits)
    label_merges: MergeTurns = field(default_factory=MergeTurns)

    @property
    def clock(self) -> Clock:
        return self.database.clock

    def rate_limiter(self) -> RateLimiter | None:
        if self.limits.requests_per_second <= 0:
            return None
        return RateLimiter(self.limits.requests_per_second, self.limits.burst)
