"""The cells of a fault matrix: a fault on a call, and the expected end of the operation."""

from dataclasses import dataclass
from typing import Literal

End = Literal["completed", "failed", "attention", "undone", "undo_failed", "undo_refused"]
"""`undo_failed` needs a person. `undo_refused` does not: the vendor refused before anything was compensated."""

HARMLESS = ("ok", "slow:0.3", "rate_limited:1", "unavailable:1")
"""The call succeeds in the end, with a clear answer."""
LOST = ("error_500", "drop")
"""The call has no effect, and the outcome is unknown."""
READ_SECONDS = 4
"""The read timeout: long enough for a sandbox on a busy machine. The answer of `slow:8` comes after it."""
ACCEPTED = ("error_500_after_accept", "accept_then_drop", "accept_then_stall", "garbage", "slow:8")
"""The call has its effect, and the outcome is unknown."""
REFUSED_AFTER = ("rate_limited_after_accept",)
"""The call has its effect, but the vendor answers that it did not process it; creates only."""
LATE = ("gateway_timeout:1",)
"""The call has its effect after a gateway has answered with a timeout; creates only."""
ABSENT = "absent"
FINAL = ("reject", "auth_failed", "no_lookup", "too_late", ABSENT)
"""The vendor refuses the call for good."""
REFUSED_ENDS = ("attention", "failed", "undo_failed", "undo_refused")
REPEATS = 5
"""How often a vendor refuses a call for good: a busy machine can lose an answer, and then the call is repeated."""


@dataclass(frozen=True)
class Scenario:
    """One cell of the matrix.

    The faults of `before` are scripted before the execution, those of `then` before the undo.
    """

    kind: str
    what: str
    end: End
    before: tuple[tuple[str, str], ...] = ()
    then: tuple[tuple[str, str], ...] = ()
    safety: str = "lookup_strong"
    answers_after: float = 0.0

    def repeats(self, fault: str) -> int:
        """Return how often a fault is scripted: a call that is refused for good stays refused."""
        return REPEATS if fault in FINAL and self.end in REFUSED_ENDS else 1

    def count_unmet(self, target: str, left: int) -> int:
        """Return how many of the target's faults no call has met, if `left` scripted ones are left."""
        faults = [fault for name, fault in (*self.before, *self.then) if name == target]
        met = sum(map(self.repeats, faults)) - left
        return max(len(faults) - met, 0)


def stays(scenario: Scenario) -> bool:
    """Whether the void or the cancellation is refused for good, so that the item stays live."""
    return scenario.what.rpartition("-")[2] in ("reject", "auth_failed", ABSENT, "too_late")
