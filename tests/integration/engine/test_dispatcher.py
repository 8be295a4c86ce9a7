"""The dispatcher's first concurrency limit, its growth, and the runs of a second organization."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client

from activities.payloads import Limits
from adapters.temporal.own_workflows import OwnWorkflows
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
    """Records the started runs."""

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
    """Keep the first concurrency limit and all slots in use, and never read the table of runs again."""
    monkeypatch.setattr(ConcurrencyLimit, "record_start", lambda *_, **__: None)
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", LONG)
    monkeypatch.setattr(dispatching, "SLOT_SECONDS", LONG)


@pytest.fixture
async def dispatcher(container: Container, temporal: Temporal) -> AsyncIterator[Dispatcher]:  # noqa: ARG001 (this fixture must run first)
    """A running dispatcher on an empty table of runs."""
    dispatcher = Dispatcher(container.runs, Admission(max_open=MANY), Limits())
    workflows = OwnWorkflows(cast("Client", None), "orderly-test")  # `start` is not the real one
    task = asyncio.create_task(dispatcher.run(workflows))
    yield dispatcher
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def wait_for_starts(temporal: Temporal, count: int, organization_id: UUID = OURS) -> list[Run]:
    """Wait until `count` runs of an organization are started; return them."""

    async def are_started() -> bool:
        return len(temporal.runs_of(organization_id)) >= count

    await eventually(are_started, 60.0, f"{count} are started")
    return temporal.runs_of(organization_id)


@pytest.mark.usefixtures("full_engine")
async def test_the_dispatcher_starts_few_of_many_runs_at_first(dispatcher: Dispatcher, temporal: Temporal) -> None:
    dispatcher.offer([build_run() for _ in range(MANY)])
    runs = await wait_for_starts(temporal, int(FIRST))
    assert dispatcher.queue_size == MANY - int(FIRST)
    dispatcher.release(runs[0].operation_id)
    await wait_for_starts(temporal, int(FIRST) + 1)


async def test_the_limit_grows_while_starts_stay_fast(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """One or more runs start for each run that ends."""
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
    """Temporal answers at once for a run that it already has."""
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

    await eventually(has_learned, 60.0, "a start is recorded")
    assert len(learned) == 1


@pytest.mark.usefixtures("full_engine")
async def test_runs_that_started_earlier_use_no_slot(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """They may have ended, and no notification would arrive for them."""
    temporal.is_new = False
    dispatcher.offer([build_run() for _ in range(MANY)])
    await wait_for_starts(temporal, MANY)


@pytest.mark.usefixtures("full_engine")
async def test_a_full_engine_starts_one_run_of_an_idle_organization(dispatcher: Dispatcher, temporal: Temporal) -> None:
    """The second run waits."""
    dispatcher.offer([build_run() for _ in range(MANY)])
    await wait_for_starts(temporal, int(FIRST))
    dispatcher.offer([build_run(THEIRS) for _ in range(2)])
    await wait_for_starts(temporal, 1, THEIRS)
    assert dispatcher.queue_size == MANY - int(FIRST) + 1


@pytest.mark.usefixtures("full_engine")
async def test_a_full_engine_starts_another_organizations_runs_in_turn(
    dispatcher: Dispatcher, temporal: Temporal
) -> None:
    """The first organization's runs hang; the other's follow each other and keep their slot."""
    dispatcher.offer([build_run() for _ in range(MANY)])
    await wait_for_starts(temporal, int(FIRST))
    dispatcher.offer([build_run(THEIRS) for _ in range(MANY)])
    for ended in range(MANY - 1):
        dispatcher.release((await wait_for_starts(temporal, ended + 1, THEIRS))[ended].operation_id)
    await wait_for_starts(temporal, MANY, THEIRS)
    assert len(temporal.runs_of(OURS)) == FIRST


@pytest.mark.usefixtures("full_engine")
async def test_many_organizations_with_hanging_runs_leave_slots_to_others(
    dispatcher: Dispatcher, temporal: Temporal
) -> None:
    """There is one hanging run for each slot, each of a different organization."""
    organizations = [uuid4() for _ in range(Admission().max_in_flight)]
    for organization_id in organizations:
        dispatcher.offer([build_run(organization_id)])
        await wait_for_starts(temporal, 1, organization_id)
    dispatcher.offer([build_run(THEIRS)])
    await wait_for_starts(temporal, 1, THEIRS)


async def meet_a_single_run(dispatcher: Dispatcher, temporal: Temporal) -> Run:
    """Let a single run of another organization meet bulk work, one of whose runs then ends; return the single run."""
    dispatcher.offer([build_run() for _ in range(MANY)])
    bulk = await wait_for_starts(temporal, int(FIRST))
    dispatcher.offer([build_run(THEIRS)])
    (single,) = await wait_for_starts(temporal, 1, THEIRS)
    dispatcher.release(bulk[0].operation_id)
    dispatcher.release(bulk[1].operation_id)
    return single


@pytest.mark.usefixtures("full_engine")
async def test_bulk_work_waits_for_single_runs_of_others(
    dispatcher: Dispatcher, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "HOLD_SECONDS", LONG)
    single = await meet_a_single_run(dispatcher, temporal)
    other = build_run(uuid4())
    dispatcher.offer([other])
    await wait_for_starts(temporal, 1, other.organization_id)
    assert len(temporal.runs_of(OURS)) == FIRST
    dispatcher.release(single.operation_id)
    dispatcher.release(other.operation_id)
    await wait_for_starts(temporal, int(FIRST) + 1)


@pytest.mark.usefixtures("full_engine")
async def test_a_long_single_run_does_not_hold_bulk_work(
    dispatcher: Dispatcher, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "HOLD_SECONDS", 0.01)
    await meet_a_single_run(dispatcher, temporal)
    await wait_for_starts(temporal, int(FIRST) + 1)
