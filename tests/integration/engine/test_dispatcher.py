"""How many runs the dispatcher starts at first, and when another organization's run is started beside them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.payloads import Limits
from bootstrap.container import Container
from domain.operations import Run
from engine import dispatcher as dispatching
from engine.concurrency_limit import FIRST, ConcurrencyLimit
from engine.dispatcher import Admission, Dispatcher
from tests.fixtures.polling import eventually
from tests.fixtures.runs import OURS, THEIRS, build_run

LONG = 3600.0
MANY = 40


class Temporal:
    """Records the runs that are started."""

    def __init__(self) -> None:
        self.started: list[Run] = []
        self.is_new = True

    async def start(self, _client: Any, run: Run, *_: Any, **__: Any) -> bool:
        self.started.append(run)
        return self.is_new

    def runs_of(self, organization_id: UUID) -> list[Run]:
        return [run for run in self.started if run.organization_id == organization_id]


@pytest.fixture
def temporal(monkeypatch: pytest.MonkeyPatch) -> Temporal:
    temporal = Temporal()
    monkeypatch.setattr(dispatching, "start", temporal.start)
    return temporal


@pytest.fixture
def full_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the first concurrency limit and the places of runs, and never look at the table of runs again."""
    monkeypatch.setattr(ConcurrencyLimit, "record_start", lambda *_, **__: None)
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", LONG)
    monkeypatch.setattr(dispatching, "SLOT_SECONDS", LONG)


@pytest.fixture
async def dispatcher(container: Container, temporal: Temporal) -> AsyncIterator[Dispatcher]:  # noqa: ARG001 (it is patched first)
    """A running dispatcher on an empty table of runs."""
    dispatcher = Dispatcher(container.runs, Admission(max_open=MANY), Limits())
    task = asyncio.create_task(dispatcher.run(None))  # type: ignore[arg-type]  # `start` is not the real one
    yield dispatcher
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def wait_for_starts(temporal: Temporal, count: int, organization_id: UUID = OURS) -> list[Run]:
    """Wait until `count` runs of an organization are started, and return them."""

    async def are_started() -> bool:
        return len(temporal.runs_of(organization_id)) >= count

    await eventually(are_started, 10.0, f"{count} are started")
    return temporal.runs_of(organization_id)


@pytest.mark.usefixtures("full_engine")
async def test_few_runs_are_started_at_first_although_many_wait(dispatcher: Dispatcher, temporal: Temporal) -> None:
    dispatcher.offer([build_run() for _ in range(MANY)])
    runs = await wait_for_starts(temporal, int(FIRST))
    assert dispatcher.queue_size == MANY - int(FIRST)
    dispatcher.release(runs[0].operation_id)
    await wait_for_starts(temporal, int(FIRST) + 1)


async def test_the_limit_grows_while_starts_stay_fast(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """Each run that ends is followed by one or more."""
    dispatcher.offer([build_run() for _ in range(MANY)])
    ended = 0
    while len(temporal.started) - ended < 2 * FIRST:
        ended += 1
        dispatcher.release((await wait_for_starts(temporal, ended))[ended - 1].operation_id)
        await wait_for_starts(temporal, ended + int(FIRST))
    assert dispatcher.queue_size


async def test_only_new_starts_change_the_limit(
    dispatcher: Dispatcher, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal answers at once for a run that it has already."""
    learned: list[float] = []
    monkeypatch.setattr(ConcurrencyLimit, "record_start", lambda _, seconds, *__, **___: learned.append(seconds))
    temporal.is_new = False
    dispatcher.offer([build_run()])
    await wait_for_starts(temporal, 1)
    temporal.is_new = True
    dispatcher.offer([build_run(THEIRS)])
    await wait_for_starts(temporal, 1, THEIRS)

    async def has_learned() -> bool:
        return bool(learned)

    await eventually(has_learned, 10.0, "a start is recorded")
    assert len(learned) == 1


@pytest.mark.usefixtures("full_engine")
async def test_runs_that_were_started_before_take_no_place(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """They may have ended, and no notification would come for them."""
    temporal.is_new = False
    dispatcher.offer([build_run() for _ in range(MANY)])
    await wait_for_starts(temporal, MANY)


@pytest.mark.usefixtures("full_engine")
async def test_an_idle_organization_gets_one_run_beside_a_full_engine(
    dispatcher: Dispatcher, temporal: Temporal
) -> None:
    """Its second run waits."""
    dispatcher.offer([build_run() for _ in range(MANY)])
    await wait_for_starts(temporal, int(FIRST))
    dispatcher.offer([build_run(THEIRS) for _ in range(2)])
    await wait_for_starts(temporal, 1, THEIRS)
    assert dispatcher.queue_size == MANY - int(FIRST) + 1


@pytest.mark.usefixtures("full_engine")
async def test_it_gets_the_next_although_none_of_ours_has_ended(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """Ours may hang for long: theirs follow each other without a pause, and ours get no place of theirs."""
    dispatcher.offer([build_run() for _ in range(MANY)])
    await wait_for_starts(temporal, int(FIRST))
    dispatcher.offer([build_run(THEIRS) for _ in range(MANY)])
    for ended in range(MANY - 1):
        dispatcher.release((await wait_for_starts(temporal, ended + 1, THEIRS))[ended].operation_id)
    await wait_for_starts(temporal, MANY, THEIRS)
    assert len(temporal.runs_of(OURS)) == FIRST


@pytest.mark.usefixtures("full_engine")
async def test_many_that_hang_leave_places_to_others(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """As many organizations as the engine has places, of which each has a run that hangs."""
    organizations = [uuid4() for _ in range(Admission().max_in_flight)]
    for organization_id in organizations:
        dispatcher.offer([build_run(organization_id)])
        await wait_for_starts(temporal, 1, organization_id)
    dispatcher.offer([build_run(THEIRS)])
    await wait_for_starts(temporal, 1, THEIRS)
