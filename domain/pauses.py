"""Pauses of carrier accounts and bridges: by a person, or for a cause that time or money cures."""

from dataclasses import dataclass
from datetime import datetime

from domain.codes import Code

UNAVAILABLE_AFTER_SECONDS = 30.0
"""A vendor that takes no call for so long, or asks to be left alone for so long, pauses its account or bridge."""
PROBE_AFTER_SECONDS = 60.0
"""From a pause for a cause to its first probe."""
MAX_AFTER_RESUME = 8
"""So many runs of a resumed account or bridge are open at a time, until those that waited have been let in."""
MAX_PROBE_FACTOR = 30
"""The longest time between two probes, as a multiple of the first."""


class PauseCause(Code):
    """Why an account or bridge is paused; the service probes it unless a person paused it."""

    PERSON = "person", "A person paused it.", "Resume it."
    INSUFFICIENT_FUNDS = "insufficient_funds", "The vendor account has too little money.", "Add money at the vendor."
    UNAVAILABLE = "unavailable", "The vendor can't be reached, or reports an outage.", "Wait."
    RATE_LIMITED = "rate_limited", "The vendor asks for a long wait, for example until its daily limit resets.", "Wait."

    @property
    def ends_with_any_answer(self) -> bool:
        """Whether any answer of the vendor shows that the cause is gone; a lack of money ends with a purchase only."""
        return self in (PauseCause.UNAVAILABLE, PauseCause.RATE_LIMITED)


@dataclass(frozen=True, slots=True)
class Pause:
    """Why, since when and by whom an account or bridge is paused; `actor` is a key's id or `system`.

    `next_probe_at` is when one waiting run is let in to find out whether the cause is gone; None: never.
    """

    cause: PauseCause
    reason: str | None
    actor: str | None
    since: datetime
    next_probe_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConnectionLogEntry:
    """One line of the log of an account or bridge. `actor` is a key's id or `system`."""

    at: datetime
    event: str
    message: str
    actor: str
