"""The pools of database connections: every transaction begins and ends here."""

import contextlib
import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
import pydantic_core
from psycopg import AsyncConnection
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from adapters.postgres.core.clock import PostgresClock
from adapters.postgres.core.row_factory import dump_json
from adapters.postgres.core.transaction import (
    STATEMENT_SECONDS,
    OrganizationTransaction,
    StatementTimeout,
    Transaction,
    translate_errors,
)
from domain.errors import Unavailable

T = TypeVar("T")

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[Any]]

BEGIN_SECONDS = 3.0
"""How long a call waits for a working database connection before it raises Unavailable."""

CONNECTION = {
    "autocommit": True,
    "client_encoding": "utf8",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "target_session_attrs": "read-write",  # treat a standby or a read-only server as down
}


IDLE_SECONDS = 60.0
"""Postgres ends an organization's transaction after this idle time, so that a bug or a process that hangs does not keep
a database connection and its locks."""


PING = "select clock_timestamp() as now, current_setting('transaction_read_only') as read_only"


class Pools:
    """Two pools: one whose connections see a single organization, one for the service's own processes.

    `database_url` is a libpq URL; `max_size` is the size of the organizations' pool.
    """

    def __init__(self, database_url: str, *, max_size: int) -> None:
        self._organizations = _new_pool(database_url, role="orderly_app", max_size=max_size, idle_seconds=IDLE_SECONDS)
        # No idle limit here: retention writes the archive of a batch and deletes the batch in one transaction.
        self._system = _new_pool(database_url, role="orderly_system", max_size=8)
        self._seen: WeakKeyDictionary[AsyncConnection[Any], UUID] = WeakKeyDictionary()
        self.clock = PostgresClock()

    async def open(self) -> None:
        """Start to connect; returns at once, even if Postgres is down."""
        await self._organizations.open()
        await self._system.open()

    async def close(self) -> None:
        await self._organizations.close()
        await self._system.close()

    @contextlib.asynccontextmanager
    async def transaction(self, organization_id: UUID) -> AsyncIterator[OrganizationTransaction]:
        """Open a transaction for one organization: committed at the end, rolled back on an error.

        Raises:
            Unavailable: Postgres can't be reached, or closed the connection; a commit may or may not have happened
                then.
        """
        begin = f"BEGIN; SET LOCAL orderly.organization_id = '{UUID(int=organization_id.int)}'"
        async with _open_transaction(self._organizations, begin) as connection:
            yield OrganizationTransaction(connection, organization_id)

    @contextlib.asynccontextmanager
    async def statements(self, organization_id: UUID) -> AsyncIterator[OrganizationTransaction]:
        """Open single statements for one organization, each in its own transaction, committed when it returns.

        For the ledger's hot paths: a third of the round trips of `transaction`.

        Raises:
            Unavailable: as for `transaction`, also from a statement.
        """
        connection = await self._set_to(organization_id)
        try:
            yield OrganizationTransaction(connection, organization_id)
        finally:
            await _put_back(self._organizations, connection)

    async def _set_to(self, organization_id: UUID) -> AsyncConnection[Any]:
        """Return a connection that sees only this organization until it is set to another."""
        connection = await _living_connection(self._organizations)
        if self._seen.get(connection) == organization_id:
            return connection
        setting = f"SET orderly.organization_id = '{UUID(int=organization_id.int)}'".encode()
        set_it = self._setter(setting)
        try:
            with StatementTimeout(connection, BEGIN_SECONDS):
                await set_it(connection)
        except (psycopg.OperationalError, Unavailable):
            await connection.close()
            await _put_back(self._organizations, connection)
            connection, _ = await _connect_and_run(self._organizations, set_it)
        except BaseException:
            await _put_back(self._organizations, connection)
            raise
        self._seen[connection] = organization_id
        return connection

    def _setter(self, setting: bytes) -> Callable[[AsyncConnection[Any]], Awaitable[object]]:
        """Return the function that sets a connection; if it is cancelled, the setting counts as unknown."""

        def set_it(connection: AsyncConnection[Any]) -> Awaitable[object]:
            self._seen.pop(connection, None)
            return connection.execute(setting)

        return set_it

    @contextlib.asynccontextmanager
    async def system(self) -> AsyncIterator[Transaction]:
        """Open a transaction across organizations; only for the service's own processes and the look-up of API keys.

        Raises:
            Unavailable: as for `transaction`.
        """
        async with _open_transaction(self._system, "BEGIN") as connection:
            yield Transaction(connection)

    @contextlib.asynccontextmanager
    async def system_statements(self) -> AsyncIterator[Transaction]:
        """Open single statements across organizations, each in its own transaction; see `system`."""
        connection = await _living_connection(self._system)
        try:
            yield Transaction(connection)
        finally:
            await _put_back(self._system, connection)

    async def run(self, statement: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run one statement across organizations, on a working connection."""
        connection, answer = await _connect_and_run(self._system, lambda connection: statement(Transaction(connection)))
        await _put_back(self._system, connection)
        return answer

    async def ping(self) -> None:
        """Read Postgres's time; raises Unavailable if it does not answer or refuses writes."""
        async with self.system() as transaction:
            asked_at = time.monotonic()
            found = await transaction.fetch_one(dict, PING)
            if found is None or found["read_only"] != "off":
                raise Unavailable
            self.clock.learn(found["now"], asked_at)


def _new_pool(database_url: str, *, role: str, max_size: int, idle_seconds: float | None = None) -> Pool:
    """Make a pool; `idle_seconds` is the longest idle time of a transaction, None for the server's default."""
    begin = f"SET ROLE {role}"
    if idle_seconds is not None:
        begin += f"; SET idle_in_transaction_session_timeout = {idle_seconds * 1000:.0f}"

    async def configure(connection: AsyncConnection[Any]) -> None:
        set_json_loads(pydantic_core.from_json, connection)
        set_json_dumps(dump_json, connection)
        with StatementTimeout(connection, BEGIN_SECONDS):
            await connection.execute(begin.encode(), prepare=False)

    return AsyncConnectionPool(
        database_url,
        kwargs=CONNECTION,
        configure=configure,
        min_size=2,
        max_size=max_size,
        timeout=BEGIN_SECONDS,
        reconnect_timeout=1.0,  # then on demand: the pool's own backoff would double for minutes
        name=role,
        open=False,
    )


@contextlib.asynccontextmanager
async def _open_transaction(pool: Pool, begin: str) -> AsyncIterator[AsyncConnection[Any]]:
    connection = await _begin(pool, begin)
    try:
        yield connection
        with StatementTimeout(connection, STATEMENT_SECONDS), translate_errors:
            await connection.execute("COMMIT")
    except BaseException:
        await _roll_back(connection)
        raise
    finally:
        await _put_back(pool, connection)


async def _begin(pool: Pool, begin: str) -> AsyncConnection[Any]:
    """Return a connection in a new transaction, in one round trip."""
    # Not prepared: it is two statements, which only the simple query protocol accepts.
    connection, _ = await _connect_and_run(pool, lambda connection: connection.execute(begin.encode(), prepare=False))
    return connection


async def _connect_and_run(
    pool: Pool, first: Callable[[AsyncConnection[Any]], Awaitable[T]]
) -> tuple[AsyncConnection[Any], T]:
    """Return a working connection and the result of its first statement.

    A restart of Postgres kills all pooled connections: a dead one fails here, is discarded, and the next is tried,
        until a
    fresh one is opened.
    """
    deadline = time.monotonic() + BEGIN_SECONDS
    while (remaining := deadline - time.monotonic()) > 0:
        try:
            connection = await pool.getconn(timeout=remaining)
        except (PoolTimeout, PoolClosed, TooManyRequests) as error:
            raise Unavailable from error
        try:
            with StatementTimeout(connection, remaining):
                answer = await first(connection)
        except (psycopg.OperationalError, Unavailable):
            await connection.close()
            await _put_back(pool, connection)
        except BaseException:
            await _put_back(pool, connection)
            raise
        else:
            return connection, answer
    raise Unavailable


async def _living_connection(pool: Pool) -> AsyncConnection[Any]:
    """Return a connection that the server has not closed: on an idle connection only its end can be read."""
    while True:
        try:
            connection = await pool.getconn(timeout=BEGIN_SECONDS)
        except (PoolTimeout, PoolClosed, TooManyRequests) as error:
            raise Unavailable from error
        end = select.poll()
        end.register(connection.fileno(), select.POLLIN)
        if not end.poll(0):
            return connection
        await connection.close()
        await _put_back(pool, connection)


async def _put_back(pool: Pool, connection: AsyncConnection[Any]) -> None:
    """Return a connection to its pool. A connection that became read-only is closed first, and the pool replaces it."""
    if not connection.closed and _takes_no_writes(connection):
        await connection.close()
    await pool.putconn(connection)


def _takes_no_writes(connection: AsyncConnection[Any]) -> bool:
    status = connection.pgconn.parameter_status
    return b"on" in (status(b"default_transaction_read_only"), status(b"in_hot_standby"))


async def _roll_back(connection: AsyncConnection[Any]) -> None:
    """Roll back; if that fails, close the connection, and the pool replaces it."""
    try:
        with StatementTimeout(connection, BEGIN_SECONDS):
            await connection.rollback()
    except psycopg.Error:
        await connection.close()
