"""Looks up what an input names, within the organization's transaction."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from domain.channels import Bridge
from domain.orders import Order
from domain.ports.references import References
from domain.ports.stores import OrganizationData
from domain.shipping import CarrierAccount, Shipment

K = TypeVar("K")
R = TypeVar("R")


class StoredReferences:
    """`domain.ports.references.References` on one organization's data."""

    def __init__(self, data: OrganizationData) -> None:
        self._data = data

    async def order(self, order_id: UUID) -> Order | None:
        return await self._data.orders.get(order_id)

    async def account(self, account_id: UUID) -> CarrierAccount | None:
        return await self._data.carrier_accounts.get(account_id)

    async def default_account(self, carrier: str) -> CarrierAccount | None:
        return await self._data.carrier_accounts.default(carrier)

    async def bridge(self, bridge_id: UUID) -> Bridge | None:
        return await self._data.bridges.get(bridge_id)

    async def shipment(self, shipment_id: UUID) -> Shipment | None:
        return await self._data.shipments.get(shipment_id)


class CachedReferences:
    """`domain.ports.references.References` that look each thing up once, however many operations name it."""

    def __init__(self, stored: References) -> None:
        self._stored = stored
        self._known: dict[tuple[str, object], Any] = {}

    def preload(self, resource: str, idents: Iterable[UUID], found: Mapping[UUID, object]) -> None:
        """Take over what was read at once; what is not found is known not to be there."""
        self._known |= {(resource, ident): found.get(ident) for ident in idents}

    async def order(self, order_id: UUID) -> Order | None:
        return await self._once("order", order_id, self._stored.order)

    async def account(self, account_id: UUID) -> CarrierAccount | None:
        return await self._once("account", account_id, self._stored.account)

    async def default_account(self, carrier: str) -> CarrierAccount | None:
        return await self._once("default_account", carrier, self._stored.default_account)

    async def bridge(self, bridge_id: UUID) -> Bridge | None:
        return await self._once("bridge", bridge_id, self._stored.bridge)

    async def shipment(self, shipment_id: UUID) -> Shipment | None:
        return await self._once("shipment", shipment_id, self._stored.shipment)

    async def _once(self, resource: str, ident: K, look_up: Callable[[K], Awaitable[R | None]]) -> R | None:
        key = (resource, ident)
        if key not in self._known:
            self._known[key] = await look_up(ident)
        known: R | None = self._known[key]
        return known
