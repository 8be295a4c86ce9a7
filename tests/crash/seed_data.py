"""The database that every case begins with: one organization, and pending operations of every type and vendor."""

from dataclasses import dataclass

import httpx

from tests.fixtures.builders import LINE_ITEMS, PARCEL, SHIP_FROM, SHIP_TO, Json
from tests.fixtures.sandboxes import Sandbox

READ_SECONDS = 5
"""Long enough for a sandbox on a busy machine; absence proves something some 9 s after the send, which is no later than
Temporal misses the heartbeat."""
LOOK_SECONDS = 6
CARRIERS = {"usps": "GROUND_ADVANTAGE", "shipengine": "usps_ground_advantage", "fedex": "GROUND"}
"""A carrier of each safety class, and a service of it."""
CHANNELS = {"amazon": "113-0000001-0000001", "shopify": "4000000000001"}
"""A keyed channel, and one that is looked up for certain, and the order that each has."""
PLACES = {"amazon": ("shipengine", "amazon"), **{carrier: (carrier, "shopify") for carrier in CARRIERS}}
"""By vendor: the carrier and the channel that its operations are about."""


@dataclass(frozen=True)
class SeedData:
    """What there is: the key of the organization, and its pending operations by type and vendor."""

    key: str
    operations: dict[tuple[str, str], str]
    creation: Json
    """The body that creates one more."""


async def create_seed_data(url: str, key: str) -> SeedData:
    """Create everything over the API."""
    operations = {}
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:

        async def create(path: str, body: Json) -> str:
            answer = await http.post(f"/api/{path}", json=body)
            assert answer.status_code == httpx.codes.CREATED, answer.text
            return str(answer.json()["data"]["id"])

        orders = {channel: await create("orders", _order(ident)) for channel, ident in CHANNELS.items()}
        for vendor, (carrier, channel) in PLACES.items():
            account = await create("carrier-accounts", _account(carrier, vendor))
            bridge = await create("bridges", _bridge(channel, vendor))
            for kind, given in _inputs(carrier, account, bridge).items():
                body = {"type": kind, "order_id": orders[channel], "input": given}
                operations[kind, vendor] = await create("operations", body)
    return SeedData(key, operations, body)


async def place_orders(sandbox: Sandbox) -> None:
    """Let the sandbox's shop have the orders."""
    for ident in CHANNELS.values():
        await sandbox.put_order(ident, LINE_ITEMS)


def _order(external_id: str) -> Json:
    return {"external_id": external_id, "ship_to": SHIP_TO, "line_items": LINE_ITEMS}


def _account(carrier: str, name: str) -> Json:
    shared = {"ship_from": SHIP_FROM, "default_parcel": PARCEL, "read_timeout_seconds": READ_SECONDS}
    return {
        "carrier": carrier,
        "name": name,
        "mode": "test",
        "settings": {**shared, "recover_for_seconds": LOOK_SECONDS},
    }


def _bridge(channel: str, name: str) -> Json:
    return {"channel": channel, "name": name, "mode": "test", "settings": {"read_timeout_seconds": READ_SECONDS}}


def _inputs(carrier: str, account: str, bridge: str) -> dict[str, Json]:
    label = {"carrier_account_id": account, "service": CARRIERS[carrier]}
    return {
        "create_shipment": label,
        "push_fulfillment": {"bridge_id": bridge, "tracking_number": "618491066924", "carrier": "fedex"},
        "update_order_status": {"status": "on_hold"},
        "fulfill_order": {**label, "bridge_id": bridge},
    }
