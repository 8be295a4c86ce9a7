"""Finds runs that ended without telling, and settles them: terminated, timed out, reset, lost with Temporal's store.

It is a loop beside the dispatcher and not a Temporal Schedule: a schedule would be lost with the store whose loss it
should find.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client import OPENED
from domain.codes import FailureCode
from domain.drift import Drift
from domain.errors import Unavailable
from domain.operations import AttentionReason, Run, RunKind, RunOptions
from domain.ports.ledger import RunOutcome, RunOutcomes
from domain.ports.runs import NextRun, Runs
from engine.lost_runs import BEFORE_RESTORE, end

LOG = logging.getLogger(__name__)

TICK_SECONDS = 5.0
AGE_SECONDS = 15.0
"""An open run is looked at this often, so that what an operator did is found well within a minute."""
BATCH = 200
STUCK_ATTEMPTS = 5
"""A workflow whose task failed so often in a row, most of a minute, does not go on by itself."""

ENDED_BY_OPERATOR = {
    WorkflowExecutionStatus.TERMINATED: FailureCode.TERMINATED_BY_OPERATOR,
    WorkflowExecutionStatus.TIMED_OUT: FailureCode.TIMED_OUT_BY_OPERATOR,
}
DRIFT_KINDS = {
    None: Drift.FORGOTTEN,
    WorkflowExecutionStatus.TERMINATED: Drift.TERMINATED,
    WorkflowExecutionStatus.TIMED_OUT: Drift.TIMED_OUT,
}


class Reconciler:
    """Holds Postgres and Temporal against each other."""

    def __init__(self, client: Client, runs: Runs, outcomes: RunOutcomes, report: Callable[[Drift], None]) -> None:
        """`report` is called for each run that was settled."""
        self._client = client
        self._runs = runs
        self._outcomes = outcomes
        self._report = report

    async def run(self) -> None:
        while True:
            try:
                await self.reconcile()
            except (Unavailable, RPCError, RuntimeError, OSError) as error:
                LOG.info("reconciling waits: %s", type(error).__name__)
            await asyncio.sleep(TICK_SECONDS)

    async def reconcile(self, age_seconds: float = AGE_SECONDS) -> int:
        """Look once at the open runs that nobody looked at for so long; returns how many were settled."""
        settled = 0
        for run in await self._runs.claim_unchecked(age_seconds, BATCH):
            settled += await self._settle(run)
        return settled

    async def _settle(self, run: Run) -> bool:
        description = await self._look_up(run)
        conflicts = description is not None and await _is_another_run(description, run)
        status = description.status if description is not None else None
        if status is WorkflowExecutionStatus.RUNNING and not conflicts:
            return await self._settle_stuck(run, description)
        if not await self._runs.is_open(run.operation_id, run.run):
            return False
        LOG.warning("run %s ended without telling: %s", run.workflow_id, status.name if status else "not found")
        settled = await (self._settle_id_conflict(run) if conflicts else self._settle_ended(run, status))
        if settled:
            self._report(Drift.ID_CONFLICT if conflicts else DRIFT_KINDS.get(status, Drift.UNREPORTED))
        if conflicts and status is WorkflowExecutionStatus.RUNNING:
            await end(self._client, run.workflow_id, BEFORE_RESTORE)
        return settled

    async def _settle_stuck(self, run: Run, description: WorkflowExecutionDescription | None) -> bool:
        """Let a new run go on where the workflow can't: its history does not fit the code, or what the worker knew.

        Once: where the new one is stuck as well, it is the code that has to be mended.
        """
        attempts = description.raw_description.pending_workflow_task.attempt if description is not None else 0
        if attempts < STUCK_ATTEMPTS:
            return False
        LOG.warning("run %s is stuck: its workflow task failed %s times", run.workflow_id, attempts)
        message = "The workflow's task failed again and again: a new run goes on from the ledger"
        if run.options.stuck or not await self._runs.supersede(run, NextRun(run.kind, RunOptions(stuck=True), message)):
            return False
        self._report(Drift.STUCK)
        await end(self._client, run.workflow_id, "it is stuck: another run goes on")
        return True

    async def _settle_id_conflict(self, run: Run) -> bool:
        """Give a run whose name belongs to a workflow of before a restore another name, and let it look first.

        After two in a row it can't be told which of them did what.
        """
        if run.kind is RunKind.EXECUTE and run.options.doubted:
            return await self._stop(run, FailureCode.RESTORED)
        message = "Temporal has a run of this name from before the database was restored: a new run looks what it did"
        return await self._runs.supersede(run, NextRun(run.kind, RunOptions(doubted=True), message))

    async def _settle_ended(self, run: Run, status: WorkflowExecutionStatus | None) -> bool:
        code = ENDED_BY_OPERATOR.get(status) if status is not None else None
        if code is None:
            state = "Temporal does not know the run" if status is None else f"the run ended as {status.name}"
            message = f"{state}, but the operation was not told: a new run goes on from the ledger"
            # What ended had told: where that is forgotten, the ledger may have forgotten more.
            options = RunOptions(doubted=status is not None)
            return await self._runs.supersede(run, NextRun(run.kind, options, message))
        if run.kind is RunKind.EXECUTE:
            message = f"{code}: a new run takes back what the operation did"
            return await self._runs.supersede(run, NextRun(RunKind.ROLLBACK, RunOptions(code=code), message))
        return await self._stop(run, code)

    async def _stop(self, run: Run, code: str) -> bool:
        outcome = _stop_outcome(run, code)
        return await self._outcomes.record(outcome) == outcome.result

    async def _look_up(self, run: Run) -> WorkflowExecutionDescription | None:
        try:
            return await self._client.get_workflow_handle(run.workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise


async def _is_another_run(description: WorkflowExecutionDescription, run: Run) -> bool:
    """Whether the workflow was started for another row of the same name, of before a restore."""
    opened = await description.memo_value(OPENED, None)
    return isinstance(opened, str) and opened != run.created_at.astimezone(UTC).isoformat()


def _stop_outcome(run: Run, code: str) -> RunOutcome:
    """An operator stopped an undo or a rollback, or what a run did is forgotten: a person decides what follows."""
    return RunOutcome(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        run=run.run,
        result="undo_failed" if run.kind is RunKind.UNDO else "failed",
        code=code if run.kind is RunKind.UNDO else run.options.code or code,
        rolled_back=False,
        attention=AttentionReason.DRIFT,
    )
