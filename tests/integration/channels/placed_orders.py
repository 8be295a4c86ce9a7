"""An order that a bridge and its shop both have."""

from dataclasses import dataclass
from typing import Any

from tests.fixtures.builders import FEDEX_GROUND, build_bridge, build_order
from tests.fixtures.real_service import LiveShop
from tests.integration.channels.vendors import Channel

LINES = [{"id": "1", "sku": "MUG", "quantity": 2}, {"id": "2", "sku": "CAP", "quantity": 1}]


@dataclass
class PlacedOrder:
    """Changes an order in its shop and runs operations on it over HTTP."""

    shop: LiveShop
    bridge_id: str
    order_id: str
    external_id: str

    async def change(self, **changes: Any) -> None:
        await self.shop.sandbox.change_order(self.external_id, **changes)

    async def push(self, number: str, **fields: Any) -> Any:
        return await self.run("push_fulfillment", tracking_number=number, carrier="fedex", **fields)

    async def run(self, kind: str, **fields: Any) -> Any:
        own = {} if kind == "create_shipment" else {"bridge_id": self.bridge_id}
        label = FEDEX_GROUND if kind != "push_fulfillment" else {}
        body = {"type": kind, "order_id": self.order_id, "input": {**own, **label, **fields}}
        operation = await self.shop.data("POST", "/api/operations", body)
        return await self.shop.execute(operation["id"])

    async def pieces(self, *numbers: str) -> list[dict[str, int]]:
        """Return the quantities of each fulfillment with these tracking numbers."""
        found = await self.shop.sandbox.fulfillments(*numbers)
        return [{line["sku"]: line["quantity"] for line in entry["line_items"]} for entry in found]


async def place(shop: LiveShop, channel: Channel, **settings: Any) -> PlacedOrder:
    bridge = build_bridge(channel=channel.name, settings=settings)
    bridge_id = (await shop.data("POST", "/api/bridges", bridge))["id"]
    external_id = channel.new_order_id()
    await shop.sandbox.put_order(external_id, LINES)
    order = build_order(external_id=external_id, line_items=LINES, bridge_id=bridge_id)
    order_id = (await shop.data("POST", "/api/orders", order))["id"]
    return PlacedOrder(shop, bridge_id, order_id, external_id)
