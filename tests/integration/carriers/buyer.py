"""One organization with an account at each carrier's simulator."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.ids import effect_reference
from tests.fixtures.builders import Json, build_account, build_account_settings, build_order, build_ship_to
from tests.fixtures.in_process_api import refused_paths
from tests.fixtures.real_service import LiveShop

SERVICES = {
    "fedex": "GROUND",
    "ups": "GROUND",
    "usps": "GROUND_ADVANTAGE",
    "easypost": "USPS.GroundAdvantage",
    "shipengine": "usps_ground_advantage",
}
CARRIERS = tuple(SERVICES)
OWN = ("fedex", "ups", "usps")
AGGREGATORS = ("easypost", "shipengine")


@dataclass
class Buyer:
    """Buys labels from each simulator with the accounts of one organization."""

    shop: LiveShop

    async def account(self, carrier: str, **settings: Any) -> str:
        """Create the carrier's default account."""
        body = build_account(carrier, settings=build_account_settings(label_format="ZPL", **settings))
        return str((await self.shop.data("POST", "/api/carrier-accounts", body))["id"])

    async def order(self, **changed: Any) -> str:
        """Create an order with a changed shipping address."""
        body = build_order(
            external_id=secrets.token_hex(8), total="49.90", ship_to=build_ship_to(**changed), line_items=[]
        )
        return str((await self.shop.data("POST", "/api/orders", body))["id"])

    async def record(self, carrier: str, order_id: str, **fields: Any) -> Any:
        """Return the answer to the creation of a purchase."""
        wanted = {"carrier": carrier, "service": SERVICES[carrier], **fields}
        body = {"type": "create_shipment", "order_id": order_id, "input": wanted}
        return await self.shop.call("POST", "/api/operations", body)

    async def buy(self, carrier: str, order: Json, **fields: Any) -> tuple[Json, Json]:
        """Buy a label; return the operation and the data that the simulator received."""
        response = await self.record(carrier, await self.order(**order), **fields)
        assert response.status_code == 201, response.text
        operation = await self.shop.execute(response.json()["data"]["id"])
        assert operation["status"] == "completed", operation["error"]
        [label] = await self.shop.sandbox.labels(effect_reference(UUID(operation["id"]), "buy_label", "do", 1))
        return operation, label

    async def refuse(self, carrier: str, order: Json, **fields: Any) -> list[str]:
        """Return the fields of a rejected purchase, and check that none is created."""
        response = await self.record(carrier, await self.order(**order), **fields)
        assert response.status_code == 422, response.text
        listed = await self.shop.call("GET", "/api/operations")
        assert listed.json()["pagination"]["total"] == 0
        return refused_paths(response)

    async def rates(self, carrier: str, order: Json) -> dict[str, str]:
        """Return the prices of a carrier's services."""
        body = {"carrier": carrier, "order_id": await self.order(**order)}
        return {rate["service"]: rate["amount"] for rate in await self.shop.data("POST", "/api/rates", body)}
