"""The worker: its workflows, activities, slots and pollers."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from activities.ports import ActivityPorts
from adapters.temporal.activity_origin import ActivityOrigin
from adapters.temporal.fair_activities import FairActivities
from adapters.temporal.local_attempts import LocalAttempts
from adapters.temporal.run_log import RunLog
from adapters.temporal.runner import TypeRunner
from workflows.registry import OperationTypes
from workflows.undo import RollBackOperation, UndoOperation

PASSED_THROUGH = (
    "activities",
    "domain",
    "pydantic",
    "pydantic_core",
    "workflows",
    "annotated_types",
    "typing_extensions",
)
"""Deterministic modules that an installed type's sandbox shares: importing a copy takes 250 ms."""

GRACE = timedelta(seconds=3)
LOCAL_SLOTS = 256
"""For local attempts of calls; one organization alone gets a quarter of them."""
CALL_SLOTS = 512
"""For activities that call a carrier or channel; one organization alone gets a quarter of them."""
DATABASE_SLOTS = 64
"""For activities that call only Postgres, and for workflow tasks without a call."""
CACHED = 1000


def activities_of_types(types: OperationTypes, ports: ActivityPorts) -> list[Callable[..., Any]]:
    return [activity for kind in types.all() if kind.make_activities for activity in kind.make_activities(ports)]


def workflow_runner() -> TypeRunner:
    """Return the runner of workflows; the replay of histories uses the same."""
    return TypeRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))


@contextlib.asynccontextmanager
async def run_worker(
    client: Client,
    task_queue: str,
    types: OperationTypes,
    activities: Sequence[Callable[..., Any]],
    database_activities: Sequence[Callable[..., Any]],
) -> AsyncIterator[None]:
    """Run a worker during the block; leaving the block waits for calls in flight."""
    attempts = LocalAttempts(LOCAL_SLOTS, database_activities)
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[*(kind.workflow for kind in types.all()), UndoOperation, RollBackOperation],
        activities=[*activities, *database_activities],
        interceptors=[ActivityOrigin(), RunLog(), attempts, FairActivities(CALL_SLOTS, database_activities)],
        workflow_runner=workflow_runner(),
        max_cached_workflows=CACHED,
        max_concurrent_workflow_tasks=LOCAL_SLOTS + DATABASE_SLOTS,
        max_concurrent_activities=CALL_SLOTS + DATABASE_SLOTS,
        max_concurrent_local_activities=LOCAL_SLOTS + DATABASE_SLOTS,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(minimum=2, maximum=20, initial=5),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(minimum=2, maximum=20, initial=5),
        graceful_shutdown_timeout=GRACE,
        max_heartbeat_throttle_interval=timedelta(seconds=3),
    )
    try:
        async with worker:
            yield
    finally:
        await attempts.wait_until_idle()
