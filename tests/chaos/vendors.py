"""The vendors' own protocols in the world: an account or a bridge of every real adapter, at the simulator of it."""

from collections.abc import Iterable
from datetime import datetime

import httpx

from tests.chaos.told import Json
from tests.integration.carriers.vendors import CARRIERS, Carrier
from tests.integration.channels.vendors import CHANNELS, Channel

ORDERS_EACH = 4
ITEM = {"id": "1", "sku": "TEE", "name": "T-shirt", "quantity": 1_000_000}
SAFETY = {one.name: one.safety for one in CARRIERS} | {one.name: one.safety for one in CHANNELS}
MOST_REPRINTS = 3
"""So many looks for a lost label USPS allows; then only a person can say."""


def base_url(sandbox_url: str, vendor: str) -> str:
    """Where a vendor's protocol is spoken."""
    return f"{sandbox_url}/sim/{vendor}"


def account(carrier: Carrier, settings: Json) -> Json:
    """The body of a new account; `settings` are those that every account has."""
    own = {**settings, **({"options": carrier.options} if carrier.options else {})}
    return {**carrier.account(), "name": f"the real {carrier.name}", "settings": own}


def bridge(channel: Channel, settings: Json) -> Json:
    """The body of a new bridge."""
    return {**channel.bridge(), "name": f"the real {channel.name}", "settings": settings}


async def know_orders(sandbox_url: str, external_ids: Iterable[str]) -> None:
    """Let the channels know orders."""
    async with httpx.AsyncClient(base_url=sandbox_url, headers={"Authorization": "Bearer x"}, timeout=30) as http:
        for ident in external_ids:
            (await http.put(f"/channel/orders/{ident}", json={"line_items": [ITEM]})).raise_for_status()


async def repoint(http: httpx.AsyncClient, sandbox_url: str) -> None:
    """Let the real accounts and bridges lead to where the sandbox is now: a restarted stack has other ports."""
    credentials = {one.name: one.credentials for one in CARRIERS} | {one.name: one.credentials for one in CHANNELS}
    for path, vendor in (("/api/carrier-accounts", "carrier"), ("/api/bridges", "channel")):
        for one in (await http.get(path, params={"limit": 100})).raise_for_status().json()["data"]:
            wanted = base_url(sandbox_url, one[vendor])
            if one["mode"] == "live" and one["settings"]["base_url"] != wanted:
                body = {"settings": {"base_url": wanted}, "credentials": credentials[one[vendor]]}
                (await http.patch(f"{path}/{one['id']}", json=body)).raise_for_status()


def shipment_id(carrier: str, label: Json) -> str:
    """What a real carrier calls a label of the sandbox's books."""
    match carrier:
        case "easypost":
            return str(label["idempotency_key"])
        case "shipengine":
            return f"se-{label['tracking_number']}"
    return str(label["tracking_number"])


def fulfillment_id(channel: str, fulfillment: Json, all_of_them: list[Json]) -> str:
    """What a real channel calls a fulfillment of the sandbox's books."""
    order = fulfillment["external_id"]
    match channel:
        case "shopify":
            return f"gid://shopify/Fulfillment/{fulfillment['fulfillment_id']}"
        case "bigcommerce":
            ids = [one["fulfillment_id"] for one in all_of_them if one["external_id"] == order]
            return f"{order}/{ids.index(fulfillment['fulfillment_id']) + 1}"
        case "woocommerce":
            return f"{order}/{fulfillment['idempotency_key'].rpartition('_')[2]}"
    return f"{order}/{fulfillment['tracking_number']}"


def own_references(
    rows: list[Json], operations: dict[str, Json], effects: dict[str, list[Json]], shipments: dict[str, list[Json]]
) -> None:
    """Write our references in place of tracking numbers: by those channels know a fulfillment, and so the books do.

    Each operation's number is its own; of its rounds it is the last that was begun by then.
    """
    rounds: dict[str, list[Json]] = {}
    for ident, ledger in effects.items():
        numbers = [operations[ident]["input"].get("tracking_number")]
        numbers += [one["tracking_number"] for one in shipments.get(ident, [])]
        for number in filter(None, numbers):
            pushes = [one for one in ledger if one["step"] == "push_fulfillment" and one["direction"] == "do"]
            rounds.setdefault(str(number), []).extend(pushes)
    # A call that names nothing is nobody's.
    for row in (one for one in rows if one["reference"]):
        begun = [one for one in rounds.get(str(row["reference"]), []) if _moment(one["created_at"]) <= _moment(row)]
        if begun:
            row["reference"] = max(begun, key=lambda one: _moment(one["created_at"]))["reference"]


def _moment(told: Json | str) -> datetime:
    text = told if isinstance(told, str) else told.get("created_at") or told["at"]
    return datetime.fromisoformat(text)


async def take_label_back(http: httpx.AsyncClient, label: Json) -> None:
    """Void a label at its carrier, as a person does."""
    carrier = label["carrier"]
    calls = {
        "easypost": ("POST", f"/sim/easypost/v2/shipments/{label['idempotency_key']}/refund"),
        "shipengine": ("PUT", f"/sim/shipengine/v1/labels/{shipment_id(carrier, label)}/void"),
    }
    method, path = calls.get(carrier, ("POST", f"/carriers/{carrier}/labels/{label['label_id']}/void"))
    headers = {"API-Key": "x", "Authorization": "Basic eDo=" if carrier == "easypost" else "Bearer x"}
    (await http.request(method, path, headers=headers)).raise_for_status()
