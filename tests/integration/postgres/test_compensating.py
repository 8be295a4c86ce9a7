"""A run that compensates begins no new step: otherwise it could miss an effect that begins meanwhile."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from adapters.postgres.database import Database
from adapters.postgres.ledger.ledger import PostgresLedger
from adapters.postgres.runs.runs import PostgresRuns
from domain.effects import Direction, Effect, EffectState, UndoOutcome
from domain.errors import Rejected
from domain.operations import NO_OPTIONS, OperationError, OperationStatus, Run, RunKind, RunOptions, RunRef
from domain.ports.ledger import EffectKey
from domain.ports.runs import NextRun
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation


def key(organization: UUID, operation: UUID, step: str = "buy_label", **changed: Any) -> EffectKey:
    return EffectKey(
        organization_id=organization, operation_id=operation, run=1, step=step, position=1,
        **{"compensation": "void_label", "recovery": "recover_label", **changed},
    )  # fmt: skip


async def executing(database: Database, organization: UUID) -> Run:
    operation = await record_operation(database, organization)
    async with database.organization(organization) as data:
        started = await data.operations.start_run(operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
    assert started is not None
    return started[1]


async def test_a_compensating_run_begins_no_step(database: Database, organization: UUID) -> None:
    """A stuck delivery is refused as too late; compensations continue."""
    ledger = PostgresLedger(database)
    run = await executing(database, organization)
    bought = (await ledger.begin(key(organization, run.operation_id))).effect

    assert [effect.id for effect in await ledger.remaining(RunRef(organization, run.operation_id, 1))] == [bought.id]

    with pytest.raises(Rejected, match="ended"):
        await ledger.begin(key(organization, run.operation_id, "push_fulfillment"))
    void = await ledger.begin(key(organization, run.operation_id, direction=Direction.UNDO, undoes=bought.id))
    assert void.may_send


async def test_a_racing_effect_is_refused_or_compensated(database: Database, organization: UUID) -> None:
    ledger = PostgresLedger(database)
    ends = set()
    for _ in range(40):
        run = await executing(database, organization)

        async def begin(run: Run = run) -> Effect | None:
            try:
                return (await ledger.begin(key(organization, run.operation_id))).effect
            except Rejected:
                return None

        first, remaining = await asyncio.gather(begin(), ledger.remaining(RunRef(organization, run.operation_id, 1)))
        assert [effect.id for effect in remaining] == ([first.id] if first is not None else [])
        ends.add(first is None)
    assert ends, "at least one of them was tried"


async def test_a_lost_compensating_run_continues_to_compensate(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """An execution would treat a label as bought while it is being voided."""
    ledger, runs = PostgresLedger(database), PostgresRuns(database)
    run = await executing(database, organization)
    await ledger.begin(key(organization, run.operation_id))
    pushed = (await ledger.begin(key(organization, run.operation_id, "push_fulfillment"))).effect
    await ledger.record_rejected(pushed, OperationError("rejected", "no"), "no")
    await ledger.remaining(RunRef(organization, run.operation_id, 1))

    assert await runs.supersede(run, NextRun(RunKind.EXECUTE, RunOptions(doubted=True), "it was lost"))

    follower = await newest(database, organization, run.operation_id)
    assert (follower.run, follower.kind, follower.queue_key) == (2, RunKind.ROLLBACK, "undo:")
    assert follower.options == RunOptions(doubted=True, code="rejected", step="push_fulfillment")
    assert rows.value("select queue_key from runs where run = 2") == "undo:"


async def test_a_lost_cancelled_run_continues_to_compensate(database: Database, organization: UUID) -> None:
    """No step was refused: an operator cancelled the run."""
    run = await executing(database, organization)
    await PostgresLedger(database).remaining(RunRef(organization, run.operation_id, 1))

    assert await PostgresRuns(database).supersede(run, NextRun(RunKind.EXECUTE, NO_OPTIONS, "it was lost"))

    follower = await newest(database, organization, run.operation_id)
    assert (follower.kind, follower.options) == (
        RunKind.ROLLBACK,
        RunOptions(code="cancelled_by_operator"),
    )


async def test_a_lost_executing_run_continues_to_execute(database: Database, organization: UUID) -> None:
    run = await executing(database, organization)

    assert await PostgresRuns(database).supersede(run, NextRun(RunKind.EXECUTE, NO_OPTIONS, "it was lost"))

    follower = await newest(database, organization, run.operation_id)
    assert (follower.kind, follower.options) == (RunKind.EXECUTE, NO_OPTIONS)


async def newest(database: Database, organization: UUID, operation: UUID) -> Run:
    async with database.organization(organization) as data:
        record = await data.operations.record(operation)
    assert record is not None
    return record.runs[-1]


async def test_an_operation_has_one_open_run(database: Database, rows: Rows, organization: UUID) -> None:
    """A constraint guarantees it for every statement."""
    run = await executing(database, organization)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.run(
            "insert into runs (organization_id, operation_id, run, kind, queue_key, workflow_id, options)"
            " values (%s, %s, 2, 'execute', 'do:', %s, '{}')",
            organization,
            run.operation_id,
            str(uuid4()),
        )


async def test_a_failed_operation_is_not_retried_during_its_rollback(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """A resumed rollback can take hours while the carrier is unavailable."""
    run = await executing(database, organization)
    rows.run("update runs set closed_at = now()")
    attention = Jsonb({"reason": "compensation_failed"})
    rows.run("update operations set status = 'failed', attention = %s", attention)

    async def start(kind: RunKind) -> object:
        async with database.organization(organization) as data:
            return await data.operations.start_run(run.operation_id, kind=kind, expected=OperationStatus.FAILED)

    assert await start(RunKind.EXECUTE) is None
    assert await start(RunKind.ROLLBACK) is not None
    assert await start(RunKind.EXECUTE) is None
    rows.run("update runs set closed_at = now()")
    assert await start(RunKind.EXECUTE) is not None


@pytest.mark.parametrize("first", [UndoOutcome.VOIDED, UndoOutcome.TOO_LATE])
async def test_the_delivery_that_voided_the_label_is_recorded(
    database: Database, organization: UUID, first: UndoOutcome
) -> None:
    """The order of the reports does not matter: the other delivery found the label already voided."""
    ledger = PostgresLedger(database)
    run = await executing(database, organization)
    bought = (await ledger.begin(key(organization, run.operation_id))).effect
    undo = key(organization, run.operation_id, direction=Direction.UNDO, undoes=bought.id)
    void = (await ledger.begin(undo)).effect
    second = UndoOutcome.TOO_LATE if first is UndoOutcome.VOIDED else UndoOutcome.VOIDED

    for outcome in (first, second):
        await ledger.record_compensation(void, outcome, "said", None)

    latest = await ledger.latest(undo)
    assert latest is not None
    assert (latest.state, latest.outcome) == (EffectState.DONE, UndoOutcome.VOIDED)
    assert (await ledger.find(organization, bought.id)).reversed_at is not None
