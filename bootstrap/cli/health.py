"""`orderly worker --check`: health check of this machine's worker and clock."""

import asyncio
import socket
import time
from datetime import UTC, datetime, timedelta

import psycopg
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from adapters.postgres.core.clock import PostgresClock
from adapters.postgres.maintenance.installation import READ
from adapters.temporal.client import connect, task_queue_of
from domain.clock import describe_skew, is_right

SEEN_WITHIN = timedelta(minutes=2)  # a poll without work takes one minute


def is_worker_polling(address: str | None, database_url: str) -> bool:
    """Return True if Temporal recently saw a worker of this host poll for this installation's tasks.

    While Postgres is down, the installation is unknown, and an answer of Temporal suffices.
    """
    try:
        return asyncio.run(_polls(address, _find_task_queue(database_url)))
    except (RPCError, RuntimeError, psycopg.Error):
        return False


def _find_task_queue(database_url: str) -> str | None:
    """Return None if Postgres does not answer."""
    try:
        with psycopg.connect(database_url, connect_timeout=3) as connection:
            connection.execute("set local role orderly_system")
            found = connection.execute(READ).fetchone()
    except psycopg.OperationalError:
        return None
    return None if found is None else task_queue_of(found[0])


def find_clock_problem(database_url: str) -> str | None:
    """Return how far this machine's clock is off; None if it is right or Postgres does not answer."""
    clock = PostgresClock()
    try:
        with psycopg.connect(database_url, connect_timeout=3) as connection:
            asked_at = time.monotonic()
            (now,) = connection.execute("select clock_timestamp()").fetchone() or (None,)
    except psycopg.Error:
        return None
    clock.learn(now, asked_at)
    return None if is_right(clock) else describe_skew(clock.skew_seconds())


async def _polls(address: str | None, task_queue: str | None) -> bool:
    client = await connect(address)
    if task_queue is None:
        return True
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        ),
        timeout=timedelta(seconds=5),
    )
    oldest = datetime.now(UTC) - SEEN_WITHIN
    host = f"@{socket.gethostname()}"
    return any(
        poller.identity.endswith(host) and poller.last_access_time.ToDatetime(UTC) > oldest for poller in answer.pollers
    )
