"""Pushes to the Shipment Tracking plugin: each is one tracking, known by its number."""

import httpx

from adapters.channels.woocommerce import answers, requests
from adapters.channels.woocommerce.client import WoocommerceClient
from adapters.channels.woocommerce.errors import is_missing, parse_answer, parse_list
from adapters.http.client import path_part
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from domain.channels import CancelResult, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

TRACKINGS = "/wp-json/wc-shipment-tracking/v3/orders/{}/shipment-trackings"


class ShipmentTracking:
    """The plugin of one shop."""

    def __init__(self, client: WoocommerceClient) -> None:
        self._client = client

    async def push(self, order_id: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order's trackings, then add exactly one.

        Raises:
            Rejected: the order has it, or the customer was to be told.
        """
        trackings = await read_before_push(self._list_trackings(order_id), self._client.max_seconds)
        body = requests.build_tracking(request, trackings)
        return await self._client.call("POST", TRACKINGS.format(order_id), body)

    async def find(self, order_id: str, request: FulfillmentRequest) -> list[Fulfillment]:
        """Return the tracking of that number: a push refuses one that is there before it."""
        trackings = await self._list_trackings(order_id)
        return [answers.parse_tracking(order_id, each) for each in trackings if answers.has_number(each, request)]

    async def status(self, order_id: str, tracking_id: str) -> Fulfillment | None:
        for tracking in await self._list_trackings(order_id):
            if str(tracking.get("tracking_id")) == tracking_id:
                return answers.parse_tracking(order_id, tracking)
        return None

    async def cancel(self, order_id: str, tracking_id: str) -> CancelResult:
        path = TRACKINGS.format(order_id)
        answer = await self._client.call("DELETE", f"{path}/{path_part(tracking_id)}")
        if answer.status != httpx.codes.NOT_FOUND:
            if str(parse_answer(answer).get("tracking_id")) != tracking_id:
                raise Ambiguous("the answer does not name the tracking")
            return CancelResult(UndoOutcome.CANCELLED)
        answer = await self._client.call("GET", path)
        if is_missing(answer):
            return CancelResult(UndoOutcome.NOT_FOUND)
        if any(str(tracking.get("tracking_id")) == tracking_id for tracking in parse_list(answer)):
            raise Ambiguous("the shop lists the tracking, and says that there is none")
        return CancelResult(UndoOutcome.ALREADY_CANCELLED)

    async def _list_trackings(self, order_id: str) -> list[Json]:
        return parse_list(await self._client.call("GET", TRACKINGS.format(order_id)))
