"""Bulk actions in Postgres: each operation changes at most once, even if workers race, fail or are interrupted."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from api.bulk_actions.attempt import Attempt
from bootstrap.container import Container
from domain.bulk_actions import BulkAction, BulkActionKind, ItemResult, ItemStatus, NewBulkAction
from domain.errors import Unavailable
from domain.ports.stores import OrganizationData
from engine.bulk_actions import BulkActionWorker
from tests.fixtures.rows import Rows
from tests.integration.postgres.old_operations import prune_all

MANY = 60
LIMIT = 1_000


@pytest.fixture
def attempt(container: Container) -> Attempt:
    """The attempts of the service."""
    return Attempt(container.types, container.database.clock)


@pytest.fixture
def worker(database: Database, attempt: Attempt) -> BulkActionWorker:
    """A worker as in the service."""
    return BulkActionWorker(database, attempt, lambda: None)


async def create(database: Database, organization: UUID, kind: str, ids: list[UUID]) -> BulkAction:
    new = NewBulkAction(BulkActionKind(kind), ids, {}, force=False, reason=None)
    async with database.organization(organization) as data:
        return await data.bulk_actions.create(new, LIMIT)


async def get(database: Database, organization: UUID, ident: UUID) -> BulkAction:
    async with database.autocommit(organization) as data:
        found = await data.bulk_actions.get(ident)
    assert found is not None
    return found


async def work_off(worker: BulkActionWorker) -> None:
    while await worker.work_once():
        pass


def assert_counted(rows: Rows) -> None:
    """The counts of each action equal the number of its items."""
    counted = ", ".join(f"count(*) filter (where status = '{status}')::int" for status in ItemStatus)
    wrong = rows.value(
        f"select count(*) from bulk_actions as action where ({', '.join(ItemStatus)}) is distinct from"
        f" (select row({counted}) from bulk_items where bulk_action_id = action.id)"
    )
    assert wrong == 0


def end_runs(rows: Rows, result: str, status: str, **columns: Any) -> None:
    """Close every run, as its workflow does."""
    rows.run("update runs set closed_at = now(), result = %s where closed_at is null", result)
    for operation in rows.select("operations", status="executing"):
        rows.update("operations", operation["id"], status=status, **columns)


def settle_now(rows: Rows) -> None:
    rows.run("update bulk_actions set settle_at = now()")


async def test_racing_workers_and_actions_change_each_operation_once(
    database: Database, rows: Rows, organization: UUID, attempt: Attempt
) -> None:
    """Two actions contain the same operations, in opposite order; six workers and single calls race for them."""
    ids = [rows.insert_operation(type=("a", "b", "c")[number % 3]) for number in range(MANY)]
    actions = [await create(database, organization, kind, ids) for kind in ("execute", "execute", "cancel")]
    workers = [BulkActionWorker(database, attempt, lambda: None) for _ in range(6)]

    async def cancel(ident: UUID) -> int:
        async with database.autocommit(organization) as data:
            return 0 if await data.operations.cancel(ident) is None else 1

    _, singles = await asyncio.gather(
        asyncio.gather(*map(work_off, workers)), asyncio.gather(*(cancel(ident) for ident in ids[::7]))
    )
    await work_off(workers[0])

    found = [await get(database, organization, action.id) for action in actions]
    assert [action.waiting for action in found] == [0, 0, 0]
    assert sum(action.running + action.succeeded for action in found) + sum(singles) == MANY
    assert rows.value("select count(*) from runs") == found[0].running + found[1].running
    assert rows.value("select count(*) = count(distinct operation_id) from runs")
    assert_counted(rows)


async def test_runs_of_a_bulk_can_be_taken_by_any_dispatcher_at_once(
    database: Database, rows: Rows, organization: UUID, worker: BulkActionWorker
) -> None:
    await create(database, organization, "execute", [rows.insert_operation() for _ in range(3)])
    await work_off(worker)
    assert rows.value("select count(*) from runs where lease_until < clock_timestamp()") == 3


async def test_an_interrupted_transaction_changes_nothing(
    database: Database, rows: Rows, organization: UUID, attempt: Attempt, worker: BulkActionWorker
) -> None:
    """Neither the operations nor the items: another worker begins with the same items."""
    action = await create(database, organization, "execute", [rows.insert_operation() for _ in range(5)])
    tried: list[UUID] = []

    async def interrupt(data: OrganizationData, action: BulkAction, operation_id: UUID) -> ItemResult:
        if len(tried) == 3:
            raise Unavailable
        tried.append(operation_id)
        return await attempt(data, action, operation_id)

    await BulkActionWorker(database, interrupt, lambda: None).work_once()
    assert (await get(database, organization, action.id)).waiting == 5
    assert rows.select("runs") == []

    await work_off(worker)
    assert (await get(database, organization, action.id)).running == 5
    assert len(rows.select("runs")) == 5


async def test_a_broken_action_does_not_hold_up_other_organizations(
    database: Database, rows: Rows, organization: UUID, other_rows: Rows, worker: BulkActionWorker
) -> None:
    """Postgres refuses the new counts of one action; the worker continues with the others."""
    broken = await create(database, organization, "cancel", [rows.insert_operation()])
    condition = f"succeeded = 0 or organization_id <> '{organization}'"
    rows.run(f"alter table bulk_actions add constraint broken check ({condition})")
    try:
        stranger = other_rows.organization_id
        other = await create(database, stranger, "cancel", [other_rows.insert_operation()])
        await worker.work_once()
        await worker.work_once()
    finally:
        rows.run("alter table bulk_actions drop constraint broken")

    assert (await get(database, stranger, other.id)).succeeded == 1
    assert (await get(database, organization, broken.id)).waiting == 1
    assert rows.select_one("operations")["status"] == "pending"


async def test_a_bug_skips_its_item_only(database: Database, rows: Rows, organization: UUID, attempt: Attempt) -> None:
    ids = [rows.insert_operation() for _ in range(5)]
    action = await create(database, organization, "cancel", ids)

    async def stumble(data: OrganizationData, action: BulkAction, operation_id: UUID) -> ItemResult:
        if operation_id == ids[2]:
            raise ZeroDivisionError
        return await attempt(data, action, operation_id)

    await work_off(BulkActionWorker(database, stumble, lambda: None))

    found = await get(database, organization, action.id)
    assert (found.succeeded, found.skipped) == (4, 1)
    (skipped,) = rows.select("bulk_items", status="skipped")
    assert (skipped["operation_id"], skipped["error"]["code"]) == (ids[2], "internal_error")
    assert_counted(rows)


@pytest.mark.parametrize(
    ("result", "status", "columns", "expected"),
    [
        ("completed", "completed", {}, ("succeeded", None)),
        ("failed", "failed", {"error": {"code": "rejected", "message": "no"}}, ("failed", "rejected")),
        (
            "attention",
            "executing",
            {"attention": {"reason": "outcome_unknown", "choices": []}},
            ("failed", "outcome_unknown"),
        ),
        ("cancelled", "cancelled", {}, ("failed", "cancelled")),
    ],
)
async def test_an_item_gets_the_result_of_its_run(  # noqa: PLR0917 - fixtures and cases are passed by name
    database: Database,
    rows: Rows,
    organization: UUID,
    worker: BulkActionWorker,
    result: str,
    status: str,
    columns: dict[str, Any],
    expected: tuple[str, str | None],
) -> None:
    action = await create(database, organization, "execute", [rows.insert_operation()])
    await work_off(worker)
    end_runs(rows, result, status, **columns)
    settle_now(rows)
    await worker.work_once()

    item = rows.select_one("bulk_items")
    assert (item["status"], (item["error"] or {}).get("code")) == expected
    assert (await get(database, organization, action.id)).ended_at is not None
    assert_counted(rows)


async def test_a_held_run_is_followed_until_its_successor_ends(
    database: Database, rows: Rows, organization: UUID, worker: BulkActionWorker
) -> None:
    """So is a run that drifted."""
    operation_id = rows.insert_operation()
    await create(database, organization, "execute", [operation_id])
    await work_off(worker)
    for run, result in ((2, "held"), (3, "drift")):
        end_runs(rows, result, "executing")
        rows.insert_run(operation_id, run)
        settle_now(rows)
        await worker.work_once()
        assert rows.select_one("bulk_items")["status"] == "running"
    end_runs(rows, "completed", "completed")
    settle_now(rows)
    await worker.work_once()
    assert rows.select_one("bulk_items")["status"] == "succeeded"


async def test_a_later_run_of_a_client_does_not_change_the_result(
    database: Database, rows: Rows, organization: UUID, worker: BulkActionWorker
) -> None:
    """The client retried after the action's run had failed, before the worker read the results."""
    operation_id = rows.insert_operation()
    await create(database, organization, "execute", [operation_id])
    await work_off(worker)
    end_runs(rows, "failed", "failed", error={"code": "rejected"})
    rows.insert_run(operation_id, 2)
    settle_now(rows)
    await worker.work_once()
    assert rows.select_one("bulk_items")["status"] == "failed"


@pytest.mark.parametrize(("kind", "order"), [("execute", 1), ("cancel", 1), ("retry", 1), ("undo", -1)])
async def test_a_worker_tries_the_oldest_first_and_an_undo_the_newest(  # noqa: PLR0917 - passed by name
    database: Database, rows: Rows, organization: UUID, attempt: Attempt, kind: str, order: int
) -> None:
    tried: list[UUID] = []

    async def note(data: OrganizationData, action: BulkAction, operation_id: UUID) -> ItemResult:
        tried.append(operation_id)
        return await attempt(data, action, operation_id)

    ids = [rows.insert_operation("cancelled") for _ in range(4)]
    await create(database, organization, kind, [ids[2], ids[0], ids[3], ids[1]])
    await work_off(BulkActionWorker(database, note, lambda: None))
    assert tried == ids[::order]


async def test_items_that_are_not_final_keep_their_operations(
    database: Database, rows: Rows, organization: UUID, worker: BulkActionWorker
) -> None:
    """Retention deletes an operation only after its items, and an action only after its operations."""
    old = rows.insert_operation("cancelled", updated_at="2020-01-01T00:00:00Z")
    action = await create(database, organization, "cancel", [old])
    assert await prune_all(database) == 0

    await work_off(worker)
    rows.run("update bulk_actions set ended_at = '2020-01-01T00:00:00Z'")
    assert (await get(database, organization, action.id)).skipped == 1
    assert await prune_all(database) == 1
    assert rows.select("bulk_items") == rows.select("bulk_actions") == []
