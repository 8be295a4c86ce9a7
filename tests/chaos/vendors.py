"""Ids of labels and fulfillments at each vendor, and calls that void and cancel them there."""

import json
from collections.abc import Iterable
from datetime import datetime

import httpx

from tests.chaos.client_log import Json
from tests.integration.carriers.vendors import CARRIERS
from tests.integration.channels.vendors import CHANNELS

ORDERS_EACH = 4
ITEM = {"id": "1", "sku": "TEE", "name": "T-shirt", "quantity": 1_000_000}
SAFETY = {carrier.name: carrier.safety for carrier in CARRIERS} | {channel.name: channel.safety for channel in CHANNELS}
MAX_REPRINTS = 3
"""USPS allows this many reprints of a label; after them an operator must resolve the operation."""


async def put_orders(sandbox_url: str, external_ids: Iterable[str]) -> None:
    """Create orders in the sandbox's shop."""
    async with httpx.AsyncClient(base_url=sandbox_url, timeout=30) as http:
        for ident in external_ids:
            (await http.put(f"/_sandbox/orders/{ident}", json={"line_items": [ITEM]})).raise_for_status()


def shipment_id(carrier: str, label: Json) -> str:
    """Return the carrier's id of a label in the sandbox's store."""
    match carrier:
        case "easypost":
            return str(label["idempotency_key"])
        case "shipengine":
            return f"se-{label['tracking_number']}"
    return str(label["tracking_number"])


def fulfillment_id(channel: str, fulfillment: Json, fulfillments: list[Json]) -> str:
    """Return the channel's id of a fulfillment in the sandbox's store."""
    order = fulfillment["external_id"]
    match channel:
        case "shopify":
            return f"gid://shopify/Fulfillment/{fulfillment['fulfillment_id']}"
        case "bigcommerce":
            ids = [record["fulfillment_id"] for record in fulfillments if record["external_id"] == order]
            return f"{order}/{ids.index(fulfillment['fulfillment_id']) + 1}"
        case "woocommerce":
            return f"{order}/{fulfillment['idempotency_key'].rpartition('_')[2]}"
    return f"{order}/{fulfillment['tracking_number']}"


def restore_references(
    rows: list[Json], operations: dict[str, Json], effects: dict[str, list[Json]], shipments: dict[str, list[Json]]
) -> None:
    """Replace tracking numbers by references, because channels identify a fulfillment by its tracking number.

    A number belongs to one operation, and the row to its latest round that began before the row.
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
    # A call without a number belongs to no operation.
    for row in (row for row in rows if row["reference"]):
        started = [
            round_ for round_ in rounds.get(str(row["reference"]), []) if _moment(round_["created_at"]) <= _moment(row)
        ]
        if started:
            row["reference"] = max(started, key=lambda round_: _moment(round_["created_at"]))["reference"]


def _moment(value: Json | str) -> datetime:
    text = value if isinstance(value, str) else value.get("created_at") or value["at"]
    return datetime.fromisoformat(text)


async def void_label(http: httpx.AsyncClient, label: Json) -> bool:
    """Void a label at its carrier; return False if the carrier rejects it."""
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


async def cancel_fulfillment(http: httpx.AsyncClient, channel: str, ident: str, record: Json) -> None:
    """Cancel a fulfillment at its channel; at Amazon, whose API cannot, as a person does in Seller Central.

    Args:
        http: the sandbox's client.
        channel: the channel's name.
        ident: the channel's id of the fulfillment.
        record: the sandbox's record of it.
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
            answer = await http.post(f"{record['sandbox']}/_sandbox/fulfillments/{record['fulfillment_id']}/cancel")
    answer.raise_for_status()
