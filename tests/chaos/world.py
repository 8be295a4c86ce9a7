"""What the load works with: orders, an account and a bridge of every safety class, and of every real adapter."""

import asyncio
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx

from domain.shipping import SafetyClass
from domain.vendors import catalogue
from tests.chaos import vendors
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO
from tests.integration.carriers.vendors import CARRIERS, Carrier
from tests.integration.channels.vendors import CHANNELS, Channel

ORDERS = 12
READ_SECONDS = 1.0
"""Short, so that an unanswered call is looked after soon: 2 s for a call, 3 s until absence proves something."""
LOOK_SECONDS = 6.0
REAL = {"read_timeout_seconds": READ_SECONDS, "recover_for_seconds": LOOK_SECONDS}
PROVABLE = (SafetyClass.KEYED, SafetyClass.LOOKUP_STRONG)
"""These get two accounts and bridges each: the other classes soon need a person, and then nothing more happens."""


@dataclass(frozen=True)
class Account:
    """A carrier account: what it sells, and how it prints."""

    id: str
    services: tuple[str, ...]
    formats: tuple[str, ...] = ("PDF", "ZPL")


@dataclass(frozen=True)
class Bridge:
    """A bridge; a real channel takes its own orders only, and each parcel needs a number of its own there."""

    id: str
    orders: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """What exists."""

    orders: list[str]
    accounts: list[Account]
    bridges: list[Bridge]


async def make_world(http: httpx.AsyncClient, sandbox_url: str) -> World:
    """Create everything, while all is still well."""
    world = await _simulated_world(http)
    world.accounts.extend([await _real_account(http, sandbox_url, one) for one in CARRIERS])
    world.bridges.extend([await _real_bridge(http, sandbox_url, one) for one in CHANNELS])
    return world


async def _simulated_world(http: httpx.AsyncClient) -> World:
    services = {carrier.name: carrier.services for carrier in catalogue.CARRIERS.values() if carrier.simulated}
    carriers = cycle(services)
    accounts = [(next(carriers), safety) for safety in (*PROVABLE, *SafetyClass)]
    bridges: list[tuple[SafetyClass, dict[str, Any]]] = [(safety, {}) for safety in (*PROVABLE, *SafetyClass)]
    bridges.append((SafetyClass.LOOKUP_STRONG, {"answer_after_seconds": 4.0}))
    bridges.append((SafetyClass.LOOKUP_STRONG, {"can_cancel": False}))
    return World(
        orders=await asyncio.gather(*(_order(http, f"chaos-{number}") for number in range(ORDERS))),
        accounts=[Account(await _account(http, *one), services[one[0]]) for one in accounts],
        bridges=[Bridge(await _bridge(http, *one)) for one in bridges],
    )


async def _real_account(http: httpx.AsyncClient, sandbox_url: str, carrier: Carrier) -> Account:
    settings = {**REAL, "base_url": vendors.base_url(sandbox_url, carrier.name)}
    settings |= {"ship_from": SHIP_FROM, "default_parcel": PARCEL}
    ident = await _made(http, "/api/carrier-accounts", vendors.account(carrier, settings))
    return Account(ident, (carrier.service,), carrier.formats)


async def _real_bridge(http: httpx.AsyncClient, sandbox_url: str, channel: Channel) -> Bridge:
    external_ids = [channel.new_order_id() for _ in range(vendors.ORDERS_EACH)]
    await vendors.know_orders(sandbox_url, external_ids)
    orders = [await _order(http, ident) for ident in external_ids]
    settings = {**REAL, "base_url": vendors.base_url(sandbox_url, channel.name)}
    return Bridge(await _made(http, "/api/bridges", vendors.bridge(channel, settings)), tuple(orders))


async def _order(http: httpx.AsyncClient, external_id: str) -> str:
    item = {**vendors.ITEM, "price": "10.00"}
    body = {"external_id": external_id, "status": "pending", "ship_to": SHIP_TO, "line_items": [item]}
    return await _made(http, "/api/orders", body)


async def _account(http: httpx.AsyncClient, carrier: str, safety: SafetyClass) -> str:
    settings = {**_settings(safety), "ship_from": SHIP_FROM, "default_parcel": PARCEL}
    body = {"carrier": carrier, "name": f"{carrier}, {safety.value}", "settings": settings}
    return await _made(http, "/api/carrier-accounts", body)


async def _bridge(http: httpx.AsyncClient, safety: SafetyClass, more: dict[str, Any]) -> str:
    body = {"channel": "sandbox", "name": f"shop, {safety.value}", "settings": {**_settings(safety), **more}}
    return await _made(http, "/api/bridges", body)


def _settings(safety: SafetyClass) -> dict[str, Any]:
    return {**REAL, "safety_class": safety.value}


async def _made(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    secret = {} if path == "/api/orders" else {"credentials": {"api_key": "x"}}
    answer = await http.post(path, json={**secret, **body})
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])
