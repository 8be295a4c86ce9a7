"""Pushes to the Shipment Tracking plugin: each is one tracking, known by its number."""

from urllib.parse import quote

import httpx

from adapters.channels.woocommerce import trackings
from adapters.channels.woocommerce.client import WoocommerceClient
from adapters.channels.woocommerce.errors import is_missing, parse_answer, parse_list
from adapters.http.json import Json
from adapters.http.pre_read import read_before_push
from domain.channels import CancelResult, Fulfillment, FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.shipping import RawAnswer


class ShipmentTracking:
    """The plugin of one shop."""

    def __init__(self, client: WoocommerceClient) -> None:
        self._client = client

    async def push(self, order_id: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order's trackings, then add exactly one.

        Raises:
            Rejected: the order has it, or the customer was to be told.
        """
        there = await read_before_push(self._all(order_id), self._client.call_seconds)
        return await self._client.tracking("POST", order_id, trackings.build_tracking(request, there))

    async def find(self, order_id: str, request: FulfillmentRequest) -> list[Fulfillment]:
        """Return the tracking of that number: a push refuses one that is there before it."""
        found = [one for one in await self._all(order_id) if trackings.has_number(one, request)]
        return [trackings.parse_fulfillment(order_id, one) for one in found]

    async def status(self, order_id: str, tracking_id: str) -> Fulfillment | None:
        """Return a tracking as it is now; None where the order has none of that id."""
        for one in await self._all(order_id):
            if trackings.has_id(one, tracking_id):
                return trackings.parse_fulfillment(order_id, one)
        return None

    async def cancel(self, order_id: str, tracking_id: str) -> CancelResult:
        """Delete a tracking; where there is none of that id, the order's list tells whether it was deleted before."""
        answer = await self._client.tracking("DELETE", order_id, path=f"/{quote(tracking_id, safe='')}")
        if answer.status != httpx.codes.NOT_FOUND:
            if not trackings.has_id(parse_answer(answer), tracking_id):
                raise Ambiguous("the answer does not name the tracking")
            return CancelResult(UndoOutcome.CANCELLED)
        answer = await self._client.tracking("GET", order_id)
        if is_missing(answer):
            return CancelResult(UndoOutcome.NOT_FOUND)
        if any(trackings.has_id(one, tracking_id) for one in parse_list(answer)):
            raise Ambiguous("the shop lists the tracking, and says that there is none")
        return CancelResult(UndoOutcome.ALREADY_CANCELLED)

    async def _all(self, order_id: str) -> list[Json]:
        return parse_list(await self._client.tracking("GET", order_id))
