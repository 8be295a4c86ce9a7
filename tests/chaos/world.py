"""What the load works with: orders, and an account and a bridge of every safety class."""

import asyncio
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx

from domain.shipping import SafetyClass
from domain.vendors.catalogue import SERVICES

ADDRESS = {
    "name": "Grace Buyer",
    "street1": "12 Harbor Street",
    "city": "Portland",
    "state": "ME",
    "postal_code": "04101",
    "country": "US",
}
WAREHOUSE = {**ADDRESS, "name": "Warehouse", "street1": "1 Dock Road"}
PARCEL = {"weight": "2", "weight_unit": "lb"}
ORDERS = 12
READ_SECONDS = 1.0
"""Short, so that an unanswered call is looked after soon: 2 s for a call, 3 s until absence proves something."""
LOOK_SECONDS = 6.0
PROVABLE = (SafetyClass.KEYED, SafetyClass.LOOKUP_STRONG)
"""These get two accounts and bridges each: the other classes soon need a person, and then nothing more happens."""


@dataclass(frozen=True)
class World:
    """Ids of what exists; `accounts` and `bridges` by id with their safety class, accounts with their carrier too."""

    orders: list[str]
    accounts: list[tuple[str, str, SafetyClass]]
    bridges: list[tuple[str, SafetyClass]]


async def make_world(http: httpx.AsyncClient) -> World:
    """Create everything, while all is still well."""
    carriers = cycle(SERVICES)
    accounts = [(next(carriers), safety) for safety in (*PROVABLE, *SafetyClass)]
    bridges: list[tuple[SafetyClass, dict[str, Any]]] = [(safety, {}) for safety in (*PROVABLE, *SafetyClass)]
    bridges.append((SafetyClass.LOOKUP_STRONG, {"answer_after_seconds": 4.0}))
    bridges.append((SafetyClass.LOOKUP_STRONG, {"can_cancel": False}))
    return World(
        orders=await asyncio.gather(*(_order(http, number) for number in range(ORDERS))),
        accounts=[(await _account(http, *one), *one) for one in accounts],
        bridges=[(await _bridge(http, *one), one[0]) for one in bridges],
    )


async def _order(http: httpx.AsyncClient, number: int) -> str:
    item = {"id": "1", "sku": "TEE", "name": "T-shirt", "quantity": 1_000_000, "price": "10.00"}
    body = {"external_id": f"chaos-{number}", "status": "pending", "ship_to": ADDRESS, "line_items": [item]}
    return await _made(http, "/api/orders", body)


async def _account(http: httpx.AsyncClient, carrier: str, safety: SafetyClass) -> str:
    settings = {**_settings(safety), "ship_from": WAREHOUSE, "default_parcel": PARCEL}
    body = {"carrier": carrier, "name": f"{carrier}, {safety.value}", "settings": settings}
    return await _made(http, "/api/carrier-accounts", body)


async def _bridge(http: httpx.AsyncClient, safety: SafetyClass, more: dict[str, Any]) -> str:
    body = {"channel": "sandbox", "name": f"shop, {safety.value}", "settings": {**_settings(safety), **more}}
    return await _made(http, "/api/bridges", body)


def _settings(safety: SafetyClass) -> dict[str, Any]:
    return {
        "safety_class": safety.value,
        "read_timeout_seconds": READ_SECONDS,
        "recover_for_seconds": LOOK_SECONDS,
    }


async def _made(http: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    answer = await http.post(
        path, json={**body, **({} if path == "/api/orders" else {"credentials": {"api_key": "x"}})}
    )
    answer.raise_for_status()
    return str(answer.json()["data"]["id"])
