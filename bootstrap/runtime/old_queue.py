"""Drains the task queue of version 0.1.0."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from adapters.temporal.client import OLD_TASK_QUEUE
from domain.errors import Unavailable
from domain.ports.runs import Runs

LOG = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
LAST_TASK_SECONDS = 60.0
"""A run is closed in Postgres before its workflow reports its end to Temporal."""


async def drain(runs: Runs, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Call `work` while a run of this installation is open on the old task queue; never return.

    During a deploy, processes of the old version can start more runs there, so the checks never end.
    """
    while True:
        await _wait_until(runs, has_old=True)
        async with asyncio.TaskGroup() as group:
            worker = group.create_task(work())
            await _wait_until(runs, has_old=False)
            await asyncio.sleep(LAST_TASK_SECONDS)
            worker.cancel()
        LOG.info("no run is open on task queue %s", OLD_TASK_QUEUE)


async def _wait_until(runs: Runs, *, has_old: bool) -> None:
    while True:
        with contextlib.suppress(Unavailable):
            if await runs.has_old() == has_old:
                return
        await asyncio.sleep(LOOK_SECONDS)
