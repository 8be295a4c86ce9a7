"""The log pairs each `operation.held` with an `operation.released`, however pauses and starts overlap."""

from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.runs.run_outcome import PostgresRunOutcomes
from adapters.postgres.runs.runs import PostgresRuns
from domain.operations import OperationStatus, Run, RunKind, RunResult
from domain.ports.ledger import RunOutcome
from domain.ports.runs import StartedRun
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation
from tests.integration.postgres.test_start_run import execute

HELD, RELEASED = "operation.held", "operation.released"
TASK_QUEUE = "orderly-test"


@pytest.fixture
def account(rows: Rows) -> UUID:
    return rows.insert_account()


@pytest.fixture
def bridge(rows: Rows) -> UUID:
    return rows.insert_bridge()


@pytest.fixture
async def run(database: Database, organization: UUID, account: UUID, bridge: UUID) -> Run:
    """A run that waits for an account and a bridge."""
    operation = await record_operation(database, organization, touches=(account, bridge))
    started = await execute(database, organization, operation.id)
    assert started is not None
    return started[1]


async def pause(database: Database, organization: UUID, account: UUID) -> None:
    async with database.organization(organization) as data:
        await data.carrier_accounts.pause(account, reason="it moves")


async def resume(database: Database, organization: UUID, account: UUID) -> None:
    async with database.organization(organization) as data:
        await data.carrier_accounts.resume(account, reason="it has moved")


def end(run: Run, result: RunResult) -> RunOutcome:
    return RunOutcome(
        organization_id=run.organization_id, operation_id=run.operation_id, run=run.run, result=result, step="buy_label"
    )


def list_holds(rows: Rows) -> list[str]:
    events = [entry["type"] for entry in rows.select_log(subject_type="operation")]
    return [event.removeprefix("operation.") for event in events if event not in ("operation.created",)]


async def test_a_run_on_its_way_to_temporal_is_released_at_its_start(
    database: Database, rows: Rows, organization: UUID, account: UUID, run: Run
) -> None:
    """The pause comes between the start in Temporal and its record; the end of the pause releases nothing."""
    await pause(database, organization, account)
    await PostgresRuns(database).mark_started([StartedRun(run, TASK_QUEUE)])
    await resume(database, organization, account)

    assert list_holds(rows) == ["executing", "held", "released"]


async def test_a_run_that_ends_before_its_start_is_recorded_is_released(
    database: Database, rows: Rows, organization: UUID, account: UUID, run: Run
) -> None:
    await pause(database, organization, account)
    await PostgresRunOutcomes(database).record(end(run, "completed"))
    await PostgresRuns(database).mark_started([StartedRun(run, TASK_QUEUE)])
    await resume(database, organization, account)

    assert list_holds(rows) == ["executing", "held", "released", "completed"]


async def test_a_run_held_again_is_released_once(
    database: Database, rows: Rows, organization: UUID, account: UUID, run: Run
) -> None:
    """The late record of the first run's start does not release the second run."""
    await pause(database, organization, account)
    await PostgresRunOutcomes(database).record(end(run, "held"))
    await PostgresRuns(database).mark_started([StartedRun(run, TASK_QUEUE)])
    await resume(database, organization, account)

    assert list_holds(rows) == ["executing", "held", "held", "released"]


async def test_a_run_that_also_waits_for_a_bridge_is_not_released(
    database: Database, rows: Rows, account: UUID, bridge: UUID, run: Run
) -> None:
    organization = run.organization_id
    await pause(database, organization, account)
    async with database.organization(organization) as data:
        await data.bridges.pause(bridge, reason="it moves too")
    await resume(database, organization, account)
    before = list_holds(rows)
    async with database.organization(organization) as data:
        await data.bridges.resume(bridge, reason="it has moved too")

    assert run.queue_key == f"do:{account}+{bridge}"
    assert before == ["executing", "held", "held"]
    assert list_holds(rows) == [*before, "released"]


async def test_a_resume_does_not_release_a_run_that_was_not_held(
    database: Database, rows: Rows, organization: UUID, account: UUID, run: Run
) -> None:
    """The account had refused credentials, and the run waited for its turn only."""
    rows.update("carrier_accounts", account, status="auth_failed")
    await resume(database, organization, account)

    assert list_holds(rows) == ["executing"]
    assert run.kind is RunKind.EXECUTE


async def test_a_held_run_is_released_at_its_start_if_the_account_is_switched_off(
    database: Database, rows: Rows, organization: UUID, account: UUID, run: Run
) -> None:
    """Refused credentials end a pause without a resume."""
    await pause(database, organization, account)
    rows.update("carrier_accounts", account, status="auth_failed")
    await PostgresRuns(database).mark_started([StartedRun(run, TASK_QUEUE)])

    assert list_holds(rows) == ["executing", "held", "released"]


async def test_a_run_started_during_a_pause_is_released_once(
    database: Database, rows: Rows, organization: UUID, account: UUID
) -> None:
    await pause(database, organization, account)
    operation = await record_operation(database, organization, touches=(account,))
    started = await execute(database, organization, operation.id)
    await resume(database, organization, account)
    assert started is not None
    await PostgresRuns(database).mark_started([StartedRun(started[1], TASK_QUEUE)])

    assert started[0].status is OperationStatus.EXECUTING
    assert list_holds(rows) == ["executing", "held", "released"]
