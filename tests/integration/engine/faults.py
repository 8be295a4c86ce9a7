"""The faults of a matrix, and one cell of it: which fault on which call, and how the operation has to end."""

from dataclasses import dataclass
from typing import Literal

End = Literal["completed", "failed", "attention", "undone", "undo_failed", "undo_refused"]
"""`undo_failed` needs a person; `undo_refused` is the other side's plain no, with nothing taken back: an answer."""

HARMLESS = ("ok", "slow:0.3", "rate_limited:1", "unavailable:1")
"""It happens, sooner or later, and everybody knows."""
LOST = ("error_500", "drop")
"""It did not happen, and nobody knows."""
ACCEPTED = ("error_500_after_accept", "accept_then_drop", "accept_then_stall", "garbage", "slow:3")
"""It happened, and the caller can't know."""
REFUSED_AFTER = ("rate_limited_after_accept",)
"""It happened, and the vendor says that it was not even looked at: creates only."""
LATE = ("gateway_timeout:1",)
"""It happens after something before the vendor said that it gave up: creates only."""
ABSENT = "absent"


@dataclass(frozen=True)
class Scenario:
    """One cell of the matrix.

    `before` is scripted before the execution, `then` before the undo, where there is one.
    """

    kind: str
    what: str
    end: End
    before: tuple[tuple[str, str], ...] = ()
    then: tuple[tuple[str, str], ...] = ()
    safety: str = "lookup_strong"
    answers_after: float = 0.0


def stays(scenario: Scenario) -> bool:
    """Whether taking the label or the fulfillment back is refused for good, so that it stays live."""
    return scenario.what.rpartition("-")[2] in ("reject", "auth_failed", ABSENT, "too_late")
