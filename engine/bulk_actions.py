"""Works on bulk actions: makes each action's call for one operation after the other, in short transactions.

An operation's change and its item's new status are committed together: a crash leaves both or none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.bulk_actions import BulkAction, BulkItem, ItemResult, ItemStatus, OpenBulkAction
from domain.codes import FailureCode
from domain.errors import Unavailable
from domain.origin import acting_as
from domain.ports.bulk_actions import BulkDatabase
from domain.ports.stores import OrganizationData

LOG = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
"""Time between two searches for work. After work, the pause is as long as the work: other calls have their share."""
SLICE_SECONDS = 0.05
"""No item is begun in a transaction that is older: its locks delay other calls on these operations."""
SLICE_ITEMS = 50
"""Maximum of items in a transaction."""

BROKEN = {"code": FailureCode.INTERNAL_ERROR.value, "message": "The service's log has the cause."}
"""The error of an item whose attempt met a bug."""

Attempt = Callable[[OrganizationData, BulkAction, UUID], Awaitable[ItemResult]]
"""Makes an action's call for one operation, in the given transaction."""


class FailedAttempt(Exception):
    """A bug: an attempt raised another error than a refusal."""

    def __init__(self, item: BulkItem) -> None:
        super().__init__(f"operation {item.operation_id}")
        self.item = item


class BulkActionWorker:
    """Works on the open bulk actions of all organizations in turn; several processes may do so at once."""

    def __init__(self, database: BulkDatabase, attempt: Attempt, sweep_soon: Callable[[], None]) -> None:
        self._database = database
        self._attempt = attempt
        self._sweep_soon = sweep_soon

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                has_worked = await self.work_once()
            except Unavailable:
                has_worked = False
            await asyncio.sleep(loop.time() - began if has_worked else IDLE_SECONDS)

    async def work_once(self) -> bool:
        """Work on one action of each organization, for one transaction; return False if there was nothing to do."""
        has_worked = False
        for action in await self._database.open_bulk_actions():
            has_worked |= await self._work_safely(action)
        return has_worked

    async def _work_safely(self, action: OpenBulkAction) -> bool:
        organization_id, ident = action.organization_id, action.id
        try:
            with acting_as(action.origin):
                return await self._work(organization_id, ident)
        except Unavailable:
            return False
        except FailedAttempt as failed:
            LOG.exception("bulk action %s: an item failed", ident)
            await self._skip(organization_id, ident, failed.item)
            return True
        except Exception:
            # Otherwise all parts of the engine would restart, again and again.
            LOG.exception("bulk action %s: it can't proceed", ident)
            return False

    async def _work(self, organization_id: UUID, ident: UUID) -> bool:
        """Try the next items of an action, if no other process works on it; return False if there was nothing to do."""
        async with self._database.organization(organization_id) as data:
            action = await data.bulk_actions.lock(ident)
            if action is None:
                return False
            results = await self._try_items(data, action)
            if results:
                await data.bulk_actions.record(action, results)
            has_settled = await data.bulk_actions.settle(action)
        if any(result.status is ItemStatus.RUNNING for result in results.values()):
            self._sweep_soon()
        return bool(results) or has_settled

    async def _try_items(self, data: OrganizationData, action: BulkAction) -> dict[UUID, ItemResult]:
        loop = asyncio.get_running_loop()
        deadline, results = loop.time() + SLICE_SECONDS, {}
        for item in await data.bulk_actions.next_items(action, SLICE_ITEMS):
            try:
                results[item.id] = await self._attempt(data, action, item.operation_id)
            except Unavailable:
                raise
            except Exception as error:
                raise FailedAttempt(item) from error
            if loop.time() > deadline:
                break
        return results

    async def _skip(self, organization_id: UUID, ident: UUID, item: BulkItem) -> None:
        """Give up an item, so that the others go on."""
        async with self._database.organization(organization_id) as data:
            action = await data.bulk_actions.lock(ident)
            if action is not None:
                result = ItemResult(ItemStatus.SKIPPED, error=BROKEN)
                await data.bulk_actions.record(action, {item.id: result})
