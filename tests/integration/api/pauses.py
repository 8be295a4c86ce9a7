"""Accounts whose operations wait during a pause."""

from collections.abc import Callable
from typing import Any

from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import Json, build_account, build_account_settings
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.fixtures.shops import SERVICES

ACCOUNTS = "/api/carrier-accounts"
OPERATIONS = "/api/operations"
REASON = {"reason": "The warehouse moves."}


async def until(shop: LiveShop, path: str, holds: Callable[[Json], object], within: float = 30.0) -> Json:
    """Poll a resource until a condition is true."""

    async def found() -> Json | None:
        read: Json = await shop.data("GET", path)
        return read if holds(read) else None

    read = await eventually(found, within, f"{path} is as expected")
    assert read is not None
    return read


async def until_paused(shop: LiveShop, operation_id: str) -> Json:
    return await until(shop, f"{OPERATIONS}/{operation_id}", lambda read: read["progress"])


async def until_done(shop: LiveShop, operation_id: str) -> Json:
    done = await until(shop, f"{OPERATIONS}/{operation_id}", lambda read: read["status"] != "executing")
    assert done["status"] == "completed", done["error"]
    return done


async def start(shop: LiveShop, operation_id: str) -> Json:
    started: Json = await shop.data("POST", f"{OPERATIONS}/{operation_id}/execute")
    return started


async def new_account(shop: LiveShop, carrier: str, **settings: Any) -> str:
    """Create an account of a carrier in the sandbox; return its id."""
    body = build_account(carrier, is_default=False, settings=build_account_settings(**settings))
    if "base_url" in settings:
        profile = CARRIERS[carrier]
        body["credentials"] = dict(profile.sandbox_credentials)
        body["settings"]["options"] = dict(profile.sandbox_options)
    return str((await shop.data("POST", ACCOUNTS, body))["id"])


async def new_label(shop: LiveShop, carrier: str, account_id: str) -> str:
    fields = {"carrier": carrier, "carrier_account_id": account_id, "service": SERVICES[carrier]}
    return await shop.create("create_shipment", **fields)
