"""Local attempts: bounds how long a call may take within its workflow task, and how many an organization may have."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.handover import HANDED_OVER, LOCAL_SECONDS, NO_LOCAL_SLOT
from adapters.temporal.fair_activities import find_organization
from domain.fair_slots import FairSlots


class LocalAttempts(Interceptor):
    """Ends a local activity after `LOCAL_SECONDS`, and lets its call go on until the ledger has its outcome.

    A call holds its slot until its own end. An organization that has used up its share gets no slot, so that hanging
    carriers do not keep the workflow tasks of other organizations waiting. `database_activities` need no slot.
    """

    def __init__(self, slots: int, database_activities: Collection[Callable[..., Any]]) -> None:
        self._slots = FairSlots(slots)
        self._database_activities = frozenset(database_activities)
        self._calls: set[asyncio.Task[Any]] = set()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's
        return _BoundedInbound(next, self)

    async def run(self, inner: ActivityInboundInterceptor, call: ExecuteActivityInput) -> Any:
        """Run a local activity; raise an error of a type in `UNFINISHED` if its call goes on or did not begin."""
        if call.fn in self._database_activities:
            work = inner.execute_activity(call)
        else:
            organization_id = find_organization(call)
            if not self._slots.take(organization_id):
                raise _unfinished(NO_LOCAL_SLOT)
            work = self._run_in_slot(inner, call, organization_id)
        task = asyncio.ensure_future(work)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        if not await _ends_within(task, LOCAL_SECONDS):
            task.add_done_callback(_ignore_outcome)
            raise _unfinished(HANDED_OVER)
        return task.result()

    async def _run_in_slot(self, inner: ActivityInboundInterceptor, call: ExecuteActivityInput, owner: Any) -> Any:
        try:
            return await inner.execute_activity(call)
        finally:
            self._slots.release(owner)

    async def wait_until_idle(self) -> None:
        """Wait for the calls that were handed over."""
        while self._calls:
            await asyncio.wait(self._calls)


class _BoundedInbound(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, attempts: LocalAttempts) -> None:
        super().__init__(inner)
        self._attempts = attempts

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        if not activity.info().is_local:
            return await self.next.execute_activity(input)
        return await self._attempts.run(self.next, input)


async def _ends_within(task: asyncio.Task[Any], seconds: float) -> bool:
    """Return whether the task ends in time; a cancellation of the caller neither ends the task nor the wait."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not task.done() and (remaining := deadline - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=remaining)
        except asyncio.CancelledError:
            continue
    return task.done()


def _ignore_outcome(task: asyncio.Task[Any]) -> None:
    """The ledger has the outcome, and the activity's boundary has logged an unexpected error."""
    if not task.cancelled():
        task.exception()


def _unfinished(kind: str) -> ApplicationError:
    return ApplicationError(kind, type=kind, non_retryable=True, category=ApplicationErrorCategory.BENIGN)
