"""What the comparison of Temporal with Postgres asks of the store: across organizations."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.drift import ListedRun
from domain.operations import Run


class RecallResult(StrEnum):
    """What became of an operation whose runs Postgres had forgotten."""

    GOES_ON = "goes_on"
    ATTENTION = "attention"
    BUSY = "busy"
    """A run of it is open, which is settled first."""
    NO_OPERATION = "no_operation"
    """The operation itself is not in Postgres."""


class LostRuns(Protocol):
    """Every method may raise `Unavailable`."""

    async def unknown(self, listed: Sequence[ListedRun]) -> list[ListedRun]:
        """Return those of the runs that Postgres does not know, and running ones whose name is another run's here."""

    async def recall(self, operation_id: UUID, lost: Sequence[ListedRun]) -> RecallResult:
        """Open the run that settles what was forgotten, or ask for a person."""

    async def open_runs(self) -> list[Run]:
        """Return every run that is not closed."""
