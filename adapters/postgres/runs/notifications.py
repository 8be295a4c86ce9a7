"""Notifications: wake waiting callers when an operation changes, with one LISTEN for the process."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg

LOG = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0


class PostgresNotifications:
    """Implements `domain.ports.stores.Notifications` in Postgres."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._waiting: dict[UUID, set[EventSubscription]] = {}
        self._listeners: list[Callable[[UUID], None]] = []
        self._task: asyncio.Task[None] | None = None
        self.is_ending = False

    async def open(self) -> None:
        """Start to listen; returns at once."""
        self._task = asyncio.create_task(self._listen_for_ever())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @contextlib.contextmanager
    def subscribe(self, operation_id: UUID) -> Iterator["EventSubscription"]:
        subscription = EventSubscription()
        waiting = self._waiting.setdefault(operation_id, set())
        waiting.add(subscription)
        try:
            yield subscription
        finally:
            waiting.discard(subscription)
            if not waiting:
                self._waiting.pop(operation_id, None)

    def notify(self, operation_id: UUID) -> None:
        """Wake the callers that wait for the operation, and call the listeners of all operations."""
        for subscription in self._waiting.get(operation_id, ()):
            subscription.event.set()
        for listener in self._listeners:
            listener(operation_id)

    def end_waits(self) -> None:
        """Wake all waiting callers, which then answer with the current state; later waits end at once."""
        self.is_ending = True
        self._notify_all()

    def _notify_all(self) -> None:
        """Wake all waiting callers: notifications are lost while there is no connection that listens."""
        for subscriptions in self._waiting.values():
            for subscription in subscriptions:
                subscription.event.set()

    def add_listener(self, listener: Callable[[UUID], None]) -> None:
        """Register a listener that is called with the id of each changed operation."""
        self._listeners.append(listener)

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                LOG.info("lost the connection that listens for changes, reconnecting: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=3) as connection:
            await connection.execute("listen orderly_operations")
            self._notify_all()
            async for notification in connection.notifies():
                self.notify(UUID(notification.payload))


class EventSubscription:
    """Implements `domain.ports.stores.Subscription` in Postgres."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.event.wait(), seconds)
        except TimeoutError:
            return False
        self.event.clear()
        return True
