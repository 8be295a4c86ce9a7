"""The database that every case begins with: one organization, and pending operations of every type and vendor."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.fixtures.builders import LINE_ITEMS, PARCEL, SHIP_FROM, SHIP_TO

Json = dict[str, Any]

READ_SECONDS = 5
"""Long enough for a sandbox on a busy machine; absence proves something some 9 s after the send, which is no later than
Temporal misses the heartbeat."""
LOOK_SECONDS = 6
CLASSES = ("keyed", "lookup_strong", "lookup_weak")
VENDORS: dict[str, Json] = {
    **{name: {"safety_class": name, "recover_for_seconds": LOOK_SECONDS} for name in CLASSES},
    "later": {"answer_after_seconds": 1},
    "never": {"answer_after_seconds": 86_400},
}
"""By vendor: the settings of its account and its bridge."""


@dataclass(frozen=True)
class Furniture:
    """What there is: the key of the organization, and its pending operations by type and vendor."""

    key: str
    operations: dict[tuple[str, str], str]
    creation: Json
    """The body that creates one more."""


async def furnish(url: str, key: str) -> Furniture:
    """Create everything over the API."""
    operations = {}
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:

        async def create(path: str, body: Json) -> str:
            answer = await http.post(f"/api/{path}", json=body)
            assert answer.status_code == httpx.codes.CREATED, answer.text
            return str(answer.json()["data"]["id"])

        order = await create("orders", {"external_id": "T-1", "ship_to": SHIP_TO, "line_items": LINE_ITEMS})
        for vendor, settings in VENDORS.items():
            account = await create("carrier-accounts", _account(vendor, settings))
            bridge = await create("bridges", _bridge(vendor, settings))
            for kind, given in _inputs(account, bridge).items():
                body = {"type": kind, "order_id": order, "input": given}
                operations[kind, vendor] = await create("operations", body)
    return Furniture(key, operations, body)


def _account(vendor: str, settings: Json) -> Json:
    own = {name: value for name, value in settings.items() if name != "answer_after_seconds"}
    shared = {"ship_from": SHIP_FROM, "default_parcel": PARCEL, "read_timeout_seconds": READ_SECONDS}
    credentials = {"api_key": "sandbox"}
    return {"carrier": "fedex", "name": vendor, "settings": {**shared, **own}, "credentials": credentials}


def _bridge(vendor: str, settings: Json) -> Json:
    own = {**settings, "read_timeout_seconds": READ_SECONDS}
    return {"channel": "sandbox", "name": vendor, "settings": own, "credentials": {"api_key": "sandbox"}}


def _inputs(account: str, bridge: str) -> dict[str, Json]:
    label = {"carrier_account_id": account, "service": "GROUND"}
    return {
        "create_shipment": label,
        "push_fulfillment": {"bridge_id": bridge, "tracking_number": "618491066924", "carrier": "fedex"},
        "update_order_status": {"status": "on_hold"},
        "fulfill_order": {**label, "bridge_id": bridge},
    }
