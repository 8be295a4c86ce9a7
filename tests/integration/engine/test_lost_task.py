"""A workflow whose task was lost after it recorded the run's end reports that end to Temporal."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import RawValue
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.payloads import RunInput
from adapters.temporal.worker import workflow_runner
from domain.operations import RunKind
from workflows.undo import UndoOperation


class ClosedRun:
    """The activities of a run that an earlier delivery of the workflow task ended: nothing remains to compensate."""

    def __init__(self, result: str) -> None:
        self._result = result

    @activity.defn(dynamic=True)
    async def anything(self, _: Sequence[RawValue]) -> Any:
        """Return no effect, and the recorded outcome."""
        return [] if activity.info().activity_type == "remaining_effects" else self._result


@pytest.mark.parametrize(
    ("result", "status"),
    [("undone", WorkflowExecutionStatus.COMPLETED), ("undo_failed", WorkflowExecutionStatus.FAILED)],
)
async def test_an_undo_reports_the_recorded_end(
    skipping: WorkflowEnvironment, result: str, status: WorkflowExecutionStatus
) -> None:
    run = RunInput(
        organization_id=uuid4(),
        operation_id=uuid4(),
        operation_type="fulfill_order",
        order_id=None,
        run=2,
        kind=RunKind.UNDO,
        plan={},
    )
    async with Worker(
        skipping.client,
        task_queue="lost",
        workflows=[UndoOperation],
        activities=[ClosedRun(result).anything],
        workflow_runner=workflow_runner(),
    ):
        handle = await skipping.client.start_workflow(UndoOperation.run, run, id=f"lost-{result}", task_queue="lost")
        if status is WorkflowExecutionStatus.FAILED:
            with pytest.raises(WorkflowFailureError):
                await handle.result()
        else:
            await handle.result()
    assert (await handle.describe()).status is status
