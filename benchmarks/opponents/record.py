"""The operations of opponents that store them in Postgres: one table, accessed with psycopg."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

TABLE = """
    create table if not exists operations (
        id text primary key, status text not null, input jsonb not null, output jsonb,
        created_at timestamptz not null default now(), completed_at timestamptz
    )
"""
CREATE = "insert into operations (id, status, input) values (%s, 'pending', %s)"
EXECUTE = "update operations set status = 'executing' where id = %s and status = 'pending' returning id"
COMPLETE = "update operations set status = 'completed', output = %s, completed_at = now() where id = %s"
GET = "select id, status, input, output from operations where id = %s"

Pool = AsyncConnectionPool[AsyncConnection[dict[str, Any]]]


class Record:
    """The table and its connection pool."""

    def __init__(self, database_url: str) -> None:
        self.pool: Pool = AsyncConnectionPool(
            database_url, kwargs={"row_factory": dict_row, "autocommit": True}, min_size=10, max_size=20, open=False
        )

    async def open(self) -> None:
        """Connect, and create the table if it does not exist."""
        await self.pool.open(wait=True)
        async with self.pool.connection() as connection:
            await connection.execute(TABLE)

    async def create(self, ident: str, operation_input: dict[str, Any]) -> None:
        """Record an operation."""
        async with self.pool.connection() as connection:
            await connection.execute(CREATE, (ident, Jsonb(operation_input)))

    async def execute(self, ident: str) -> bool:
        """Mark an operation as executing; return False if it is not pending."""
        async with self.pool.connection() as connection:
            return await (await connection.execute(EXECUTE, (ident,))).fetchone() is not None

    async def complete(self, ident: str, output: dict[str, Any]) -> None:
        """Record an operation's output."""
        async with self.pool.connection() as connection:
            await connection.execute(COMPLETE, (Jsonb(output), ident))

    async def get(self, ident: str) -> dict[str, Any] | None:
        """Return an operation, or None."""
        async with self.pool.connection() as connection:
            return await (await connection.execute(GET, (ident,))).fetchone()
