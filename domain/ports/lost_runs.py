"""The port for lost runs: compares Temporal's runs with those in Postgres, across organizations."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.drift import ListedRun
from domain.operations import Run


class RecallResult(StrEnum):
    """The result of recalling an operation whose runs Postgres lost."""

    GOES_ON = "goes_on"
    ATTENTION = "attention"
    BUSY = "busy"
    """A run of the operation is open, and is settled first."""
    NO_OPERATION = "no_operation"
    """The operation itself is not in Postgres."""


class LostRuns(Protocol):
    """Every method may raise `Unavailable`."""

    async def unknown(self, listed: Sequence[ListedRun]) -> list[ListedRun]:
        """Return the runs that Postgres does not have, and running ones whose workflow id belongs to another run."""

    async def recall(self, operation_id: UUID, lost: Sequence[ListedRun]) -> RecallResult:
        """Open the run that settles the lost ones, or set `attention`."""

    async def open_runs(self) -> list[Run]:
        """Return every open run."""
