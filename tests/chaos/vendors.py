"""What each vendor calls things, and how a person takes them back there."""

import json
from collections.abc import Iterable
from datetime import datetime

import httpx

from tests.chaos.told import Json
from tests.integration.carriers.vendors import CARRIERS
from tests.integration.channels.vendors import CHANNELS

ORDERS_EACH = 4
ITEM = {"id": "1", "sku": "TEE", "name": "T-shirt", "quantity": 1_000_000}
SAFETY = {carrier.name: carrier.safety for carrier in CARRIERS} | {channel.name: channel.safety for channel in CHANNELS}
MAX_REPRINTS = 3
"""So many looks for a lost label USPS allows; then only a person can say."""


async def put_orders(sandbox_url: str, external_ids: Iterable[str]) -> None:
    """Let the sandbox's shop have orders."""
    async with httpx.AsyncClient(base_url=sandbox_url, timeout=30) as http:
        for ident in external_ids:
            (await http.put(f"/_sandbox/orders/{ident}", json={"line_items": [ITEM]})).raise_for_status()


def shipment_id(carrier: str, label: Json) -> str:
    """What a carrier calls a label of the sandbox's store."""
    match carrier:
        case "easypost":
            return str(label["idempotency_key"])
        case "shipengine":
            return f"se-{label['tracking_number']}"
    return str(label["tracking_number"])


def fulfillment_id(channel: str, fulfillment: Json, all_of_them: list[Json]) -> str:
    """What a channel calls a fulfillment of the sandbox's store."""
    order = fulfillment["external_id"]
    match channel:
        case "shopify":
            return f"gid://shopify/Fulfillment/{fulfillment['fulfillment_id']}"
        case "bigcommerce":
            ids = [record["fulfillment_id"] for record in all_of_them if record["external_id"] == order]
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
    by_id = {shipment["id"]: shipment["tracking_number"] for rows in shipments.values() for shipment in rows}
    for ident, ledger in effects.items():
        numbers = [operations[ident]["input"].get("tracking_number")]
        numbers += [shipment["tracking_number"] for shipment in shipments.get(ident, [])]
        numbers.append(by_id.get(operations[ident]["input"].get("shipment_id")))
        for number in filter(None, numbers):
            pushes = [entry for entry in ledger if entry["step"] == "push_fulfillment" and entry["direction"] == "do"]
            rounds.setdefault(str(number), []).extend(pushes)
    # A call that names nothing is nobody's.
    for row in (row for row in rows if row["reference"]):
        begun = [
            round_ for round_ in rounds.get(str(row["reference"]), []) if _moment(round_["created_at"]) <= _moment(row)
        ]
        if begun:
            row["reference"] = max(begun, key=lambda round_: _moment(round_["created_at"]))["reference"]


def _moment(told: Json | str) -> datetime:
    text = told if isinstance(told, str) else told.get("created_at") or told["at"]
    return datetime.fromisoformat(text)


async def take_label_back(http: httpx.AsyncClient, label: Json) -> bool:
    """Void a label at its carrier, as a person does; False if the carrier refuses."""
    number, body = label["tracking_number"], None
    match label["carrier"]:
        case "easypost":
            method, path = "POST", f"/sim/easypost/v2/shipments/{label['idempotency_key']}/refund"
        case "shipengine":
            method, path = "PUT", f"/sim/shipengine/v1/labels/se-{number}/void"
        case "ups":
            method, path = "DELETE", f"/sim/ups/api/shipments/v2409/void/cancel/{number}"
        case "usps":
            method, path = "DELETE", f"/sim/usps/labels/v3/label/{number}"
        case _:
            method, path = "PUT", "/sim/fedex/ship/v1/shipments/cancel"
            account = {"accountNumber": {"value": "740561073"}, "deletionControl": "DELETE_ALL_PACKAGES"}
            body = {**account, "trackingNumber": number}
    bearer = f"Bearer sim-{label['carrier']}-x"
    headers = {"API-Key": "x", "X-Payment-Authorization-Token": "sim-usps-payment-x"}
    headers["Authorization"] = "Basic eDo=" if label["carrier"] == "easypost" else bearer
    answer = await http.request(method, label["sandbox"] + path, json=body, headers=headers)
    if not answer.is_client_error:
        answer.raise_for_status()
    return answer.is_success


async def take_fulfillment_back(http: httpx.AsyncClient, channel: str, ident: str) -> None:
    """Cancel a fulfillment at its channel, as a person does; Amazon has no way to.

    Args:
        http: the sandbox's client.
        channel: whose it is.
        ident: what the channel calls it.
    """
    order, _, rest = ident.partition("/")
    match channel:
        case "shopify":
            text = "mutation ($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }"
            body = {"query": text, "variables": {"id": ident}}
            path = "/sim/shopify/admin/api/2026-10/graphql.json"
            answer = await http.post(path, json=body, headers={"X-Shopify-Access-Token": "x"})
        case "bigcommerce":
            path = f"/sim/bigcommerce/stores/abc/v2/orders/{order}/shipments/{rest}"
            answer = await http.delete(path, headers={"X-Auth-Token": "x"})
        case "woocommerce":
            headers = {"Authorization": "Basic Y2tfeDpjc194"}
            path = f"/sim/woocommerce/wp-json/wc/v3/orders/{order}"
            found = (await http.get(path, headers=headers)).json()["meta_data"]
            meta = next(meta for meta in found if meta["key"].endswith(rest))
            value = json.dumps({**json.loads(meta["value"]), "state": "cancelled"})
            answer = await http.put(path, json={"meta_data": [{"key": meta["key"], "value": value}]}, headers=headers)
        case _:
            return
    answer.raise_for_status()
