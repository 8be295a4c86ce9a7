"""What an operation waits for while it is executing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.pauses import PauseCause


class ProgressState(StrEnum):
    """What the operation waits for."""

    ACCOUNT_PAUSED = "account_paused"
    LOOKING = "looking"


@dataclass(frozen=True, slots=True)
class Progress:
    """What the operation waits for, and since when; what does not apply is None.

    `next_look_at` is when the service looks next: asks the vendor, or lets one run of a paused account in. `until` is
    when it gives up, and `not_before` is when a person may first settle the step. `cause`, `reason` and the id are
    those of the paused account or bridge.
    """

    state: ProgressState
    step: str | None = None
    since: datetime | None = None
    next_look_at: datetime | None = None
    until: datetime | None = None
    not_before: datetime | None = None
    cause: PauseCause | None = None
    reason: str | None = None
    carrier_account_id: UUID | None = None
    bridge_id: UUID | None = None
