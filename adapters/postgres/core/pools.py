"""The pools of connections to Postgres, and the begin and end of a transaction."""

import contextlib
import select
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import psycopg
import pydantic_core
from psycopg import AsyncConnection
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from adapters.postgres.core.row_factory import dump_json
from adapters.postgres.core.transaction import STATEMENT_SECONDS, StatementTimeout, translate_errors
from domain.errors import Unavailable

T = TypeVar("T")

Pool: TypeAlias = AsyncConnectionPool[AsyncConnection[Any]]

BEGIN_SECONDS = 3.0
"""For so long a call waits for a connection that works, then Postgres is taken to be down."""

CONNECTION = {
    "autocommit": True,
    "client_encoding": "utf8",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


def new_pool(database_url: str, *, role: str, max_size: int, idle_seconds: float | None = None) -> Pool:
    """Make a pool; `idle_seconds` is how long a transaction may do nothing, None as long as the server lets it."""
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
        reconnect_timeout=1.0,  # and then on demand: the pool's own pauses would double for minutes
        name=role,
        open=False,
    )


@contextlib.asynccontextmanager
async def open_transaction(pool: Pool, begin: str) -> AsyncIterator[AsyncConnection[Any]]:
    connection = await _begin(pool, begin)
    try:
        yield connection
        with StatementTimeout(connection, STATEMENT_SECONDS), translate_errors:
            await connection.execute("COMMIT")
    except BaseException:
        await _roll_back(connection)
        raise
    finally:
        await pool.putconn(connection)


async def _begin(pool: Pool, begin: str) -> AsyncConnection[Any]:
    """Return a connection within a new transaction, in one round trip."""
    # Never prepared: it is two statements in one, which only the simple protocol takes.
    connection, _ = await connect_and_run(pool, lambda one: one.execute(begin.encode(), prepare=False))
    return connection


async def connect_and_run(
    pool: Pool, first: Callable[[AsyncConnection[Any]], Awaitable[T]]
) -> tuple[AsyncConnection[Any], T]:
    """Return a connection that works, with what its first statement returned.

    After a restart of Postgres every pooled connection is dead: such a one fails here, is discarded, and the next is
    tried, down to a fresh one.
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
            await pool.putconn(connection)
        except BaseException:
            await pool.putconn(connection)
            raise
        else:
            return connection, answer
    raise Unavailable


async def living_connection(pool: Pool) -> AsyncConnection[Any]:
    """Return a connection that its server has not ended: there is nothing to read on an idle one but its end."""
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
        await pool.putconn(connection)


async def _roll_back(connection: AsyncConnection[Any]) -> None:
    """End the transaction; a connection that can't even do this is closed, and the pool replaces it."""
    try:
        with StatementTimeout(connection, BEGIN_SECONDS):
            await connection.rollback()
    except psycopg.Error:
        await connection.close()
