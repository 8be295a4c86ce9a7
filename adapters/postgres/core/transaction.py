"""A transaction, and the statements in it."""

import asyncio
import contextlib
import socket
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import tuple_row

from adapters.postgres.core.identity import SET_FOR_TRANSACTION, Identity
from adapters.postgres.core.row_factory import rows_of
from domain.errors import FieldError, InvalidInput, Unavailable

T = TypeVar("T")

Params: TypeAlias = Mapping[str, object]
"""The values of a statement's named parameters."""

STATEMENT_SECONDS = 10.0
"""After this time a statement is abandoned and its connection closed."""

READ_ONLY = psycopg.errors.ReadOnlySqlTransaction
"""Postgres refuses writes: it is a standby, or its operator set `default_transaction_read_only`."""
LOST = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.IdleInTransactionSessionTimeout, READ_ONLY)
"""The connection is lost, or Postgres is down. A termination for idleness arrives as an InternalError."""


class UnscopedStatement(Exception):
    """A bug: an organization's SQL statement without `%(org)s`."""


class Transaction:
    """An open transaction, or a connection whose statements are transactions of their own.

    Statements take named parameters, `%(name)s`. If `alone` is given, no transaction is open: each call is its own
    transaction with that identity, in one round trip.

    Raises, from every method:
        Unavailable: the connection was lost, or a statement took too long.
        InvalidInput: a value that Postgres can't store, such as text with a null byte.
        psycopg.IntegrityError: a constraint was violated.
    """

    def __init__(
        self,
        connection: AsyncConnection[Any],
        *,
        alone: Identity | None = None,
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        self.connection = connection
        self.alone = alone
        self.statement_seconds = statement_seconds

    async def fetch_one(self, row: type[T], sql: str, **params: Any) -> T | None:
        """Return the first row as `row` (a dataclass, or dict); None if there is none."""
        cursor = await self._run(sql, params, rows_of(row))
        return await cursor.fetchone()

    async def fetch_all(self, row: type[T], sql: str, **params: Any) -> list[T]:
        """Return every row as `row` (a dataclass, or dict)."""
        cursor = await self._run(sql, params, rows_of(row))
        return await cursor.fetchall()

    async def fetch_each(
        self, queries: Sequence[tuple[type[Any], str]], *, prepare: bool | None = None, **params: Any
    ) -> list[list[Any]]:
        """Run several queries in one round trip; return the rows of each as its given type.

        `prepare`: False plans the queries for these parameters; None prepares those that are repeated.
        """
        with StatementTimeout(self.connection, self.statement_seconds), translate_errors:
            async with self.connection.pipeline():
                if self.alone is not None:
                    await self._set_identity(self.alone)
                # The pipeline only queues them: the time limit covers the wait at the end of the block.
                cursors = [await self._execute(sql, params, rows_of(row), prepare) for row, sql in queries]
            return [await cursor.fetchall() for cursor in cursors]

    async def execute_each(self, *statements: tuple[str, Params]) -> list[int]:
        """Run several statements in one round trip and one transaction; return the number of rows of each."""
        if not statements:
            return []
        with StatementTimeout(self.connection, self.statement_seconds), translate_errors:
            async with self.connection.pipeline():
                if self.alone is not None:
                    await self._set_identity(self.alone)
                cursors = [await self._execute(sql, params, tuple_row) for sql, params in statements]
            return [cursor.rowcount for cursor in cursors]

    async def fetch_value(self, sql: str, **params: Any) -> Any:
        """Return the first column of the first row; None if there is no row."""
        cursor = await self._run(sql, params, tuple_row)
        found = await cursor.fetchone()
        return None if found is None else found[0]

    async def execute(self, sql: str, **params: Any) -> int:
        """Run a statement and return the number of affected rows."""
        return (await self._run(sql, params, tuple_row)).rowcount

    async def _run(self, sql: str, params: Params, factory: Any) -> AsyncCursor[Any]:
        with StatementTimeout(self.connection, self.statement_seconds), translate_errors:
            if self.alone is None:
                return await self._execute(sql, params, factory)
            # Without a BEGIN, Postgres commits a pipeline at its end (Postgres's documentation, "Pipelining").
            async with self.connection.pipeline():
                await self._set_identity(self.alone)
                return await self._execute(sql, params, factory)

    async def _set_identity(self, identity: Identity) -> None:
        await self.connection.execute(SET_FOR_TRANSACTION, identity.parameters)

    async def _execute(self, sql: str, params: Params, factory: Any, prepare: bool | None = None) -> AsyncCursor[Any]:
        cursor: AsyncCursor[Any] = AsyncCursor(self.connection, row_factory=factory)
        return await cursor.execute(sql.encode(), params, prepare=prepare)


class OrganizationTransaction(Transaction):
    """A transaction of one organization. Every statement must contain `%(org)s`, which is filled in here."""

    def __init__(
        self,
        connection: AsyncConnection[Any],
        organization_id: UUID,
        *,
        alone: Identity | None = None,
        statement_seconds: float = STATEMENT_SECONDS,
    ) -> None:
        super().__init__(connection, alone=alone, statement_seconds=statement_seconds)
        self.organization_id = organization_id

    async def _execute(self, sql: str, params: Params, factory: Any, prepare: bool | None = None) -> AsyncCursor[Any]:
        if "%(org)s" not in sql:
            raise UnscopedStatement(f"the statement does not contain %(org)s: {sql.strip()}")
        return await super()._execute(sql, {**params, "org": self.organization_id}, factory, prepare)


class StatementTimeout:
    """Cut the connection if the server does not answer in time.

    Cancelling is not enough: a stopped server does not accept a cancel request either.
    This and `translate_errors` are classes, because every statement enters both and a generator's context manager costs
    five times as much.
    """

    __slots__ = ("_connection", "_seconds", "_timer")

    def __init__(self, connection: AsyncConnection[Any], seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def __enter__(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, _cut, self._connection)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _cut(connection: AsyncConnection[Any]) -> None:
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=connection.fileno()) as wire:
        try:
            wire.shutdown(socket.SHUT_RDWR)
        finally:
            wire.detach()


class _ErrorTranslation:
    """Convert the driver's errors to the domain's; integrity errors pass unchanged."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if kind is None:
            return
        if isinstance(error, psycopg.DataError | psycopg.errors.ProgramLimitExceeded | UnicodeEncodeError):
            raise InvalidInput([FieldError((), "contains a value that Postgres can't store")]) from error
        if isinstance(error, LOST):
            raise Unavailable from error


translate_errors = _ErrorTranslation()
