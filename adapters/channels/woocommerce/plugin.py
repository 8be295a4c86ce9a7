"""Pushes through the Shipment Tracking plugin: each is one tracking, identified by its number."""

import httpx

from adapters.channels.woocommerce import answers
from adapters.channels.woocommerce.client import WoocommerceClient
from adapters.channels.woocommerce.errors import is_missing, parse_answer, parse_list
from adapters.http.client import path_part
from adapters.http.json import Json
from domain.channels import CancelResult, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

NAMES = ("tracking_id", "tracking_number")
TRACKINGS = "/wp-json/wc-shipment-tracking/v3/orders/{}/shipment-trackings"


class ShipmentTracking:
    """The plugin of one shop."""

    def __init__(self, client: WoocommerceClient) -> None:
        self._client = client

    async def add(self, order_id: str, body: Json) -> RawAnswer:
        """Add exactly one tracking."""
        return await self._client.call("POST", TRACKINGS.format(order_id), body)

    async def find(self, order_id: str, request: FulfillmentRequest) -> list[Fulfillment]:
        """Return the tracking with the number; it is this push's, because a push refuses existing numbers."""
        trackings = await self.list_trackings(order_id)
        return [answers.parse_tracking(order_id, found) for found in trackings if answers.has_number(found, request)]

    async def status(self, order_id: str, tracking_id: str) -> Fulfillment | None:
        for tracking in await self.list_trackings(order_id):
            if str(tracking.get("tracking_id")) == tracking_id:
                return answers.parse_tracking(order_id, tracking)
        return None

    async def cancel(self, order_id: str, tracking_id: str) -> CancelResult:
        path = TRACKINGS.format(order_id)
        answer = await self._client.call("DELETE", f"{path}/{path_part(tracking_id)}")
        if answer.status != httpx.codes.NOT_FOUND:
            if str(parse_answer(answer).get("tracking_id")) != tracking_id:
                raise Ambiguous("the answer does not contain the tracking")
            return CancelResult(UndoOutcome.CANCELLED)
        answer = await self._client.call("GET", path)
        if is_missing(answer):
            return CancelResult(UndoOutcome.NOT_FOUND)
        if any(str(tracking.get("tracking_id")) == tracking_id for tracking in parse_list(answer, *NAMES)):
            raise Ambiguous("the shop lists the tracking but answers 404 for it")
        return CancelResult(UndoOutcome.ALREADY_CANCELLED)

    async def list_trackings(self, order_id: str) -> list[Json]:
        return parse_list(await self._client.call("GET", TRACKINGS.format(order_id)), *NAMES)
