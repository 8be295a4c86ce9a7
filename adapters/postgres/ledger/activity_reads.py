"""The reads of activities, in one or few round trips each."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from adapters.encryption import CredentialCipher
from adapters.postgres.core.pools import Pools
from adapters.postgres.stores import pauses
from adapters.postgres.stores.bridges import PostgresBridges
from adapters.postgres.stores.first_reads import (
    BY_ID,
    CONNECTION,
    FIRST_READS,
    ITS_ORDER,
    FirstReads,
    StoredConnection,
)
from adapters.postgres.stores.operations import GET
from adapters.postgres.stores.shipments import PostgresShipments
from domain.channels import Bridge
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
from domain.pauses import PROBE_AFTER_SECONDS, PauseCause
from domain.ports.ledger import PushData, ShippingData
from domain.shipping import Connection, Shipment
from domain.vendors.catalogue import CARRIERS, CHANNELS
from domain.vendors.profile import Profile

T = TypeVar("T")


class PostgresActivityReads:
    """Implements `domain.ports.ledger.ActivityReads` in Postgres."""

    def __init__(
        self,
        pools: Pools,
        cipher: CredentialCipher,
        probe_after_seconds: float = PROBE_AFTER_SECONDS,
        first_reads: FirstReads | None = None,
    ) -> None:
        """`probe_after_seconds` is the time from a pause by the service to its first probe."""
        self._pools = pools
        self._first_reads = first_reads or FirstReads()
        self._cipher = cipher
        self._probe_after_seconds = probe_after_seconds

    async def shipping(self, organization_id: UUID, operation_id: UUID) -> ShippingData:
        first = self._first_reads.take(operation_id)
        if first is not None:
            account = self._open(first.account, CarrierAccountNotFound, first.account.id)
            # The first run was opened a moment ago, and this is the first delivery of its first step.
            may_be_sent = first.operation.current_run > 1
            return ShippingData(first.operation, first.order, account, may_be_sent)
        queries: tuple[tuple[type[Any], str], ...] = ((Operation, GET), *FIRST_READS)
        async with self._pools.statements(organization_id) as transaction:
            operations, orders, accounts = await transaction.fetch_each(queries, id=operation_id)
        operation: Operation = _found(next(iter(operations), None), OperationNotFound, operation_id)
        order: Order = _found(next(iter(orders), None), OrderNotFound, operation.order_id)
        account = self._open(next(iter(accounts), None), CarrierAccountNotFound, operation.plan.carrier_account_id)
        return ShippingData(operation, order, account)

    async def push(self, organization_id: UUID, operation_id: UUID, shipment_id: UUID | None) -> PushData:
        shipment = ITS_SHIPMENT if shipment_id is None else SHIPMENT
        queries: tuple[tuple[type[Any], str], ...] = (
            (Operation, GET),
            (Order, ITS_ORDER),
            (Bridge, ITS_BRIDGE),
            (StoredConnection, ITS_CHANNEL),
            (Shipment, shipment),
        )
        async with self._pools.statements(organization_id) as transaction:
            operations, orders, bridges, channels, shipments = await transaction.fetch_each(
                queries, id=operation_id, shipment_id=shipment_id
            )
        operation: Operation = _found(next(iter(operations), None), OperationNotFound, operation_id)
        order: Order = _found(next(iter(orders), None), OrderNotFound, operation.order_id)
        bridge_id = operation.plan.bridge_id
        bridge: Bridge = _found(next(iter(bridges), None), BridgeNotFound, bridge_id)
        channel = self._open(next(iter(channels), None), BridgeNotFound, bridge_id)
        return PushData(operation, order, bridge, channel, next(iter(shipments), None))

    async def account(self, organization_id: UUID, account_id: UUID) -> Connection:
        sql = f"select {CONNECTION.format(vendor='carrier')} from carrier_accounts {BY_ID}"
        async with self._pools.statements(organization_id) as transaction:
            row = await transaction.fetch_one(StoredConnection, sql, id=account_id)
        return self._open(row, CarrierAccountNotFound, account_id)

    async def bridge(self, organization_id: UUID, bridge_id: UUID) -> Connection:
        sql = f"select {CONNECTION.format(vendor='channel')} from bridges {BY_ID}"
        async with self._pools.statements(organization_id) as transaction:
            row = await transaction.fetch_one(StoredConnection, sql, id=bridge_id)
        return self._open(row, BridgeNotFound, bridge_id)

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

ITS_BRIDGE_ID = f"organization_id = %(org)s and id = (select (plan ->> 'bridge_id')::uuid from operations {BY_ID})"
ITS_BRIDGE = f"select {PostgresBridges.listing.columns} from bridges where {ITS_BRIDGE_ID}"
ITS_CHANNEL = f"select {CONNECTION.format(vendor='channel')} from bridges where {ITS_BRIDGE_ID}"

SHIPMENT = f"""
    select {PostgresShipments.listing.columns} from shipments
    where organization_id = %(org)s and id = %(shipment_id)s
"""
ITS_SHIPMENT = f"""
    select {PostgresShipments.listing.columns} from shipments
    where organization_id = %(org)s and operation_id = %(id)s
    order by created_at desc, id desc limit 1
"""
"""The operation's newest shipment."""


def _found(row: T | None, missing: type[NotFound], ident: UUID | None) -> T:
    if row is None:
        raise missing(ident)
    return row
