"""The progress of an executing operation: its cause for waiting."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.pauses import PauseCause


class ProgressState(StrEnum):
    """The cause of the wait."""

    ACCOUNT_PAUSED = "account_paused"
    LOOKING = "looking"


@dataclass(frozen=True, slots=True)
class Progress:
    """Why and since when the operation waits; fields that do not apply are None.

    `next_look_at` is when the service next asks the vendor, or starts one run of a paused account as a probe. `until`
    is when it gives up, and `not_before` is when a person may first resolve the step. `cause`, `reason` and the id
    belong to the paused account or bridge.
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
