"""The pools of database connections: every transaction begins and ends here."""

import contextlib
import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import psycopg
import pydantic_core
from psycopg import AsyncConnection
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from adapters.postgres.core.clock import PostgresClock
from adapters.postgres.core.identity import SYSTEM, Identity
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


ORGANIZATION_ROLE = "orderly_app"

PING = "select clock_timestamp() as now, current_setting('transaction_read_only') as read_only"


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """The settings of one process's pools.

    Attributes:
        max_size: the maximum number of connections for organizations' transactions.
        max_system_size: the maximum number of connections for the service's own transactions.
        statement_seconds: the time after which a statement is abandoned and its connection closed.
        application_name: the name in `pg_stat_activity`.
        prepares: whether statements are prepared; off behind a pooler that mixes prepared statements up, such as
            pgbouncer before 1.21.
    """

    max_size: int = 12
    max_system_size: int = 8
    statement_seconds: float = STATEMENT_SECONDS
    application_name: str = "orderly"
    prepares: bool = True


DEFAULT_POOLS = PoolSettings()


class Pools:
    """Two pools, so that organizations' transactions and the service's own never wait for each other.

    Each transaction sets its own role and organization, and connections have no identity, so that a connection pooler
    in transaction mode may run in front of Postgres. `database_url` is a libpq URL.
    """

    def __init__(self, database_url: str, settings: PoolSettings) -> None:
        self._settings = settings
        self._organizations = _new_pool(database_url, "organizations", settings, settings.max_size)
        self._system = _new_pool(database_url, "system", settings, settings.max_system_size)
        self.clock = PostgresClock()

    @property
    def application_name(self) -> str:
        """The name of the process's connections in `pg_stat_activity`."""
        return self._settings.application_name

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
        identity = Identity(ORGANIZATION_ROLE, organization_id)
        async with self._open_transaction(self._organizations, identity) as connection:
            yield OrganizationTransaction(
                connection, organization_id, statement_seconds=self._settings.statement_seconds
            )

    @contextlib.asynccontextmanager
    async def statements(self, organization_id: UUID) -> AsyncIterator[OrganizationTransaction]:
        """Open single statements for one organization, each in its own transaction, committed when it returns.

        For the ledger's hot paths: a third of the round trips of `transaction`.

        Raises:
            Unavailable: as for `transaction`, also from a statement.
        """
        connection = await _living_connection(self._organizations)
        try:
            yield OrganizationTransaction(
                connection,
                organization_id,
                alone=Identity(ORGANIZATION_ROLE, organization_id),
                statement_seconds=self._settings.statement_seconds,
            )
        finally:
            await _put_back(self._organizations, connection)

    @contextlib.asynccontextmanager
    async def system(self) -> AsyncIterator[Transaction]:
        """Open a transaction across organizations; only for the service's own processes and the look-up of API keys.

        Raises:
            Unavailable: as for `transaction`.
        """
        async with self._open_transaction(self._system, SYSTEM) as connection:
            yield Transaction(connection, statement_seconds=self._settings.statement_seconds)

    @contextlib.asynccontextmanager
    async def system_statements(self) -> AsyncIterator[Transaction]:
        """Open single statements across organizations, each in its own transaction; see `system`."""
        connection = await _living_connection(self._system)
        try:
            yield self._system_alone(connection)
        finally:
            await _put_back(self._system, connection)

    async def run(self, statement: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run one statement across organizations, on a working connection."""
        connection, answer = await _connect_and_run(
            self._system, lambda connection: statement(self._system_alone(connection))
        )
        await _put_back(self._system, connection)
        return answer

    def _system_alone(self, connection: AsyncConnection[Any]) -> Transaction:
        return Transaction(connection, alone=SYSTEM, statement_seconds=self._settings.statement_seconds)

    @contextlib.asynccontextmanager
    async def _open_transaction(self, pool: Pool, identity: Identity) -> AsyncIterator[AsyncConnection[Any]]:
        # Not prepared: these are several statements, which only the simple query protocol accepts.
        begin = identity.begin()
        connection, _ = await _connect_and_run(pool, lambda connection: connection.execute(begin, prepare=False))
        try:
            yield connection
            with StatementTimeout(connection, self._settings.statement_seconds), translate_errors:
                await connection.execute("COMMIT")
        except BaseException:
            await _roll_back(connection)
            raise
        finally:
            await _put_back(pool, connection)

    async def ping(self) -> None:
        """Read Postgres's time; raises Unavailable if it does not answer or refuses writes."""
        async with self.system() as transaction:
            asked_at = time.monotonic()
            found = await transaction.fetch_one(dict, PING)
            if found is None or found["read_only"] != "off":
                raise Unavailable
            self.clock.learn(found["now"], asked_at)


def _new_pool(database_url: str, name: str, settings: PoolSettings, max_size: int) -> Pool:
    async def configure(connection: AsyncConnection[Any]) -> None:
        set_json_loads(pydantic_core.from_json, connection)
        set_json_dumps(dump_json, connection)
        connection.prepare_threshold = 5 if settings.prepares else None

    return AsyncConnectionPool(
        database_url,
        kwargs={**CONNECTION, "application_name": settings.application_name},
        configure=configure,
        min_size=2,
        max_size=max_size,
        timeout=BEGIN_SECONDS,
        reconnect_timeout=1.0,  # then on demand: the pool's own backoff would double for minutes
        name=name,
        open=False,
    )


async def _connect_and_run(
    pool: Pool, first: Callable[[AsyncConnection[Any]], Awaitable[T]]
) -> tuple[AsyncConnection[Any], T]:
    """Return a working connection and the result of its first statement.

    A restart of Postgres kills all pooled connections: a dead one fails here, is discarded, and the next is tried,
    until a fresh one is opened.
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
    """Return a connection to its pool.

    A connection that became read-only is closed first, and the pool replaces it. So is one that a cancelled call left
    in its pipeline: the next COMMIT would only be queued there.
    """
    if not connection.closed and (connection.pgconn.pipeline_status or _takes_no_writes(connection)):
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
