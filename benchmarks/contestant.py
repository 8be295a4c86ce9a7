"""Contestants: each starts its servers in an empty folder, and offers one or more subjects to measure."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class NotDone(Exception):
    """A step of a benchmark failed."""


class Subject(Protocol):
    """An action that is measured repeatedly."""

    name: str

    async def __call__(self, client: int) -> None:
        """Perform the action once as client number `client`; raise if it fails."""


@dataclass(frozen=True, slots=True)
class Work:
    """Completed work: operations as the clients saw them, and live labels in the sandbox."""

    operations: int
    labels: int


@dataclass(frozen=True)
class Running:
    """A contestant whose servers run.

    Attributes:
        subjects: the actions to measure.
        pids: its processes by group: service, worker, engine, postgres, sandbox.
        check: counts the completed work; raises `NotDone` unless every operation bought exactly one label.
    """

    subjects: Sequence[Subject]
    pids: Mapping[str, int]
    check: Callable[[], Awaitable[Work]]


class Contestant(Protocol):
    """A participant of the comparison."""

    name: str

    def versions(self) -> str:
        """Return the versions of its parts; raise `Missing` if a part cannot be installed on this machine."""

    def start(self, folder: Path) -> AbstractAsyncContextManager[Running]:
        """Start its servers in an empty folder; stop them at the end of the context."""
