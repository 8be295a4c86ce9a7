"""The database: one organization's stores, in a transaction or with autocommit."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from uuid import UUID

from adapters.encryption import CredentialCipher
from adapters.postgres.core.pools import DEFAULT_POOLS, Pools, PoolSettings
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores.api_keys import PostgresApiKeys, find_by_secret
from adapters.postgres.stores.bridges import PostgresBridges
from adapters.postgres.stores.bulk import PostgresBulk
from adapters.postgres.stores.bulk_actions import PostgresBulkActions, find_open
from adapters.postgres.stores.carrier_accounts import PostgresCarrierAccounts
from adapters.postgres.stores.events import PostgresEvents
from adapters.postgres.stores.first_reads import FirstReads
from adapters.postgres.stores.idempotency import PostgresIdempotency, purge
from adapters.postgres.stores.operations import PostgresOperations
from adapters.postgres.stores.orders import PostgresOrders
from adapters.postgres.stores.organization import PostgresOrganization
from adapters.postgres.stores.related import read_related
from adapters.postgres.stores.shipments import PostgresShipments
from adapters.postgres.stores.users import PostgresUsers, register_person
from adapters.postgres.stores.webhook_endpoints import PostgresWebhookEndpoints
from domain.bulk_actions import OpenBulkAction
from domain.channels import Bridge
from domain.ids import new_id
from domain.operations import Operation
from domain.orders import Order
from domain.ports.stores import CallingKey, Related
from domain.shipping import CarrierAccount

TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended(%(org)s::text || %(id)s::text, 2))"


class OrganizationData(OrganizationTransaction):
    """One organization's data in one transaction: its stores, and SQL scoped to it."""

    def __init__(self, transaction: OrganizationTransaction, cipher: CredentialCipher, first_reads: FirstReads) -> None:
        super().__init__(
            transaction.connection,
            transaction.organization_id,
            alone=transaction.alone,
            statement_seconds=transaction.statement_seconds,
        )
        self.operations = PostgresOperations(self, first_reads)
        self.bulk = PostgresBulk(self)
        self.bulk_actions = PostgresBulkActions(self)
        self.orders = PostgresOrders(self)
        self.shipments = PostgresShipments(self)
        self.carrier_accounts = PostgresCarrierAccounts(self, cipher)
        self.bridges = PostgresBridges(self, cipher)
        self.api_keys = PostgresApiKeys(self)
        self.users = PostgresUsers(self)
        self.webhook_endpoints = PostgresWebhookEndpoints(self, cipher)
        self.idempotency = PostgresIdempotency(self)
        self.events = PostgresEvents(self)
        self.organization = PostgresOrganization(self)

    async def related(self, operations: Sequence[Operation], names: Collection[str]) -> Related:
        return await read_related(self, operations, names)

    async def order_with_connections(
        self, order_id: UUID, account_id: UUID | None
    ) -> tuple[Order | None, Bridge | None, CarrierAccount | None]:
        queries = (
            self.orders.select_by("order_id"),
            self.bridges.select_of_order("order_id"),
            self.carrier_accounts.select_by("account_id"),
        )
        found = await self.fetch_each(queries, order_id=order_id, account_id=account_id)
        order, bridge, account = (next(iter(rows), None) for rows in found)
        return order, bridge, account

    async def take_turns(self, ident: UUID) -> None:
        """Lock an id for this transaction.

        An advisory lock and not a row lock: making an account its carrier's default also changes the row of the
            previous
        default, so that two such calls could deadlock on each other's rows.
        """
        await self.execute(TAKE_TURNS, id=ident)


class Database(Pools):
    """The stores of each organization, and the data of all of them; `cipher` decrypts the stored credentials."""

    def __init__(self, database_url: str, cipher: CredentialCipher, settings: PoolSettings = DEFAULT_POOLS) -> None:
        super().__init__(database_url, settings)
        self._cipher = cipher
        self.first_reads = FirstReads()

    @contextlib.asynccontextmanager
    async def organization(self, organization_id: UUID) -> AsyncIterator[OrganizationData]:
        async with self.transaction(organization_id) as transaction:
            yield OrganizationData(transaction, self._cipher, self.first_reads)

    @contextlib.asynccontextmanager
    async def autocommit(self, organization_id: UUID) -> AsyncIterator[OrganizationData]:
        async with self.statements(organization_id) as transaction:
            yield OrganizationData(transaction, self._cipher, self.first_reads)

    async def authenticate(self, secret_hash: bytes) -> CallingKey | None:
        """Find an API key of any organization by the SHA-256 of its secret, including revoked and expired ones.

        Every request does this: a statement without a transaction costs a quarter of one within.
        """
        return await self.run(lambda transaction: find_by_secret(transaction, secret_hash))

    async def register_person(self, email: str) -> UUID:
        """Return the id of the person with this e-mail address, added if it is unknown; any case matches.

        A transaction of the service's own role, because an organization sees its own users only.
        """
        async with self.system() as transaction:
            return await register_person(transaction, new_id(), email)

    async def create_organization(self, name: str) -> UUID:
        """Insert an organization and return its id."""
        ident = new_id()
        async with self.system() as transaction:
            await transaction.execute(
                "insert into organizations (id, name) values (%(id)s, %(name)s)", id=ident, name=name
            )
        return ident

    async def organizations(self) -> dict[UUID, str]:
        async with self.system() as transaction:
            found = await transaction.fetch_all(dict, "select id, name from organizations order by created_at, id")
        return {row["id"]: row["name"] for row in found}

    async def open_bulk_actions(self) -> list[OpenBulkAction]:
        """Return one bulk action with work to do now of each organization."""
        async with self.system_statements() as transaction:
            return await find_open(transaction)

    async def purge_idempotency(self, limit: int = 1_000, hours: int = 25) -> int:
        """Delete up to `limit` answers older than `hours`; return how many were deleted."""
        async with self.system() as transaction:
            return await purge(transaction, limit, hours)
