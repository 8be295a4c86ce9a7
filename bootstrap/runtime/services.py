"""Runs the engine's parts, in the API process or alone, and restarts them if one fails."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

from temporalio.client import Client
from temporalio.service import RPCError

from adapters.temporal.client import OLD_TASK_QUEUE, connect
from adapters.temporal.own_workflows import OwnWorkflows
from bootstrap.container import Container, open_worker
from bootstrap.runtime import old_queue
from bootstrap.runtime.retention import prune
from domain.errors import Unavailable
from domain.origin import run_as_service
from engine.dispatcher import Dispatcher
from engine.lost_runs import LostRunsSearch

LOG = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
PURGE_SECONDS = 60.0
PURGE_BATCH = 1_000
PRUNE_SECONDS = 3600.0
GRACE_SECONDS = 4.0
"""Time for calls in flight when the process ends; the next start recovers calls that take longer."""


class Engine:
    """The connection to Temporal, with its users: the dispatcher; the worker, the reconciler, the tracker.

    They share one connection, because the server gives the first task of a run to the worker on the connection that
    started it.
    """

    def __init__(self, container: Container, dispatcher: Dispatcher) -> None:
        self._container = container
        self._dispatcher = dispatcher
        self._client: Client | None = None
        self._task: asyncio.Task[None] | None = None
        self._left_at = 0.0

    async def is_ready(self) -> bool:
        """Return True if Temporal answers within a second."""
        if self._client is None:
            return False
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=1))
        except (RPCError, RuntimeError):
            return False

    @contextlib.asynccontextmanager
    async def running(self, *, with_worker: bool) -> AsyncIterator[None]:
        """Run during the block, as soon as Temporal is reachable."""
        task = self._task = asyncio.create_task(self._run(with_worker=with_worker))
        try:
            yield
        finally:
            self.leave()
            left = self._left_at + GRACE_SECONDS - asyncio.get_running_loop().time()
            await asyncio.wait([task], timeout=max(left, 0.0))

    def leave(self) -> None:
        """Begin the shutdown without waiting; only once, because a second cancellation would interrupt the first."""
        if self._task is not None and not self._left_at:
            self._left_at = asyncio.get_running_loop().time()
            self._task.cancel()

    async def _run(self, *, with_worker: bool) -> None:
        client = self._client = await self._connect()
        while True:
            try:
                await self._run_parts(await self._own_workflows(client), with_worker=with_worker)
            except Unavailable:
                LOG.info("Postgres is not reachable yet")
            except Exception:
                # No other task awaits this one. If it ended, executions would be accepted and never started.
                LOG.exception("a part of the engine failed; restarting all parts")
            await asyncio.sleep(RETRY_SECONDS)

    async def _own_workflows(self, client: Client) -> OwnWorkflows:
        return await self._container.own_workflows(client)

    async def _run_parts(self, workflows: OwnWorkflows, *, with_worker: bool) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(run_as_service("dispatcher", self._dispatcher.run(workflows)))
            if with_worker:
                group.create_task(self._run_worker_parts(workflows))

    async def _run_worker_parts(self, workflows: OwnWorkflows) -> None:
        search = self._container.lost_runs_search(workflows)
        await run_as_service("reconciler", search.compare_at_start())
        # A group of its own: the row is renewed until the worker's last call has ended.
        async with asyncio.TaskGroup() as outer:
            beats = outer.create_task(self._container.liveness.run())
            await self._run_beside_beats(workflows, search)
            beats.cancel()

    async def _run_beside_beats(self, workflows: OwnWorkflows, search: LostRunsSearch) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work(workflows.client, workflows.task_queue))
            group.create_task(
                old_queue.drain(self._container.runs, partial(self._work, workflows.client, OLD_TASK_QUEUE))
            )
            group.create_task(run_as_service("reconciler", self._container.reconciler(workflows).run()))
            group.create_task(run_as_service("reconciler", search.run()))
            group.create_task(run_as_service("tracker", self._container.tracker().run()))
            bulk = self._container.bulk_action_worker(self._dispatcher)
            group.create_task(run_as_service("bulk", bulk.run()))
            group.create_task(run_as_service("webhooks", self._container.webhook_sender().run()))
            group.create_task(self._container.measure(search))
            group.create_task(run_as_service("retention", self._purge_answers()))
            group.create_task(run_as_service("retention", self._prune()))

    async def _connect(self) -> Client:
        while True:
            try:
                return await connect(self._container.settings.temporal_address)
            except (RPCError, RuntimeError) as error:
                LOG.info("Temporal is not reachable yet: %s", type(error).__name__)
            except (OSError, ValueError) as error:
                # For example a certificate that is mounted a moment late. No other task reports this error.
                what = f" {error.filename}" if isinstance(error, OSError) and error.filename else ""
                LOG.error("can't connect to Temporal, check TEMPORAL_*: %s%s", type(error).__name__, what)
            await asyncio.sleep(RETRY_SECONDS)

    async def _work(self, client: Client, task_queue: str) -> None:
        """Run a worker on a task queue until cancelled; build a new one if it ends by itself."""
        while True:
            try:
                async with open_worker(self._container, client, task_queue):
                    LOG.info("the worker is ready on task queue %s", task_queue)
                    await asyncio.Event().wait()
            except RuntimeError:
                LOG.exception("the worker stopped; restarting it")
            await asyncio.sleep(RETRY_SECONDS)

    async def _purge_answers(self) -> None:
        """Delete expired answers of idempotency keys in batches."""
        hours = self._container.settings.retain_answers_hours
        while True:
            deleted = 0
            with contextlib.suppress(Unavailable):
                deleted = await self._container.database.purge_idempotency(PURGE_BATCH, hours)
            await asyncio.sleep(RETRY_SECONDS if deleted == PURGE_BATCH else PURGE_SECONDS)

    async def _prune(self) -> None:
        """Delete old closed operations, if the settings limit their age."""
        days = self._container.settings.retain_operations_days
        while days is not None:
            with contextlib.suppress(Unavailable):
                deleted = await prune(self._container.retention, days)
                LOG.info("deleted %s operations older than %s days", deleted, days)
            await asyncio.sleep(PRUNE_SECONDS)
