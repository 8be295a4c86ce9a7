"""Looks up the rows that an input refers to, within the organization's transaction."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from api.http.auth import require_mode
from domain.channels import Bridge
from domain.errors import FieldError
from domain.operations import ShipmentUser
from domain.orders import Order
from domain.ports.stores import OrganizationData
from domain.ports.tracking import CarrierQueries
from domain.shipping import CarrierAccount, Mode, Shipment, ShipmentRequest
from domain.vendors.catalogue import CARRIERS
from domain.vendors.option_checks import find_option_problems, find_price_problems

K = TypeVar("K")
R = TypeVar("R")
Connection = TypeVar("Connection", CarrierAccount, Bridge)


class StoredReferences:
    """Implements `domain.ports.references.References`; each row is read once, however many operations refer to it."""

    def __init__(self, data: OrganizationData, carrier_queries: CarrierQueries, key_mode: Mode) -> None:
        """If `key_mode` is `test`, each live account, bridge or order is refused."""
        self._data = data
        self._carrier_queries = carrier_queries
        self.key_mode = key_mode
        self._known: dict[tuple[str, object], Any] = {}

    def preload(self, resource: str, idents: Iterable[UUID], found: Mapping[UUID, object]) -> None:
        """Remember rows that were read together; ids without a row are remembered as missing."""
        self._known |= {(resource, ident): found.get(ident) for ident in idents}

    async def order(self, order_id: UUID) -> Order | None:
        order = await self._look_up_once("order", order_id, self._data.orders.get)
        if order is not None:
            require_mode(self.key_mode, order.mode, f"the order {order_id}, whose mode is live")
        return order

    async def account(self, account_id: UUID) -> CarrierAccount | None:
        return self._reach(await self._look_up_once("account", account_id, self._data.carrier_accounts.get))

    async def default_account(self, carrier: str, mode: Mode) -> CarrierAccount | None:
        wanted = (carrier, Mode.TEST if self.key_mode is Mode.TEST else mode)
        return await self._look_up_once("default_account", wanted, self._find_default)

    async def bridge(self, bridge_id: UUID) -> Bridge | None:
        return self._reach(await self._look_up_once("bridge", bridge_id, self._data.bridges.get))

    async def shipment(self, shipment_id: UUID) -> Shipment | None:
        found = await self._look_up_once("shipment", shipment_id, self._data.shipments.get)
        if found is not None and self.key_mode is Mode.TEST:
            await self.account(found.carrier_account_id)
            if found.order_id is not None:
                await self.order(found.order_id)
        return found

    async def shipment_users(self, shipment: Shipment) -> Sequence[ShipmentUser]:
        return await self._data.shipments.users(shipment)

    def find_option_problems(self, account: CarrierAccount, request: ShipmentRequest) -> list[FieldError]:
        profile, now = CARRIERS[account.carrier], datetime.now(UTC)
        options, service, label_format = request.shipping_options, request.service, request.label_format
        found = find_option_problems(profile, options, now, service=service, label_format=label_format)
        return found if found or service else find_price_problems(profile, options)

    def check_shipment(self, account: CarrierAccount, request: ShipmentRequest) -> None:
        self._carrier_queries.check(account, request)

    async def _find_default(self, wanted: tuple[str, Mode]) -> CarrierAccount | None:
        return await self._data.carrier_accounts.default(*wanted)

    def _reach(self, connection: Connection | None) -> Connection | None:
        if connection is not None:
            require_mode(self.key_mode, connection.mode, f"the account or bridge {connection.id}, whose mode is live")
        return connection

    async def _look_up_once(self, resource: str, ident: K, look_up: Callable[[K], Awaitable[R | None]]) -> R | None:
        key = (resource, ident)
        if key not in self._known:
            self._known[key] = await look_up(ident)
        known: R | None = self._known[key]
        return known
