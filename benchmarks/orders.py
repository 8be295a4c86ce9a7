"""Orders like the demo's: without a bridge, or in the sandbox's shop."""

import json
import uuid
from typing import Any

from benchmarks.contestant import NotDone
from benchmarks.http_client import Connection
from benchmarks.label_request import ADDRESS
from bootstrap.embedded.demo_order import LINE_ITEMS

FIELDS = {"status": "processing", "ship_to": ADDRESS, "line_items": LINE_ITEMS}


async def create_order(info: dict[str, Any], client: Connection, *, shop: Connection | None = None) -> str:
    """Create an order and return its id; with `shop`, a connection to the sandbox, it is also an order of the shop."""
    number = str(uuid.uuid4().int % 10**12)
    body: dict[str, Any] = {"external_id": number, "order_number": number, **FIELDS}
    if shop is not None:
        body["bridge_id"] = info["demo"]["bridge_id"]
        placed = {"order_number": number, "line_items": LINE_ITEMS}
        await _send(shop, "PUT", f"/_sandbox/orders/{number}", placed)
    ident: str = json.loads(await _send(client, "POST", "/api/orders", body))["data"]["id"]
    return ident


async def _send(connection: Connection, method: str, path: str, body: Any) -> bytes:
    status, answer = await connection.call(method, path, body)
    if status not in (200, 201):
        raise NotDone(f"{method} {path} answered {status}: {answer[:1000].decode()}")
    return answer
