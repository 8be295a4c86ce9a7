"""The demo's order, in the sandbox's shop as well."""

import asyncio
import json
from typing import Any
from urllib.request import Request, urlopen

ORDER = "1001"
LINE_ITEMS: list[dict[str, Any]] = [
    {"id": "1", "sku": "TEE-BLACK-M", "name": "T-shirt, black, M", "quantity": 2, "price": "19.00"},
    {"id": "2", "sku": "MUG-WHITE", "name": "Mug, white", "quantity": 1, "price": "12.50"},
]


async def place_order(sandbox_url: str) -> None:
    """Add the order to the sandbox's shop, so that fulfillments can be pushed for it.

    Raises:
        OSError: the sandbox did not accept it.
    """
    body = json.dumps({"order_number": ORDER, "line_items": LINE_ITEMS}).encode()
    request = Request(f"{sandbox_url}/_sandbox/orders/{ORDER}", body, method="PUT")  # noqa: S310 - http, on this machine
    await asyncio.to_thread(lambda: urlopen(request, timeout=5).close())  # noqa: S310 - see above
