"""Postgres stops, restarts or hangs: calls soon raise Unavailable, and work again when Postgres is back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from uuid import UUID

import psutil
import psycopg
import pytest

from adapters.encryption import CredentialCipher
from adapters.postgres.core import identity, pools
from adapters.postgres.core.pools import BEGIN_SECONDS
from adapters.postgres.database import Database
from bootstrap import migrate
from domain.errors import Unavailable
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer, read_only
from tests.fixtures.rows import Rows

pytestmark = pytest.mark.alone

NAME = "select name from organizations where id = %(org)s"


@pytest.fixture
async def own_database(own_server: PostgresServer, cipher: CredentialCipher) -> AsyncIterator[Database]:
    """A database on a server that a test may stop."""
    migrate.run(own_server.url())
    database = Database(own_server.url(), cipher, pools.PoolSettings(statement_seconds=2.0))
    await database.open()
    yield database
    await database.close()


async def names(database: Database, organization: UUID, at_once: int) -> list[str]:
    async def name() -> str:
        async with database.transaction(organization) as transaction:
            return str(await transaction.fetch_value(NAME))

    return await asyncio.gather(*(name() for _ in range(at_once)))


async def test_no_call_fails_after_a_restart(own_server: PostgresServer, own_database: Database) -> None:
    """Every pooled connection is dead."""
    organization = await own_database.create_organization("Ours")
    assert await names(own_database, organization, 30) == ["Ours"] * 30
    own_server.stop()
    own_server.start()
    assert await names(own_database, organization, 30) == ["Ours"] * 30
    await own_database.ping()


async def test_a_transaction_during_a_restart_fails_and_rolls_back(
    own_server: PostgresServer, own_database: Database
) -> None:
    """Its connection is not used again."""
    organization = await own_database.create_organization("Ours")

    async def interrupted() -> None:
        async with own_database.transaction(organization) as transaction:
            insert = "insert into orders (id, organization_id, external_id, status, currency, total, line_items)"
            await transaction.execute(f"{insert} values (gen_random_uuid(), %(org)s, '1', 'pending', 'USD', 1, '[]')")
            own_server.stop()
            own_server.start()
            await transaction.fetch_value(NAME)

    with pytest.raises(Unavailable):
        await interrupted()
    async with own_database.transaction(organization) as transaction:
        assert await transaction.fetch_value("select count(*) from orders where organization_id = %(org)s") == 0


async def test_a_stopped_server_is_noticed_and_found_again_soon(
    own_server: PostgresServer, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within 4 s, even after a long outage."""
    monkeypatch.setattr(pools, "BEGIN_SECONDS", BEGIN_SECONDS)
    organization = await own_database.create_organization("Ours")
    own_server.stop()
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await own_database.ping()
        assert time.monotonic() - started < 4
    own_server.start()
    started = time.monotonic()
    assert await names(own_database, organization, 5) == ["Ours"] * 5
    assert time.monotonic() - started < 2


async def is_unavailable(call: Awaitable[object]) -> bool:
    try:
        await call
    except Unavailable:
        return True
    return False


async def test_a_read_only_server_counts_as_unavailable(
    own_server: PostgresServer, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connections leave the pool, and the service works at once when writes are allowed again."""
    monkeypatch.setattr(pools, "BEGIN_SECONDS", 1.0)
    organization = await own_database.create_organization("Ours")
    assert await names(own_database, organization, 30) == ["Ours"] * 30
    with read_only(own_server.url()):
        await eventually(lambda: is_unavailable(own_database.ping()), what="the server refuses writes")
        assert await is_unavailable(own_database.create_organization("Theirs"))

        async def has_left_the_pool() -> bool:
            return await is_unavailable(names(own_database, organization, 1))

        await eventually(has_left_the_pool, what="the last connection has left the pool")
    assert await names(own_database, organization, 30) == ["Ours"] * 30
    await own_database.ping()
    await own_database.create_organization("Theirs")


@contextmanager
def frozen(server: PostgresServer) -> Iterator[None]:
    """Stop every process of the server until the block ends."""
    postmaster = psutil.Process(server.pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    try:
        for process in family:
            os.kill(process.pid, signal.SIGSTOP)
        yield
    finally:
        for process in family:
            os.kill(process.pid, signal.SIGCONT)


async def test_a_hanging_server_does_not_hang_calls(
    own_server: PostgresServer, own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new call and a call within a statement both end, and calls work again afterwards."""
    monkeypatch.setattr(pools, "BEGIN_SECONDS", 1.0)
    organization = await own_database.create_organization("Ours")

    async def interrupted() -> None:
        async with own_database.transaction(organization) as transaction:
            with frozen(own_server):
                with pytest.raises(Unavailable):
                    await names(own_database, organization, 1)
                await transaction.fetch_value(NAME)

    started = time.monotonic()
    with pytest.raises(Unavailable):
        await interrupted()
    assert time.monotonic() - started < 8
    assert await names(own_database, organization, 30) == ["Ours"] * 30


async def test_a_statements_own_error_is_not_an_outage(database: Database, organization: UUID, rows: Rows) -> None:
    """A constraint's error rolls the transaction back, and the connection is used again."""

    async def violating() -> None:
        async with database.system() as transaction:
            await transaction.execute("insert into organizations (id, name) values (gen_random_uuid(), 'New')")
            again = "insert into organizations select * from organizations where id = %(id)s"
            await transaction.execute(again, id=organization)

    with pytest.raises(psycopg.errors.UniqueViolation):
        await violating()
    assert rows.value("select count(*) from organizations") == 1
    await database.ping()


async def test_a_terminated_backend_is_replaced(database: Database, rows: Rows, organization: UUID) -> None:
    """As after an operator's command or a failover."""
    assert await names(database, organization, 5) == ["Ours"] * 5
    rows.run(
        "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and usename is not null"
    )
    assert await names(database, organization, 30) == ["Ours"] * 30


async def test_postgres_ends_an_idle_transaction(
    module_database_url: str, cipher: CredentialCipher, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its locks are released, its next statement fails, and the next call works."""
    monkeypatch.setattr(identity, "IDLE_SECONDS", 0.2)
    database = Database(module_database_url, cipher)
    await database.open()
    organization = await database.create_organization("Ours")

    async def idle() -> None:
        async with database.transaction(organization) as transaction:
            pid = await transaction.fetch_value("select pg_backend_pid() from organizations where id = %(org)s")

            async def has_ended() -> bool:
                return bool(rows.value("select count(*) = 0 from pg_stat_activity where pid = %s", pid))

            await eventually(has_ended, what="the backend is gone")
            await transaction.fetch_value(NAME)

    try:
        with pytest.raises(Unavailable):
            await idle()
        assert await names(database, organization, 30) == ["Ours"] * 30
    finally:
        await database.close()


async def test_a_cancelled_call_returns_its_connection(database: Database, organization: UUID) -> None:
    """Many more calls are cancelled than the pool has connections."""

    async def long() -> None:
        async with database.transaction(organization) as transaction:
            await transaction.fetch_value("select pg_sleep(30) from organizations where id = %(org)s")

    for _ in range(3):
        tasks = [asyncio.create_task(long()) for _ in range(15)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        assert all(isinstance(r, asyncio.CancelledError) for r in await asyncio.gather(*tasks, return_exceptions=True))
    assert await names(database, organization, 30) == ["Ours"] * 30
