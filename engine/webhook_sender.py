"""Sends webhooks: creates the deliveries of new events, attempts those that are due, and records the results.

It is two loops in the worker process and not a workflow per delivery: a delivery's whole state is one row.
See docs/decisions/webhook-queue.md.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.clock import Clock
from domain.errors import Unavailable
from domain.ports.webhooks import DeliveryResult, DeliveryStore, WebhookClient
from domain.webhooks import JITTER, AttemptResult, ClaimedDelivery, DeliveryError, settle, sign

LOG = logging.getLogger(__name__)

FAN_OUT_SECONDS = 0.1
EXCHANGE_SECONDS = 1.0
"""Retries become due without a signal, so the sender claims at least this often."""
COALESCE_SECONDS = 0.03
"""Minimum time between two exchanges: one statement then serves several deliveries."""
RETRY_SECONDS = 1.0
PURGE_SECONDS = 60.0
PURGE_BATCH = 1000


class WebhookSender:
    """Sends up to `slots` webhooks at a time; several processes may do so at once."""

    def __init__(self, store: DeliveryStore, client: WebhookClient, clock: Clock, slots: int) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._slots = slots
        self._sending: dict[tuple[UUID, int], ClaimedDelivery] = {}
        """By delivery and attempt: a replay makes a delivery due again during its attempt, and both use a slot."""
        self._attempts: set[asyncio.Task[None]] = set()
        self._results: list[DeliveryResult] = []
        self._has_work = asyncio.Event()

    async def run(self) -> None:
        """Send until cancelled. Attempts in flight are repeated later, by any process."""
        try:
            async with asyncio.TaskGroup() as group:
                for step in (self.fan_out, self.exchange, self._purge):
                    group.create_task(_repeat(step))
        finally:
            for attempt in self._attempts:
                attempt.cancel()

    async def fan_out(self) -> None:
        if await self._store.fan_out():
            self._has_work.set()
        await asyncio.sleep(FAN_OUT_SECONDS)

    async def exchange(self) -> None:
        """Record all results since the last time and begin the attempts that are due, in one round trip."""
        self._has_work.clear()
        results, self._results = self._results, []
        try:
            due = await self._store.exchange(results, self._slots, list(self._sending.values()))
        except Unavailable:
            self._results = results + self._results
            raise
        for claimed in due:
            self._sending[claimed.id, claimed.attempts] = claimed
            attempt = asyncio.create_task(self._send(claimed))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)
        await asyncio.sleep(COALESCE_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXCHANGE_SECONDS):
                await self._has_work.wait()

    async def _send(self, claimed: ClaimedDelivery) -> None:
        try:
            result = await self._attempt(claimed)
        except Exception as error:
            # The message is not logged: it may quote the endpoint's answer.
            LOG.error("delivery %s failed: %s", claimed.id, type(error).__name__)
            result = AttemptResult(0, DeliveryError.INCOMPLETE)
        factor = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
        self._results.append((claimed, result, settle(claimed, result, factor)))
        del self._sending[claimed.id, claimed.attempts]
        self._has_work.set()

    async def _attempt(self, claimed: ClaimedDelivery) -> AttemptResult:
        if claimed.render is None:
            return AttemptResult(0, DeliveryError.EVENT_PRUNED)
        body = claimed.render()
        event_id, timestamp = str(claimed.event_id), int(self._clock.now().timestamp())
        headers = {
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(claimed.secrets, event_id, timestamp, body),
        }
        return await self._client.post(claimed.url, headers, body)

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
