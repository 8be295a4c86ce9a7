"""Notifications: wake waiting callers when an operation changes, with one LISTEN for the process."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Iterator
from uuid import UUID

import psycopg

from adapters.postgres.core.pools import Pools
from domain.errors import Unavailable

LOG = logging.getLogger(__name__)

RECONNECT_SECONDS = 1.0
POLL_SECONDS = 0.25
"""The interval of queries for ended runs if notifications do not arrive."""

ENDED = """
    select id from unnest(%(ids)s::uuid[]) as id
    where not exists (select from runs where operation_id = id and closed_at is null)
"""

POOLED = (
    "DATABASE_URL leads through a connection pooler that drops notifications: set DATABASE_DIRECT_URL to Postgres"
    " itself; until then this process asks for ended runs every %s s"
)


class PostgresNotifications:
    """Implements `domain.ports.stores.Notifications` in Postgres.

    Behind a connection pooler, LISTEN has no effect: then this class polls for ended runs of the operations that its
    process waits for. `url` is the libpq URL of the connection that listens.
    """

    def __init__(self, database: Pools, url: str) -> None:
        self._database = database
        self._url = url
        self._waiting: dict[UUID, set[EventSubscription]] = {}
        self._listeners: list[tuple[Callable[[UUID], None], Collection[UUID]]] = []
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
        for listener, _ in self._listeners:
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

    def add_listener(self, listener: Callable[[UUID], None], operations: Collection[UUID]) -> None:
        """Register a listener that is called with the id of each changed operation, at least of those in `operations`.

        The caller may change `operations` at any time.
        """
        self._listeners.append((listener, operations))

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                LOG.info("lost the connection that listens for changes, reconnecting: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        name = self._database.application_name
        async with await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, connect_timeout=3, application_name=name
        ) as connection:
            if not await _is_pooled(connection):
                await connection.execute("listen orderly_operations")
                self._notify_all()
                async for notification in connection.notifies():
                    self.notify(UUID(notification.payload))
                return
        LOG.warning(POOLED, POLL_SECONDS)
        await self._poll()

    async def _poll(self) -> None:
        while True:
            awaited = {*self._waiting, *(ident for _, operations in self._listeners for ident in operations)}
            if awaited:
                with contextlib.suppress(Unavailable):
                    async with self._database.system_statements() as system:
                        for ended in await system.fetch_all(dict, ENDED, ids=list(awaited)):
                            self.notify(ended["id"])
            await asyncio.sleep(POLL_SECONDS)


async def _is_pooled(connection: psycopg.AsyncConnection[tuple[int]]) -> bool:
    """Whether a pooler answers for Postgres: then the handshake's process id differs from Postgres's."""
    cursor = await connection.execute("select pg_backend_pid()")
    found = await cursor.fetchone()
    return found is None or found[0] != connection.info.backend_pid


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
