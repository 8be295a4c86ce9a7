"""Settles runs whose workflow ended without a report: terminated, timed out, reset, or lost with Temporal's store.

It is a loop of its own, not a Temporal Schedule, because a schedule would be lost together with the store.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError

from adapters.temporal.client import OPENED
from adapters.temporal.own_workflows import OwnWorkflows
from adapters.temporal.run_log import log_end
from domain.codes import FailureCode
from domain.drift import Drift
from domain.errors import Unavailable
from domain.operations import AttentionReason, Run, RunKind, RunOptions
from domain.origin import for_request
from domain.ports.ledger import RunOutcome, RunOutcomes
from domain.ports.runs import NextRun, Runs
from engine.lost_runs import BEFORE_RESTORE, SUPERSEDED

LOG = logging.getLogger(__name__)

TICK_SECONDS = 5.0
AGE_SECONDS = 15.0
"""How often each open run is checked, so that an operator's termination is found well within a minute."""
BATCH = 200
STUCK_ATTEMPTS = 5
"""After this many failed workflow tasks in a row (most of a minute), a workflow counts as stuck."""

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
    """Compares the open runs in Postgres with Temporal."""

    def __init__(
        self, workflows: OwnWorkflows, runs: Runs, outcomes: RunOutcomes, report: Callable[[Drift], None]
    ) -> None:
        """`report` is called once for each settled run."""
        self._workflows = workflows
        self._runs = runs
        self._outcomes = outcomes
        self._report = report

    async def run(self) -> None:
        while True:
            try:
                await self.reconcile()
            except (Unavailable, RPCError, RuntimeError, OSError) as error:
                LOG.info("reconciling failed, retrying: %s", type(error).__name__)
            await asyncio.sleep(TICK_SECONDS)

    async def reconcile(self, age_seconds: float = AGE_SECONDS) -> int:
        """Check the open runs whose last check is older than `age_seconds`; return how many were settled."""
        settled = 0
        for run in await self._runs.claim_unchecked(age_seconds, BATCH):
            with for_request(run.request_id):
                settled += await self._settle(run)
        return settled

    async def _settle(self, run: Run) -> bool:
        description = await self._workflows.describe(run.workflow_id)
        conflicts = description is not None and (
            not self._workflows.includes(description) or await _is_another_run(description, run)
        )
        status = description.status if description is not None else None
        if status is WorkflowExecutionStatus.RUNNING and not conflicts:
            return await self._settle_stuck(run, description)
        if not await self._runs.is_open(run.operation_id, run.run):
            return False
        LOG.warning(
            "run %s ended without reporting its outcome: %s", run.workflow_id, status.name if status else "not found"
        )
        settled = await (self._settle_id_conflict(run) if conflicts else self._settle_ended(run, status))
        if settled:
            self._report(Drift.ID_CONFLICT if conflicts else DRIFT_KINDS.get(status, Drift.UNREPORTED))
        if conflicts and status is WorkflowExecutionStatus.RUNNING:
            await self._workflows.end(run.workflow_id, BEFORE_RESTORE)
        return settled

    async def _settle_stuck(self, run: Run, description: WorkflowExecutionDescription | None) -> bool:
        """Replace a workflow that cannot go on because its history does not fit the code or the worker's cache.

        Only once: if the new run gets stuck too, the code needs a fix.
        """
        attempts = description.raw_description.pending_workflow_task.attempt if description is not None else 0
        if attempts < STUCK_ATTEMPTS:
            return False
        LOG.warning("run %s is stuck: its workflow task failed %s times", run.workflow_id, attempts)
        message = "The workflow's task keeps failing: a new run continues from the ledger"
        if run.options.stuck or not await self._supersede(run, NextRun(run.kind, RunOptions(stuck=True), message)):
            return False
        self._report(Drift.STUCK)
        await self._workflows.end(run.workflow_id, "the run is stuck; another run replaces it")
        return True

    async def _settle_id_conflict(self, run: Run) -> bool:
        """Replace a run whose workflow id belongs to another run by one that checks before it sends.

        The other run is from before a restore, or belongs to the installation that this database was copied from.
        After a second conflict in a row, an execution stops: it is unknown which of the workflows sent what.
        """
        if run.kind is RunKind.EXECUTE and run.options.doubted:
            return await self._stop(run, FailureCode.RESTORED)
        message = "Temporal has another run of this name, from before a restore or a copy: a new run checks its effects"
        return await self._supersede(run, NextRun(run.kind, RunOptions(doubted=True), message))

    async def _settle_ended(self, run: Run, status: WorkflowExecutionStatus | None) -> bool:
        code = ENDED_BY_OPERATOR.get(status) if status is not None else None
        if code is None:
            state = "The run is gone from Temporal" if status is None else f"The run ended as {status.name}"
            message = f"{state} without recording an outcome: a new run continues from the ledger"
            # The workflow had reported its end. If Postgres lacks that report, it may lack effects too.
            options = RunOptions(doubted=status is not None)
            return await self._supersede(run, NextRun(run.kind, options, message))
        if run.kind is RunKind.EXECUTE:
            message = f"{code}: a new run rolls the operation back"
            return await self._supersede(run, NextRun(RunKind.ROLLBACK, RunOptions(code=code), message))
        return await self._stop(run, code)

    async def _supersede(self, run: Run, following: NextRun) -> bool:
        is_closed = await self._runs.supersede(run, following)
        if is_closed:
            log_end(run, SUPERSEDED, run.started_at or run.created_at)
        return is_closed

    async def _stop(self, run: Run, code: str) -> bool:
        outcome = _stop_outcome(run, code)
        is_closed = await self._outcomes.record(outcome) == outcome.result
        if is_closed:
            log_end(run, outcome.result, run.started_at or run.created_at)
        return is_closed


async def _is_another_run(description: WorkflowExecutionDescription, run: Run) -> bool:
    """Return True if the workflow was started for a row of the same name from before a restore."""
    opened = await description.memo_value(OPENED, None)
    return isinstance(opened, str) and opened != run.created_at.astimezone(UTC).isoformat()


def _stop_outcome(run: Run, code: str) -> RunOutcome:
    """Return the outcome of an undo or rollback that an operator stopped, or of a restored run: a person decides."""
    return RunOutcome(
        organization_id=run.organization_id,
        operation_id=run.operation_id,
        run=run.run,
        result="undo_failed" if run.kind is RunKind.UNDO else "failed",
        code=code if run.kind is RunKind.UNDO else run.options.code or code,
        rolled_back=False,
        attention=AttentionReason.DRIFT,
    )
