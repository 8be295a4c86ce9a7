"""Pauses of carrier accounts and bridges: by a person, or by the service for a temporary cause."""

from dataclasses import dataclass
from datetime import datetime

from domain.codes import Code

UNAVAILABLE_AFTER_SECONDS = 30.0
"""An outage of the vendor, or a wait that it asks for, of this length pauses the account or bridge."""
PROBE_AFTER_SECONDS = 60.0
"""The time from a pause by the service to its first probe."""
MAX_AFTER_RESUME = 8
"""How many runs of a resumed account or bridge are open at a time until the waiting runs have been started."""
MAX_PROBE_FACTOR = 30
"""The longest time between two probes, as a multiple of the first."""


class PauseCause(Code):
    """Why an account or bridge is paused; the service probes every pause except those by a person."""

    PERSON = "person", "A person paused it.", "Resume it."
    INSUFFICIENT_FUNDS = "insufficient_funds", "The vendor account has too little money.", "Add money at the vendor."
    UNAVAILABLE = "unavailable", "The vendor can't be reached, or reports an outage.", "Wait."
    RATE_LIMITED = "rate_limited", "The vendor asks for a long wait, for example until its daily limit resets.", "Wait."

    @property
    def ends_with_any_answer(self) -> bool:
        """Whether any answer of the vendor ends the pause; a lack of money ends only with a successful purchase."""
        return self in (PauseCause.UNAVAILABLE, PauseCause.RATE_LIMITED)


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of an account or bridge; `actor` is such as `key:<id>` or `service:worker`.

    `next_probe_at` is when one waiting run is started to find out whether the cause is gone; None for never.
    """

    cause: PauseCause
    reason: str | None
    actor: str | None
    since: datetime
    next_probe_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionLogEntry:
    """One entry of the log of an account or bridge. `actor` is such as `key:<id>` or `service:worker`."""

    at: datetime
    event: str
    message: str
    actor: str
