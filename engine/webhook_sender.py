"""Sends webhooks: creates the deliveries of new events, attempts those that are due, and records the results.

It is three loops in the worker process and not a workflow per delivery: a delivery's whole state is one row.
See docs/decisions/webhook-queue.md.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from domain.clock import Clock
from domain.errors import Unavailable
from domain.ports.webhooks import DeliveryStore, WebhookClient
from domain.webhooks import JITTER, AttemptResult, ClaimedDelivery, DeliveryError, Settlement, settle, sign

LOG = logging.getLogger(__name__)

FAN_OUT_SECONDS = 0.1
CLAIM_SECONDS = 1.0
"""Retries become due without a signal, so the sender claims at least this often."""
COALESCE_SECONDS = 0.02
"""Minimum time between two claims, or two records: one statement then serves several deliveries."""
RETRY_SECONDS = 1.0
PURGE_SECONDS = 60.0
PURGE_BATCH = 1000

Result = tuple[ClaimedDelivery, AttemptResult, Settlement]


class WebhookSender:
    """Sends up to `slots` webhooks at a time; several processes may do so at once."""

    def __init__(self, store: DeliveryStore, client: WebhookClient, clock: Clock, slots: int) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._slots = slots
        self._sending: dict[asyncio.Task[None], ClaimedDelivery] = {}
        self._results: list[Result] = []
        self._has_results = asyncio.Event()
        self._may_claim = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled. Attempts in flight are repeated later, by any process."""
        try:
            async with asyncio.TaskGroup() as group:
                for step in (self.fan_out, self.claim, self.record, self._purge):
                    group.create_task(_repeat(step))
        finally:
            for task in self._sending:
                task.cancel()

    async def fan_out(self) -> None:
        if await self._store.fan_out():
            self._may_claim.set()
        await asyncio.sleep(FAN_OUT_SECONDS)

    async def claim(self) -> None:
        """Begin the attempts that are due, as soon as there may be some."""
        if len(self._sending) < self._slots:
            for claimed in await self._store.claim(self._slots, list(self._sending.values())):
                task = asyncio.create_task(self._send(claimed))
                self._sending[task] = claimed
                task.add_done_callback(self._sending.pop)
        await asyncio.sleep(COALESCE_SECONDS)
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                await self._may_claim.wait()
        except TimeoutError:
            return
        self._may_claim.clear()

    async def record(self) -> None:
        """Record all results since the last time, with one statement."""
        await self._has_results.wait()
        results, self._results = self._results, []
        self._has_results.clear()
        try:
            await self._store.record(results)
        except Unavailable:
            self._keep(*results)
            raise
        self._may_claim.set()
        await asyncio.sleep(COALESCE_SECONDS)

    async def _send(self, claimed: ClaimedDelivery) -> None:
        try:
            result = await self._attempt(claimed)
        except Exception as error:
            # The message is not logged: it may quote the endpoint's answer.
            LOG.error("delivery %s failed: %s", claimed.id, type(error).__name__)
            result = AttemptResult(0, DeliveryError.INCOMPLETE)
        factor = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
        self._keep((claimed, result, settle(claimed, result, factor)))

    async def _attempt(self, claimed: ClaimedDelivery) -> AttemptResult:
        if claimed.body is None:
            return AttemptResult(0, DeliveryError.EVENT_PRUNED)
        event_id, timestamp = str(claimed.event_id), int(self._clock.now().timestamp())
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(claimed.secrets, event_id, timestamp, claimed.body),
        }
        return await self._client.post(claimed.url, headers, claimed.body)

    def _keep(self, *results: Result) -> None:
        self._results.extend(results)
        self._has_results.set()

    async def _purge(self) -> None:
        deleted = await self._store.purge(PURGE_BATCH)
        await asyncio.sleep(RETRY_SECONDS if deleted == PURGE_BATCH else PURGE_SECONDS)


async def _repeat(step: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await step()
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            # Otherwise all parts of the engine would restart, again and again.
            LOG.exception("webhooks: a step failed, retrying")
            await asyncio.sleep(RETRY_SECONDS)
