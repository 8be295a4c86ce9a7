"""The cells of a fault matrix: a fault on a call, and the expected end of the operation."""

from dataclasses import dataclass
from typing import Literal

End = Literal["completed", "failed", "attention", "undone", "undo_failed", "undo_refused"]
"""`undo_failed` needs a person. `undo_refused` does not: the vendor refused before anything was compensated."""

HARMLESS = ("ok", "slow:0.3", "rate_limited:1", "unavailable:1")
"""The call succeeds in the end, with a clear answer."""
LOST = ("error_500", "drop")
"""The call has no effect, and the outcome is unknown."""
ACCEPTED = ("error_500_after_accept", "accept_then_drop", "accept_then_stall", "garbage", "slow:3")
"""The call has its effect, and the outcome is unknown."""
REFUSED_AFTER = ("rate_limited_after_accept",)
"""The call has its effect, but the vendor answers that it did not process it; creates only."""
LATE = ("gateway_timeout:1",)
"""The call has its effect after a gateway has answered with a timeout; creates only."""
ABSENT = "absent"
LOOKUPS = ("labels.find", "fulfillments.find")
REPEATS = 5
"""The number of lookups that a refusal meets: a delivery that is repeated on a busy machine looks again."""


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

    def repeats(self, target: str) -> int:
        """Return how often each fault of `before` for the target is scripted: a refused lookup stays refused."""
        return REPEATS if self.end == "attention" and target in LOOKUPS else 1


def stays(scenario: Scenario) -> bool:
    """Whether the void or the cancellation is refused for good, so that the item stays live."""
    return scenario.what.rpartition("-")[2] in ("reject", "auth_failed", ABSENT, "too_late")
