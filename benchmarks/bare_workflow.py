"""A bare Temporal workflow with one activity, as the upper limit, and the cheapest possible worker for it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

QUEUE = "benchmark"
WAIT_SECONDS = 0.005


@activity.defn
async def wait(payload: str) -> str:
    """Sleep as long as a fast carrier takes, without CPU."""
    await asyncio.sleep(WAIT_SECONDS)
    return payload


@workflow.defn(name="bare")
class Bare:
    """Runs one activity by name."""

    @workflow.run
    async def run(self, name: str, payload: str) -> str:
        """Return the activity's result."""
        result: str = await workflow.execute_activity(
            name, payload, result_type=str, start_to_close_timeout=timedelta(seconds=60)
        )
        return result


def bare_worker(client: Client, *activities: Callable[..., Any]) -> Worker:
    """Create a worker tuned for speed: many pollers and slots, no sandbox."""
    pollers = PollerBehaviorAutoscaling(minimum=1, maximum=50, initial=5)
    return Worker(
        client,
        task_queue=QUEUE,
        workflows=[Bare],
        activities=[wait, *activities],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=1000,
        max_concurrent_workflow_tasks=100,
        max_concurrent_activities=100,
        workflow_task_poller_behavior=pollers,
        activity_task_poller_behavior=pollers,
    )
