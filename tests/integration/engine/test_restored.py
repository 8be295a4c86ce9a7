"""Postgres is restored from a backup that is older than the data of Temporal and of the vendors.

Each story is a generator of three parts: before the backup, after it, and after the restore. It receives the engine
of the next part. Operations that it yields are executed again right after the restore. All stories share one restore.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import psycopg
import pytest
from _pytest.logging import LogCaptureHandler
from psycopg.conninfo import conninfo_to_dict

from bootstrap.container import open_container
from bootstrap.runtime.metrics import LABELS
from bootstrap.settings import Settings
from domain.operations import NO_OPTIONS, Operation, OperationStatus, RunKind
from domain.ports.events import Place
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.fixtures.temporal import TemporalServer
from tests.integration.engine.restored_stories import LATER, STORIES, Story
from tests.integration.engine.test_waiting import wait_until_pushed


@dataclass
class Restored:
    """The engine on the restored database, and the stories that continue there."""

    rig: Rig
    stories: dict[str, Story]
    forgotten: list[str]
    url: str
    ended: list[logging.LogRecord]
    replaced_before: set[tuple[str, int, str]]
    in_backup: Place
    after_backup: Place


@pytest.fixture(scope="module")
async def restored(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> AsyncIterator[Restored]:
    """Run all stories up to the restore."""
    await temporal_server.ready()
    namespace = temporal_server.new_namespace()
    url = postgres_server.create()
    settings = settings_for(url, temporal_server.address)
    stories: dict[str, Story] = {}
    async with contextlib.AsyncExitStack() as open_:
        async with running_engine(settings, namespace) as rig:
            for tell in STORIES:
                shop = await rig.shop(await open_.enter_async_context(sandboxes.one()))
                stories[tell.__name__] = tell(rig, shop)
                await anext(stories[tell.__name__])
            in_backup = await rig.container.event_feed.number()
        backup = postgres_server.create(template=str(conninfo_to_dict(url)["dbname"]))
        async with running_engine(settings, namespace) as rig:
            asked = [await story.asend(rig) for story in stories.values()]
            shop = await rig.shop(await open_.enter_async_context(sandboxes.one()))
            forgotten = await rig.complete(shop, "create_shipment")
            await eventually(lambda: _all_listed(rig, url), 60.0, "Temporal lists every run")
            after_backup = await rig.container.event_feed.number()
        settings = settings.model_copy(update={"database_url": backup})
        await _ask_again(settings, [shipment for shipment in asked if shipment is not None])
        handler, before = open_.enter_context(_collect_ends()), _list_replaced(backup)
        async with running_engine(settings, namespace) as rig:
            workflow_ids = [run.workflow_id for run in forgotten.runs]
            yield Restored(rig, stories, workflow_ids, backup, handler.records, before, in_backup, after_backup)
    postgres_server.drop(url)
    postgres_server.drop(backup)


@contextlib.contextmanager
def _collect_ends() -> Iterator[LogCaptureHandler]:
    """Collect the logged ends of runs."""
    handler, logger = LogCaptureHandler(), logging.getLogger("orderly.runs")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)


def _list_replaced(url: str) -> set[tuple[str, int, str]]:
    """Return operation, run and organization of each run that another one replaced."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("select operation_id, run, organization_id from runs where result = 'drift'")
        return {(str(operation), run, str(owner)) for operation, run, owner in rows}


async def _all_listed(rig: Rig, url: str) -> bool:
    """Whether Temporal's list shows every run; the list lags, and the engine finds a missing run a minute later."""
    with psycopg.connect(url) as connection:
        runs = {ident for (ident,) in connection.execute("select workflow_id from runs where started_at is not null")}
    return runs <= {workflow.id async for workflow in rig.client.list_workflows()}


async def _ask_again(settings: Settings, asked: Sequence[tuple[Shop, Operation]]) -> None:
    """Execute operations on the restored database before the engine compares it with Temporal."""
    async with open_container(settings) as container:
        for shop, operation in asked:
            async with container.database.organization(shop.organization_id) as data:
                assert await data.operations.start_run(
                    operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING
                )


@pytest.mark.parametrize("name", [tell.__name__ for tell in STORIES])
async def test_each_story_ends_well_after_the_restore(restored: Restored, name: str) -> None:
    with contextlib.suppress(StopAsyncIteration):
        await restored.stories[name].asend(restored.rig)
        pytest.fail("the story has more than three parts")


async def test_runs_without_an_operation_are_listed(restored: Restored) -> None:
    """Every comparison lists the runs that the restored database does not know, and counts the new ones."""
    search = restored.rig.container.lost_runs_search(restored.rig.workflows)
    assert await search.compare() == len(restored.forgotten)
    assert set(search.orphans) == set(restored.forgotten)
    assert await search.compare() == 0
    assert set(search.orphans) == set(restored.forgotten)


async def test_each_replaced_run_is_logged(restored: Restored) -> None:
    """Once, with the ids of its operation and organization; the workflow of a replaced run can't log its end."""

    def logged() -> list[tuple[str, int, str]]:
        lines = [line.__dict__ for line in restored.ended]
        facts = [(line["operation_id"], line["run"], line["organization_id"], line["status"]) for line in lines]
        # The runs that only Temporal has name no organization.
        return [(operation, run, owner) for operation, run, owner, status in facts if status == "drift" and owner]

    replaced = _list_replaced(restored.url) - restored.replaced_before

    async def are_logged() -> bool:
        return replaced <= set(logged())

    assert replaced
    await eventually(are_logged)
    found = logged()
    assert len(found) == len(set(found))
    assert set(found) <= _list_replaced(restored.url)


async def test_places_of_lost_events_are_recognized(restored: Restored) -> None:
    """Also if new events have taken their positions."""
    feed = restored.rig.container.event_feed
    assert await feed.includes(restored.in_backup)
    assert not await feed.includes(restored.after_backup)


async def test_runs_opened_after_the_restore_are_not_doubted(restored: Restored, sandbox: Sandbox) -> None:
    """Another comparison changes nothing: each starting worker compares, and unknown runs stay listed for months."""
    rig = restored.rig
    shop = await rig.shop(sandbox)
    operation = await rig.new(shop, "push_fulfillment")
    await sandbox.answers_after(LATER)
    await rig.begin(shop, operation)
    await wait_until_pushed(rig, shop, operation)

    assert await rig.container.lost_runs_search(rig.workflows).compare() == len(restored.forgotten)

    record = await rig.wait_closed(shop, operation)
    assert [(run.run, run.options) for run in record.runs] == [(1, NO_OPTIONS)]
    assert record.operation.status is OperationStatus.COMPLETED


async def test_metrics_count_the_restored_operations(restored: Restored) -> None:
    """Every figure of the metrics has its label."""
    found = {(metric.name, metric.label): metric.value for metric in await restored.rig.container.stored_metrics.read()}
    assert found["attention", "outcome_unknown"] == found["effects", "unknown"] == 1
    assert found["operations", "undone"] == 1
    assert found["operations", "completed"] == len(STORIES) - 3 + 1
    assert {figure: label for figure, label in found if label not in LABELS[figure]} == {}
