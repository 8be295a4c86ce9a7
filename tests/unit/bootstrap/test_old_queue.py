"""The worker of the old task queue runs only while a run is open there."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import cast

import pytest

from bootstrap.runtime import old_queue
from bootstrap.runtime.old_queue import drain
from domain.errors import Unavailable
from domain.ports.runs import Runs


class Answers:
    """Answers `has_old` with these values, and then always with the last one; None: Postgres is down."""

    def __init__(self, *answers: bool | None) -> None:
        self._answers: Sequence[bool | None] = answers
        self.calls = 0
        self.are_used = asyncio.Event()

    async def has_old(self) -> bool:
        self.calls += 1
        await asyncio.sleep(0)
        if self.calls == len(self._answers) + 3:
            self.are_used.set()
        answer = self._answers[min(self.calls, len(self._answers)) - 1]
        if answer is None:
            raise Unavailable
        return answer


class Work:
    """Counts the starts and ends of the worker."""

    def __init__(self) -> None:
        self.starts = self.ends = 0

    async def __call__(self) -> None:
        self.starts += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.ends += 1


@pytest.mark.parametrize(
    ("answers", "starts", "ends"),
    [
        ((False,), 0, 0),
        ((None,), 0, 0),
        ((False, True), 1, 0),
        ((True, None), 1, 0),
        ((True, True, False), 1, 1),
        ((True, False, True, False), 2, 2),
    ],
)
async def test_the_worker_runs_while_a_run_is_open(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[bool | None, ...], starts: int, ends: int
) -> None:
    monkeypatch.setattr(old_queue, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(old_queue, "LAST_TASK_SECONDS", 0.0)
    runs, work = Answers(*answers), Work()
    async with asyncio.timeout(10):
        task = asyncio.create_task(drain(cast("Runs", runs), work))
        await runs.are_used.wait()
        assert (work.starts, work.ends) == (starts, ends)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert work.starts == work.ends
