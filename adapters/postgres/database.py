"""The way in: every connection to Postgres is handed out here."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection

from adapters.encryption import CredentialCipher
from adapters.postgres.core.pools import (
    BEGIN_SECONDS,
    connect_and_run,
    living_connection,
    new_pool,
    open_transaction,
)
from adapters.postgres.core.transaction import OrganizationTransaction, StatementTimeout, Transaction
from adapters.postgres.stores.api_keys import PostgresApiKeys, find_by_secret
from adapters.postgres.stores.bridges import PostgresBridges
from adapters.postgres.stores.bulk import PostgresBulk
from adapters.postgres.stores.carrier_accounts import PostgresCarrierAccounts
from adapters.postgres.stores.idempotency import PostgresIdempotency, purge
from adapters.postgres.stores.operations import PostgresOperations
from adapters.postgres.stores.orders import PostgresOrders
from adapters.postgres.stores.shipments import PostgresShipments
from domain.errors import Unavailable
from domain.ids import new_id
from domain.ports.stores import ApiKey

IDLE_SECONDS = 60.0
"""A transaction of an organization in which nothing happens for so long is ended by Postgres: neither a mistake nor a
process that hangs keeps its connection and its locks from others."""

TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended(%(org)s::text || %(id)s::text, 2))"


class OrganizationData(OrganizationTransaction):
    """One organization's data within one transaction: its stores, and SQL that is scoped to it."""

    def __init__(self, transaction: OrganizationTransaction, cipher: CredentialCipher) -> None:
        super().__init__(transaction.connection, transaction.organization_id)
        self.operations = PostgresOperations(self)
        self.bulk = PostgresBulk(self)
        self.orders = PostgresOrders(self)
        self.shipments = PostgresShipments(self)
        self.carrier_accounts = PostgresCarrierAccounts(self, cipher)
        self.bridges = PostgresBridges(self, cipher)
        self.api_keys = PostgresApiKeys(self)
        self.idempotency = PostgresIdempotency(self)

    async def take_turns(self, ident: UUID) -> None:
        """Let one transaction at a time go on with what has this id.

        By an advisory lock, and not by one on its row: whoever makes an account the default of its carrier changes the
        row of the one that was it, and two of them could wait for each other's.
        """
        await self.execute(TAKE_TURNS, id=ident)


class Database:
    """Two pools: one whose connections see a single organization, one for the service's own processes.

    Args:
        database_url: a libpq URL.
        cipher: what credentials are encrypted with.
        max_size: connections of the organizations' pool.
    """

    def __init__(self, database_url: str, cipher: CredentialCipher, *, max_size: int = 12) -> None:
        self._cipher = cipher
        self._organizations = new_pool(database_url, role="orderly_app", max_size=max_size, idle_seconds=IDLE_SECONDS)
        # Without such a limit: a batch of the retention is deleted in one transaction with the writing of its archive.
        self._system = new_pool(database_url, role="orderly_system", max_size=8)
        self._seen: WeakKeyDictionary[AsyncConnection[Any], UUID] = WeakKeyDictionary()

    async def open(self) -> None:
        """Start to connect; returns at once, whether Postgres is there or not."""
        await self._organizations.open()
        await self._system.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._organizations.close()
        await self._system.close()

    @contextlib.asynccontextmanager
    async def organization(self, organization_id: UUID) -> AsyncIterator[OrganizationData]:
        """Open a transaction for one organization with its stores; see `transaction`."""
        async with self.transaction(organization_id) as transaction:
            yield OrganizationData(transaction, self._cipher)

    @contextlib.asynccontextmanager
    async def autocommit(self, organization_id: UUID) -> AsyncIterator[OrganizationData]:
        """Give one organization's stores, each statement a transaction of its own; see `statements`."""
        async with self.statements(organization_id) as transaction:
            yield OrganizationData(transaction, self._cipher)

    @contextlib.asynccontextmanager
    async def transaction(self, organization_id: UUID) -> AsyncIterator[OrganizationTransaction]:
        """Open a transaction for one organization: committed at the end, rolled back on an error.

        It is the only way to an organization's rows.

        Raises:
            Unavailable: Postgres can't be reached, or ended the connection; a commit may or may not have happened then.
        """
        begin = f"BEGIN; SET LOCAL orderly.organization_id = '{UUID(int=organization_id.int)}'"
        async with open_transaction(self._organizations, begin) as connection:
            yield OrganizationTransaction(connection, organization_id)

    @contextlib.asynccontextmanager
    async def statements(self, organization_id: UUID) -> AsyncIterator[OrganizationTransaction]:
        """Give single statements for one organization, each a transaction of its own, committed when it returns.

        For the ledger's hot paths: a third of the round trips of `transaction`.

        Raises:
            Unavailable: as for `transaction`; it may be told by a statement, too.
        """
        connection = await self._set_to(organization_id)
        try:
            yield OrganizationTransaction(connection, organization_id)
        finally:
            await self._organizations.putconn(connection)

    async def _set_to(self, organization_id: UUID) -> AsyncConnection[Any]:
        """Return a connection that sees this organization, from now until it is set to another."""
        connection = await living_connection(self._organizations)
        if self._seen.get(connection) == organization_id:
            return connection
        setting = f"SET orderly.organization_id = '{UUID(int=organization_id.int)}'".encode()
        set_it = self._setter(setting)
        try:
            with StatementTimeout(connection, BEGIN_SECONDS):
                await set_it(connection)
        except (psycopg.OperationalError, Unavailable):
            await connection.close()
            await self._organizations.putconn(connection)
            connection, _ = await connect_and_run(self._organizations, set_it)
        except BaseException:
            await self._organizations.putconn(connection)
            raise
        self._seen[connection] = organization_id
        return connection

    def _setter(self, setting: bytes) -> Callable[[AsyncConnection[Any]], Awaitable[object]]:
        """Make what sets a connection: cancelled in the middle of it, nobody knows what it is set to."""

        def set_it(connection: AsyncConnection[Any]) -> Awaitable[object]:
            self._seen.pop(connection, None)
            return connection.execute(setting)

        return set_it

    @contextlib.asynccontextmanager
    async def system(self) -> AsyncIterator[Transaction]:
        """Open a transaction across organizations: for the dispatcher, the reconciler and the look-up of keys only.

        Raises:
            Unavailable: as for `transaction`.
        """
        async with open_transaction(self._system, "BEGIN") as connection:
            yield Transaction(connection)

    @contextlib.asynccontextmanager
    async def system_statements(self) -> AsyncIterator[Transaction]:
        """Give single statements across organizations, each a transaction of its own; see `system`."""
        connection = await living_connection(self._system)
        try:
            yield Transaction(connection)
        finally:
            await self._system.putconn(connection)

    async def authenticate(self, secret_hash: bytes) -> ApiKey | None:
        """Find the key of any organization by the SHA-256 of its secret, revoked and expired ones too.

        Every request asks this: a statement without a transaction costs a quarter of one within.
        """
        connection, key = await connect_and_run(self._system, lambda one: find_by_secret(Transaction(one), secret_hash))
        await self._system.putconn(connection)
        return key

    async def create_organization(self, name: str) -> UUID:
        """Make an organization and return its id."""
        ident = new_id()
        async with self.system() as transaction:
            await transaction.execute(
                "insert into organizations (id, name) values (%(id)s, %(name)s)", id=ident, name=name
            )
        return ident

    async def organizations(self) -> dict[UUID, str]:
        """Return the name of every organization by its id, oldest first."""
        async with self.system() as transaction:
            found = await transaction.fetch_all(dict, "select id, name from organizations order by created_at, id")
        return {one["id"]: one["name"] for one in found}

    async def purge_idempotency(self, limit: int = 1_000, hours: int = 25) -> int:
        """Delete up to `limit` answers that are older than so many hours; return how many there were."""
        async with self.system() as transaction:
            return await purge(transaction, limit, hours)

    async def ping(self) -> None:
        """Raise Unavailable where Postgres does not answer."""
        async with self.system() as transaction:
            await transaction.fetch_value("select 1")
