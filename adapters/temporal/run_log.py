"""Writes one line to the log for each run that ends."""

import logging
import time
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
    facts = {
        "operation_id": str(run.operation_id),
        "run": run.run,
        "kind": run.kind.value,
        "type": run.operation_type,
        "status": info.typed_search_attributes.get(STATUS),
        "duration_ms": round((time.time() - info.start_time.timestamp()) * 1000, 1),
        "organization_id": str(run.organization_id),
        "request_id": run.request_id,
    }
    LOG.info("run ended", extra=facts)
