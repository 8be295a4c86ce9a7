"""How many the dispatcher lets in, and whom beside them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from activities.payloads import Limits
from domain.operations import Run
from domain.ports.runs import QueueState
from engine import dispatcher as dispatching
from engine.concurrency_limit import FIRST, ConcurrencyLimit
from engine.dispatcher import Admission, Dispatcher
from tests.fixtures.polling import eventually
from tests.unit.engine.test_fair_queue import OURS, THEIRS, a_run

LONG = 3600.0
MANY = 40


class NoRuns:
    """A table of runs in which nothing waits."""

    async def queue_states(self) -> list[QueueState]:
        return []

    async def mark_started(self, runs: Sequence[Run]) -> None: ...


class Temporal:
    """Notes what is started, and takes its time over it."""

    def __init__(self) -> None:
        self.started: list[Run] = []
        self.is_new = True

    async def start(self, client: Any, run: Run, *rest: Any, **named: Any) -> bool:  # noqa: ARG002 - as the real one
        self.started.append(run)
        return self.is_new

    def of(self, organization_id: UUID) -> list[Run]:
        return [run for run in self.started if run.organization_id == organization_id]


@pytest.fixture
def temporal(monkeypatch: pytest.MonkeyPatch) -> Temporal:
    temporal = Temporal()
    monkeypatch.setattr(dispatching, "start", temporal.start)
    return temporal


@pytest.fixture
def full_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No start teaches anything: as few may move as at first. The sweep by the clock, which looks anew, never comes."""
    monkeypatch.setattr(ConcurrencyLimit, "record_start", lambda *_, **__: None)
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", LONG)


@asynccontextmanager
async def dispatching_to() -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(NoRuns(), Admission(max_open=MANY), Limits())  # type: ignore[arg-type]  # no more is asked for
    task = asyncio.create_task(dispatcher.run(None))  # type: ignore[arg-type]  # `start` is not the real one
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def started(temporal: Temporal, count: int, organization_id: UUID = OURS) -> list[Run]:
    """Wait for so many; return them."""

    async def there() -> bool:
        return len(temporal.of(organization_id)) >= count

    await eventually(there, 10.0, f"{count} are started")
    return temporal.of(organization_id)


@pytest.mark.usefixtures("full_engine")
async def test_few_are_let_in_at_first_though_many_wait(temporal: Temporal) -> None:
    async with dispatching_to() as dispatcher:
        dispatcher.offer([a_run() for _ in range(MANY)])
        runs = await started(temporal, int(FIRST))
        assert dispatcher.queue_size == MANY - int(FIRST)
        dispatcher.release(runs[0].operation_id)
        await started(temporal, int(FIRST) + 1)


async def test_more_are_let_in_where_starts_are_as_fast_as_ever(temporal: Temporal) -> None:
    """Each that ends is followed by one or more: in the end more move than at first."""
    async with dispatching_to() as dispatcher:
        dispatcher.offer([a_run() for _ in range(MANY)])
        ended = 0
        while len(temporal.started) - ended < 2 * FIRST:
            ended += 1
            dispatcher.release((await started(temporal, ended))[ended - 1].operation_id)
            await started(temporal, ended + int(FIRST))
        assert dispatcher.queue_size


async def test_starts_of_runs_that_were_started_before_teach_nothing(
    temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are answered at once, however full the engine is."""
    learned: list[float] = []
    monkeypatch.setattr(ConcurrencyLimit, "record_start", lambda _, seconds, *__, **___: learned.append(seconds))
    async with dispatching_to() as dispatcher:
        temporal.is_new = False
        dispatcher.offer([a_run()])
        await started(temporal, 1)
        temporal.is_new = True
        dispatcher.offer([a_run(THEIRS)])
        await started(temporal, 1, THEIRS)

        async def one() -> bool:
            return bool(learned)

        await eventually(one, 10.0, "a start is learned from")
        assert len(learned) == 1


@pytest.mark.usefixtures("full_engine")
async def test_runs_that_were_started_before_take_nobodys_place(temporal: Temporal) -> None:
    """They may have ended by now, and nobody would tell that they did: none of these here ever leaves."""
    temporal.is_new = False
    async with dispatching_to() as dispatcher:
        dispatcher.offer([a_run() for _ in range(MANY)])
        await started(temporal, MANY)


@pytest.mark.usefixtures("full_engine")
async def test_an_organization_of_which_nothing_moves_enters_though_the_engine_is_full(temporal: Temporal) -> None:
    """One of its runs does, not two."""
    async with dispatching_to() as dispatcher:
        dispatcher.offer([a_run() for _ in range(MANY)])
        await started(temporal, int(FIRST))
        dispatcher.offer([a_run(THEIRS) for _ in range(2)])
        await started(temporal, 1, THEIRS)
        assert dispatcher.queue_size == MANY - int(FIRST) + 1


async def first_of_theirs_ended(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """Fill the engine with ours; one of their two runs is let in all the same, and ends."""
    dispatcher.offer([a_run() for _ in range(MANY)])
    await started(temporal, int(FIRST))
    dispatcher.offer([a_run(THEIRS), a_run(THEIRS)])
    (first,) = await started(temporal, 1, THEIRS)
    dispatcher.release(first.operation_id)


@pytest.mark.usefixtures("full_engine")
async def test_it_does_so_only_once_in_a_while(temporal: Temporal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one that runs single ones without a pause would have an engine of its own beside that of the others."""
    monkeypatch.setattr(dispatching, "BESIDE_SECONDS", LONG)
    async with dispatching_to() as dispatcher:
        await first_of_theirs_ended(dispatcher, temporal)
        # Full as before: the next place is one that somebody leaves.
        dispatcher.offer([a_run(UUID(int=1))])
        await started(temporal, 1, UUID(int=1))
        assert len(temporal.of(THEIRS)) == 1


@pytest.mark.usefixtures("full_engine")
async def test_it_is_let_in_again_without_anybodys_leaving(temporal: Temporal) -> None:
    async with dispatching_to() as dispatcher:
        await first_of_theirs_ended(dispatcher, temporal)
        await started(temporal, 2, THEIRS)
        assert len(temporal.of(OURS)) == FIRST
