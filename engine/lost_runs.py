"""Finds runs that Temporal has and Postgres does not, because Postgres was restored from a backup.

The reconciler finds the opposite: open runs in Postgres whose workflow ended or is missing.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from uuid import UUID

from temporalio.client import WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError

from adapters.temporal.client import OLD_TASK_QUEUE, OPENED, ORGANIZATION
from adapters.temporal.own_workflows import OwnWorkflows
from adapters.temporal.run_log import log_end
from domain.drift import Drift, ListedRun
from domain.errors import Unavailable
from domain.ids import run_of
from domain.operations import RunKind, RunOptions
from domain.ports.lost_runs import LostRuns, RecallResult
from domain.ports.runs import NextRun, Runs
from workflows.undo import WORKFLOWS

LOG = logging.getLogger(__name__)

PAGE = 1000
EVERY_SECONDS = 60.0
AGAIN_SECONDS = 1.0
MAX_TRIES = 10
"""After this many failed comparisons the worker starts without one."""

BEFORE_RESTORE = "the database was restored from a backup; another run replaces this one"

SUPERSEDED = "drift"
"""The result of a run that another run replaces."""

KINDS = {name: kind for kind, name in WORKFLOWS.items()}


class LostRunsSearch:
    """Compares Temporal with Postgres once before the worker starts, and then every minute."""

    def __init__(
        self, workflows: OwnWorkflows, lost_runs: LostRuns, runs: Runs, report: Callable[[Drift], None]
    ) -> None:
        self._workflows = workflows
        self._lost_runs = lost_runs
        self._runs = runs
        self._report = report
        self.orphans: dict[str, ListedRun] = {}
        """Runs of operations that Postgres does not have, by workflow id."""

    async def compare_at_start(self) -> None:
        """Compare before the worker starts, so that no run from before a restore continues unchecked."""
        for _ in range(MAX_TRIES):
            try:
                await self.compare()
            except (Unavailable, RPCError, RuntimeError, OSError) as error:
                LOG.info("comparing Postgres with Temporal failed, retrying: %s", type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return
        LOG.warning(
            "Temporal's runs could not be compared with the database's; the worker starts without the comparison"
        )

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.compare()
            except (Unavailable, RPCError, RuntimeError, OSError) as error:
                LOG.info("comparing Postgres with Temporal failed, retrying: %s", type(error).__name__)

    async def compare(self, *, restored: bool = False) -> int:
        """Compare once; return the number of lost runs found.

        `restored`: Postgres was certainly restored, so every open run is in doubt even if no run is missing.
        """
        lost = [run async for page in self._pages() for run in page]
        known = set(self.orphans)
        self.orphans = {run.workflow_id: run for run in lost if run.workflow_id in known}
        fresh = [run for run in lost if run.workflow_id not in known]
        if restored:
            await self._doubt_open_runs(None)
        elif fresh:
            await self._doubt_open_runs(max(run.opened or run.started_at for run in fresh))
        by_operation: dict[UUID, list[ListedRun]] = defaultdict(list)
        for run in fresh:
            by_operation[run.operation_id].append(run)
        for operation_id, lost in by_operation.items():
            await self._settle(operation_id, lost)
        return len(fresh)

    async def _settle(self, operation_id: UUID, lost: Sequence[ListedRun]) -> None:
        recalled = await self._lost_runs.recall(operation_id, lost)
        if recalled is RecallResult.NO_OPERATION:
            for run in lost:
                self.orphans[run.workflow_id] = run
        else:
            for run in lost:
                if run.running:
                    await self._workflows.end(run.workflow_id, BEFORE_RESTORE)
                    log_end(run, SUPERSEDED, run.started_at)
        for run in lost:
            self._report(Drift.LOST_RUN)
            LOG.warning("run %s is not in the database: %s", run.workflow_id, recalled.value)

    async def _doubt_open_runs(self, before: datetime | None) -> None:
        """Replace every open run by one that checks before it sends, because the ledger may lack effects.

        Args:
            before: leave out runs opened later than this. They were opened after the restore, because every run in the
                backup is older than the runs that the backup lacks. None: replace all.
        """
        for run in await self._lost_runs.open_runs():
            if before is not None and run.created_at > before:
                continue
            if run.options.doubted and run.started_at is None:
                continue
            message = "The database was restored from an older backup: a new run checks the outcome of each effect"
            if await self._runs.supersede(run, NextRun(run.kind, RunOptions(doubted=True), message)):
                self._report(Drift.IN_DOUBT)
                log_end(run, SUPERSEDED, run.started_at or run.created_at)
                LOG.warning("run %s replaced, because the database was restored from a backup", run.workflow_id)
            await self._workflows.end(run.workflow_id, BEFORE_RESTORE)

    async def _pages(self) -> AsyncIterator[list[ListedRun]]:
        """Yield the runs that Postgres lacks: all running ones, and ended ones up to the first page without any."""
        page: list[ListedRun] = []
        async for execution in self._workflows.list(PAGE):
            listed = await _to_listed_run(execution)
            if listed is None:
                continue
            page.append(listed)
            if len(page) == PAGE:
                unknown = await self._lost_runs.unknown(page)
                yield unknown
                if not unknown and not page[-1].running:
                    return
                page = []
        if page:
            yield await self._lost_runs.unknown(page)


async def _to_listed_run(execution: WorkflowExecution) -> ListedRun | None:
    named = run_of(execution.id)
    if named is None:
        return None
    opened = await execution.memo_value(OPENED, None)
    kind = KINDS.get(execution.workflow_type, RunKind.EXECUTE)
    return ListedRun(
        operation_id=named[0],
        run=named[1],
        kind=kind,
        workflow_id=execution.id,
        operation_type=execution.workflow_type,
        opened=datetime.fromisoformat(opened) if isinstance(opened, str) else None,
        started_at=execution.start_time,
        organization_id=_organization(execution) if execution.task_queue == OLD_TASK_QUEUE else None,
        running=execution.status is WorkflowExecutionStatus.RUNNING,
        succeeded=execution.status is WorkflowExecutionStatus.COMPLETED,
    )


def _organization(execution: WorkflowExecution) -> UUID | None:
    found = execution.typed_search_attributes.get(ORGANIZATION)
    return None if found is None else UUID(found)
