"""The database that every case copies: one organization, and pending operations of every type and vendor."""

from dataclasses import dataclass

import httpx

from tests.fixtures.builders import (
    LINE_ITEMS,
    Json,
    build_account,
    build_account_settings,
    build_bridge,
    build_order,
)
from tests.fixtures.sandboxes import Sandbox

READ_SECONDS = 15
"""Long enough for a sandbox on a busy machine. Absence proves something about 25 s after the send to ShipEngine."""
LOOK_SECONDS = 6
CARRIERS = {"usps": "GROUND_ADVANTAGE", "shipengine": "usps_ground_advantage", "fedex": "GROUND"}
"""A carrier of each safety class, with one of its services."""
CHANNELS = {"amazon": "113-0000001-0000001", "shopify": "4000000000001"}
"""A channel with idempotency keys and one with a reliable lookup, each with the id of its order."""
VENDORS = {"amazon": ("shipengine", "amazon"), **{carrier: (carrier, "shopify") for carrier in CARRIERS}}
"""The carrier and the channel of each vendor's operations."""


@dataclass(frozen=True)
class SeedData:
    """The organization's key, and its pending operations by type and vendor."""

    key: str
    operations: dict[tuple[str, str], str]
    creation: Json
    """The body that creates another operation."""


async def create_seed_data(url: str, key: str) -> SeedData:
    """Create all resources over the API."""
    operations = {}
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:

        async def create(path: str, body: Json) -> str:
            answer = await http.post(f"/api/{path}", json=body)
            assert answer.status_code == httpx.codes.CREATED, answer.text
            return str(answer.json()["data"]["id"])

        orders = {
            channel: await create("orders", build_order(external_id=ident)) for channel, ident in CHANNELS.items()
        }
        for vendor, (carrier, channel) in VENDORS.items():
            account = await create("carrier-accounts", _account(carrier, vendor))
            bridge = await create("bridges", _bridge(channel, vendor))
            for kind, fields in _inputs(carrier, account, bridge).items():
                body = {"type": kind, "order_id": orders[channel], "input": fields}
                operations[kind, vendor] = await create("operations", body)
    return SeedData(key, operations, body)


async def create_shop_orders(sandbox: Sandbox) -> None:
    """Create the orders in the sandbox's shop."""
    for ident in CHANNELS.values():
        await sandbox.put_order(ident, LINE_ITEMS)


def _account(carrier: str, name: str) -> Json:
    limits = {"read_timeout_seconds": READ_SECONDS, "recover_for_seconds": LOOK_SECONDS}
    return build_account(carrier, name=name, is_default=False, settings=build_account_settings(**limits))


def _bridge(channel: str, name: str) -> Json:
    return build_bridge(channel=channel, name=name, settings={"read_timeout_seconds": READ_SECONDS})


def _inputs(carrier: str, account: str, bridge: str) -> dict[str, Json]:
    label = {"carrier_account_id": account, "service": CARRIERS[carrier]}
    return {
        "create_shipment": label,
        "push_fulfillment": {"bridge_id": bridge, "tracking_number": "618491066924", "carrier": "fedex"},
        "update_order_status": {"status": "on_hold"},
        "fulfill_order": {**label, "bridge_id": bridge},
    }
