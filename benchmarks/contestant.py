"""Who takes part: a contestant starts its servers in an empty folder, and offers one subject or more."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class NotDone(Exception):
    """Something did not come to its proper end."""


class Subject(Protocol):
    """Something that can be done again and again."""

    name: str

    async def __call__(self, client: int) -> None:
        """Do it once, as the client of that number; raise where it did not succeed."""


@dataclass(frozen=True, slots=True)
class Work:
    """What was done: operations completed as the clients saw it, and labels live in the sandbox."""

    operations: int
    labels: int


@dataclass(frozen=True)
class Running:
    """A contestant whose servers run.

    Attributes:
        subjects: what can be done with it.
        pids: its processes by group: service, worker, engine, postgres, sandbox.
        check: counts the work done, and raises `NotDone` where not every operation bought its one label.
    """

    subjects: Sequence[Subject]
    pids: Mapping[str, int]
    check: Callable[[], Awaitable[Work]]


class Contestant(Protocol):
    """One that takes part."""

    name: str

    def versions(self) -> str:
        """Say what it is made of; raise `Missing` where a part can't be had on this machine."""

    def start(self, folder: Path) -> AbstractAsyncContextManager[Running]:
        """Start its servers in an empty folder; end them afterwards."""
