"""The workflows of this installation in a namespace that other installations may share."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionDescription
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client import OLD_TASK_QUEUE


@dataclass(frozen=True, slots=True)
class OwnWorkflows:
    """Temporal's workflows of one installation, found by their task queue.

    On the old task queue, a workflow belongs to the installation whose database has its organization.
    """

    client: Client
    task_queue: str

    def list(self, page_size: int) -> AsyncIterator[WorkflowExecution]:
        """List the running workflows and then the ended ones, newest first, with everything on the old task queue."""
        query = f"TaskQueue = '{self.task_queue}' or TaskQueue = '{OLD_TASK_QUEUE}'"
        return self.client.list_workflows(query, page_size=page_size)

    async def describe(self, workflow_id: str) -> WorkflowExecutionDescription | None:
        """Describe a workflow of any installation; return None if Temporal does not have it."""
        try:
            return await self.client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    def includes(self, execution: WorkflowExecution) -> bool:
        """Return False if the workflow belongs to another installation."""
        return execution.task_queue in (self.task_queue, OLD_TASK_QUEUE)

    async def end(self, workflow_id: str, why: str) -> None:
        """Terminate a workflow that another run replaces; leave it if it has ended or belongs to another installation.

        A copied database has the workflow ids of its original, so the task queue decides.
        """
        execution = await self.describe(workflow_id)
        if execution is None or not self.includes(execution):
            return
        try:
            await self.client.get_workflow_handle(workflow_id, run_id=execution.run_id).terminate(why)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
