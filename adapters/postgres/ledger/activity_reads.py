"""The reads of activities, in one or few round trips each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from adapters.encryption import CredentialCipher
from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores import pauses
from adapters.postgres.stores.bridges import PostgresBridges
from adapters.postgres.stores.operations import GET, PostgresOperations
from adapters.postgres.stores.orders import COLUMNS as ORDER_COLUMNS
from adapters.postgres.stores.orders import PostgresOrders
from adapters.postgres.stores.shipments import PostgresShipments
from domain.errors import (
    BridgeNotFound,
    CarrierAccountNotFound,
    NotFound,
    OperationNotFound,
    OrderNotFound,
    ShipmentNotFound,
)
from domain.operations import Operation, RunRef
from domain.orders import Order
from domain.pauses import PROBE_AFTER_SECONDS, Pause, PauseCause
from domain.ports.ledger import PushData, ShippingData
from domain.ports.rows import PageQuery
from domain.shipping import Connection, ConnectionSettings, Mode, Shipment
from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.profile import Profile

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection as stored; see `Connection`."""

    id: UUID
    vendor: str
    mode: Mode
    active: bool
    version: datetime
    settings: ConnectionSettings
    credentials: bytes
    pause: Pause | None
    probed_by: UUID | None


class PostgresActivityReads:
    """Implements `domain.ports.ledger.ActivityReads` in Postgres."""

    def __init__(
        self, pools: Pools, cipher: CredentialCipher, probe_after_seconds: float = PROBE_AFTER_SECONDS
    ) -> None:
        """`probe_after_seconds` is the time from a pause by the service to its first probe."""
        self._pools = pools
        self._cipher = cipher
        self._probe_after_seconds = probe_after_seconds

    async def shipping(self, organization_id: UUID, operation_id: UUID) -> ShippingData:
        queries: tuple[tuple[type[Any], str], ...] = (
            (Operation, GET),
            (Order, ITS_ORDER),
            (StoredConnection, ITS_ACCOUNT),
        )
        async with self._pools.statements(organization_id) as transaction:
            operations, orders, accounts = await transaction.fetch_each(queries, id=operation_id)
        operation: Operation = _found(next(iter(operations), None), OperationNotFound, operation_id)
        order: Order = _found(next(iter(orders), None), OrderNotFound, operation.order_id)
        account = self._open(next(iter(accounts), None), CarrierAccountNotFound, operation.plan.carrier_account_id)
        return ShippingData(operation, order, account)

    async def push(self, organization_id: UUID, operation_id: UUID, shipment_id: UUID | None) -> PushData:
        async with self._pools.statements(organization_id) as transaction:
            operation = _found(await PostgresOperations(transaction).get(operation_id), OperationNotFound, operation_id)
            order_id, bridge_id = operation.order_id, operation.plan.bridge_id
            order = await PostgresOrders(transaction).get(order_id) if order_id else None
            found = await PostgresBridges(transaction, self._cipher).get(bridge_id) if bridge_id else None
            bridge = _found(found, BridgeNotFound, bridge_id)
            return PushData(
                operation,
                _found(order, OrderNotFound, order_id),
                bridge,
                await self._bridge(transaction, bridge.id),
                await _shipment(transaction, operation_id, shipment_id),
            )

    async def account(self, organization_id: UUID, account_id: UUID) -> Connection:
        sql = f"select {CONNECTION.format(vendor='carrier')} from carrier_accounts {BY_ID}"
        async with self._pools.statements(organization_id) as transaction:
            row = await transaction.fetch_one(StoredConnection, sql, id=account_id)
        return self._open(row, CarrierAccountNotFound, account_id)

    async def bridge(self, organization_id: UUID, bridge_id: UUID) -> Connection:
        async with self._pools.statements(organization_id) as transaction:
            return await self._bridge(transaction, bridge_id)

    async def shipment(self, organization_id: UUID, shipment_id: UUID) -> Shipment:
        async with self._pools.statements(organization_id) as transaction:
            return _found(await PostgresShipments(transaction).get(shipment_id), ShipmentNotFound, shipment_id)

    async def auth_failed(self, connection: Connection, organization_id: UUID, reason: str) -> None:
        async with self._pools.transaction(organization_id) as transaction:
            await pauses.switch_off(transaction, connection, reason)

    async def pause(
        self, connection: Connection, run: RunRef, cause: PauseCause, reason: str, after: float | None
    ) -> None:
        async with self._pools.transaction(run.organization_id) as transaction:
            await pauses.pause_for_cause(
                transaction, run, connection, cause, reason, after=after, first=self._probe_after_seconds
            )

    async def resume(self, connection: Connection, run: RunRef, *, after_purchase: bool) -> None:
        async with self._pools.transaction(run.organization_id) as transaction:
            await pauses.resume_after_probe(transaction, run, connection, after_purchase=after_purchase)

    async def _bridge(self, transaction: OrganizationTransaction, bridge_id: UUID) -> Connection:
        sql = f"select {CONNECTION.format(vendor='channel')} from bridges {BY_ID}"
        return self._open(await transaction.fetch_one(StoredConnection, sql, id=bridge_id), BridgeNotFound, bridge_id)

    def _open(self, row: StoredConnection | None, missing: type[NotFound], ident: UUID | None) -> Connection:
        found = _found(row, missing, ident)
        credentials = self._cipher.decrypt(found.credentials)
        profile = PROFILES[missing].get(found.vendor)
        return Connection(
            id=found.id,
            vendor=found.vendor,
            mode=found.mode,
            active=found.active,
            version=found.version,
            settings=found.settings,
            credentials=credentials,
            fingerprint=profile.fingerprint(found.mode, found.settings, credentials) if profile else None,
            pause=found.pause,
            probed_by=found.probed_by,
        )


PROFILES: Mapping[type[NotFound], Mapping[str, Profile]] = {CarrierAccountNotFound: CARRIERS, BridgeNotFound: CHANNELS}
CONNECTION = columns(
    StoredConnection, vendor="{vendor}", active="status = 'active'", version="updated_at", pause=pauses.PAUSE
)
BY_ID = "where organization_id = %(org)s and id = %(id)s"

ITS_ORDER = f"""
    select {ORDER_COLUMNS} from orders
    where organization_id = %(org)s and id = (select order_id from operations {BY_ID})
"""

ITS_ACCOUNT = f"""
    select {CONNECTION.format(vendor="carrier")} from carrier_accounts
    where organization_id = %(org)s and id = (select (plan ->> 'carrier_account_id')::uuid from operations {BY_ID})
"""


async def _shipment(
    transaction: OrganizationTransaction, operation_id: UUID, shipment_id: UUID | None
) -> Shipment | None:
    shipments = PostgresShipments(transaction)
    if shipment_id is not None:
        return await shipments.get(shipment_id)
    newest = PageQuery(page=1, limit=1, sort="created_at", descending=True)
    found, _ = await shipments.list_({"operation_id": operation_id}, newest)
    return found[0] if found else None


def _found(row: T | None, missing: type[NotFound], ident: UUID | None) -> T:
    if row is None:
        raise missing(ident)
    return row
