"""The load's resources: an account of every carrier, a bridge of every channel, and orders."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos.vendors import ITEM, ORDERS_EACH, put_orders
from tests.fixtures.builders import build_account, build_account_settings, build_bridge, build_order
from tests.integration.carriers.vendors import CARRIERS, Carrier
from tests.integration.channels.vendors import CHANNELS, Channel

READ_SECONDS = 1.0
"""Short, so that the service soon looks up a call without an answer."""
LOOK_SECONDS = 6.0
SETTINGS = {"read_timeout_seconds": READ_SECONDS, "recover_for_seconds": LOOK_SECONDS}
PROVABLE = ("keyed", "lookup_strong")
"""Carriers of these classes get two accounts: other accounts need attention soon, and then do nothing more."""


@dataclass(frozen=True)
class Account:
    """A carrier account with its services and label formats."""

    id: str
    carrier: str
    services: tuple[str, ...]
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Bridge:
    """A bridge with the orders of its shop; every shipment needs its own tracking number there.

    `external_ids` are the shop's ids of the orders.
    """

    id: str
    orders: tuple[str, ...]
    external_ids: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """All accounts, bridges and orders of the load."""

    accounts: list[Account]
    bridges: list[Bridge]

    @property
    def movable(self) -> list[Account]:
        """The accounts that move between sandboxes: one of each carrier that has two, and UPS."""
        return [*self.accounts[len(CARRIERS) :], *(account for account in self.accounts if account.carrier == "ups")]

    @property
    def connections(self) -> list[str]:
        """The paths of all accounts and bridges."""
        accounts = [f"/api/carrier-accounts/{account.id}" for account in self.accounts]
        return accounts + [f"/api/bridges/{bridge.id}" for bridge in self.bridges]

    @property
    def orders(self) -> list[str]:
        """The ids of all orders."""
        return [order for bridge in self.bridges for order in bridge.orders]

    @property
    def shop_orders(self) -> list[str]:
        """The shops' ids of all orders."""
        return [external_id for bridge in self.bridges for external_id in bridge.external_ids]


async def make_world(http: httpx.AsyncClient, sandbox_url: str) -> World:
    """Create all resources before the disturbances begin."""
    carriers = [*CARRIERS, *(carrier for carrier in CARRIERS if carrier.safety in PROVABLE)]
    channels: list[tuple[Channel, dict[str, Any]]] = [(channel, {}) for channel in CHANNELS]
    channels += [(channel, {"can_cancel": False}) for channel in CHANNELS if channel.name == "shopify"]
    return World(
        accounts=[await _account(http, carrier) for carrier in carriers],
        bridges=[await _bridge(http, sandbox_url, channel, settings) for channel, settings in channels],
    )


async def _account(http: httpx.AsyncClient, carrier: Carrier) -> Account:
    body = build_account(carrier.name, is_default=False, settings=build_account_settings(**SETTINGS))
    ident = await _create(http, "/api/carrier-accounts", body)
    return Account(ident, carrier.name, (carrier.service,), carrier.formats)


async def _bridge(http: httpx.AsyncClient, sandbox_url: str, channel: Channel, settings: dict[str, Any]) -> Bridge:
    external_ids = [channel.new_order_id() for _ in range(ORDERS_EACH)]
    await put_orders(sandbox_url, external_ids)
    orders = [await _order(http, ident) for ident in external_ids]
    body = build_bridge(channel=channel.name, name=channel.name, settings={**SETTINGS, **settings})
    return Bridge(await _create(http, "/api/bridges", body), tuple(orders), tuple(external_ids))


async def _order(http: httpx.AsyncClient, external_id: str) -> str:
    item = {**ITEM, "price": "10.00"}
    return await _create(http, "/api/orders", build_order(external_id=external_id, line_items=[item]))


async def _create(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    answer = await http.post(path, json=body)
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])
