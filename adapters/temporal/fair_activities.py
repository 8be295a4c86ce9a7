"""Fair activities: organizations share the worker's slots."""

import random
from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.errors import current_attempt, to_application_error
from domain.errors import RateLimited
from domain.fair_slots import FairSlots

MAX_WAIT_SECONDS = 60.0


class FairActivities(Interceptor):
    """Refuses an activity before it starts if its organization has used up its share of the slots.

    A carrier that never answers occupies a slot for a minute, so that fair queues alone would give all slots to one
    organization. Temporal delivers a refused activity again. `database_activities` call only Postgres and are never
    refused. Local activities have slots of their own, see `LocalAttempts`.
    """

    def __init__(self, slots: int, database_activities: Collection[Callable[..., Any]]) -> None:
        self._slots = FairSlots(slots)
        self._database_activities = frozenset(database_activities)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's
        return _FairInbound(next, self._slots, self._database_activities)


class _FairInbound(ActivityInboundInterceptor):
    def __init__(
        self,
        inner: ActivityInboundInterceptor,
        slots: FairSlots,
        database_activities: Collection[Callable[..., Any]],
    ) -> None:
        super().__init__(inner)
        self._slots = slots
        self._database_activities = database_activities

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        if activity.info().is_local or input.fn in self._database_activities:
            return await self.next.execute_activity(input)
        organization_id = find_organization(input)
        if not self._slots.take(organization_id):
            wait = compute_wait(current_attempt())
            raise to_application_error(
                RateLimited("the organization already uses its share of the worker's slots", after=wait)
            )
        try:
            return await self.next.execute_activity(input)
        finally:
            self._slots.release(organization_id)


def find_organization(call: ExecuteActivityInput) -> UUID | None:
    """Return the organization in the payload; None if an installed type names none. Those share as one organization."""
    return getattr(call.args[0], "organization_id", None) if call.args else None


def compute_wait(attempt: int) -> float:
    """Return the seconds until the next attempt: growing, with jitter, because many are refused at once."""
    return min(2.0 ** min(attempt - 1, 16), MAX_WAIT_SECONDS) * random.uniform(0.5, 1.5)  # noqa: S311 (nothing secret)
