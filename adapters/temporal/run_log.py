"""Writes one line to the log for each run that ends."""

import logging
import time
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError
from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from activities.payloads import RunInput
from domain.drift import ListedRun
from domain.operations import Run
from workflows.execution import STATUS

LOG = logging.getLogger("orderly.runs")


class RunLog(Interceptor):
    """Logs the end of each workflow, and not its replay."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's
    ) -> type[WorkflowInboundInterceptor]:
        return _RunLogInbound


class _RunLogInbound(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002 - the SDK's name
        try:
            result = await self.next.execute_workflow(input)
        except FailureError:
            _log_end(input)
            raise
        _log_end(input)
        return result


def _log_end(ended: ExecuteWorkflowInput) -> None:
    run = ended.args[0] if ended.args else None
    if workflow.unsafe.is_replaying() or not isinstance(run, RunInput):
        return
    info = workflow.info()
    log_end(run, info.typed_search_attributes.get(STATUS), info.start_time)


def log_end(run: RunInput | Run | ListedRun, status: str | None, started_at: datetime) -> None:
    """Log the end of a run; for one whose workflow can't, the process that closes it calls this."""
    facts = {
        "operation_id": str(run.operation_id),
        "run": run.run,
        "kind": run.kind.value,
        "type": run.operation_type,
        "status": status,
        "duration_ms": round((time.time() - started_at.timestamp()) * 1000, 1),
        "organization_id": None if run.organization_id is None else str(run.organization_id),
        "request_id": None if isinstance(run, ListedRun) else run.request_id,
    }
    LOG.info("run ended", extra=facts)
