"""The channel port for the toy channel."""

from dataclasses import asdict
from datetime import datetime
from urllib.parse import quote

from adapters.channels.common.line_items import choose_lines
from adapters.channels.common.order_check import check_state
from adapters.http.json import Json, require_objects, require_text
from adapters.http.pre_read import read_before_push
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.shipping import Connection, RawAnswer, SafetyClass
from domain.shop_orders import ShopLine, ShopOrder, ShopOrderState
from tests.e2e.toy_vendors.client import ToyClient, parse_answer


class ToyChannel:
    """One shop; implements `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = ToyClient(connection, destination)
        self._settings = connection.settings
        # A lookup by reference finds every fulfillment.
        settle_seconds = self._client.max_seconds + 1.0
        self.capabilities = ChannelCapabilities(
            connection.settings.may_cancel, SafetyClass.LOOKUP_STRONG, settle_seconds
        )
        self.aclose = self._client.aclose

    async def read_order(self, external_id: str) -> ShopOrder:
        """Return the shop's order."""
        reading = self._client.call("GET", f"/orders/{quote(external_id, safe='')}")
        body = parse_answer(await read_before_push(reading, self._client.max_seconds))
        state = require_text(body.get("state"))
        lines = [
            ShopLine(require_text(line["id"]), str(line["sku"]), int(line["remaining"]))
            for line in require_objects(body.get("line_items"), "id", "sku", "remaining")
        ]
        return ShopOrder(ShopOrderState(state), state, tuple(lines))

    async def check_push(self, request: FulfillmentRequest) -> None:
        """Raise if the shop's order does not allow the push."""
        order = await self.read_order(request.external_id)
        check_state(order, request, self._settings)
        choose_lines(order.lines, request)

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Read the order, then send exactly one fulfillment."""
        await self.check_push(request)
        body = {
            "reference": reference,
            "tracking_number": request.tracking_number,
            "carrier": request.carrier,
            "line_items": request.line_items and [asdict(item) for item in request.line_items],
            "notify_customer": request.notify_customer,
        }
        return await self._client.call("POST", f"/orders/{quote(request.external_id, safe='')}/fulfillments", body)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Parse the response to a push."""
        return _parse_fulfillment(parse_answer(answer))

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return every fulfillment with this reference."""
        body = parse_answer(await self._client.call("GET", "/fulfillments", query={"reference": reference}))
        return [_parse_fulfillment(entry) for entry in require_objects(body.get("fulfillments"), "id")]

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return a fulfillment's current state."""
        return _parse_fulfillment(parse_answer(await self._client.call("GET", f"/fulfillments/{fulfillment_id}")))

    async def cancel(self, fulfillment_id: str) -> CancelResult:
        """Cancel a fulfillment."""
        body = parse_answer(await self._client.call("DELETE", f"/fulfillments/{fulfillment_id}"))
        return CancelResult(UndoOutcome(require_text(body.get("outcome"))))


def _parse_fulfillment(body: Json) -> Fulfillment:
    return Fulfillment(
        fulfillment_id=require_text(body.get("id")),
        status=FulfillmentStatus(require_text(body.get("status"))),
        tracking_number=require_text(body.get("tracking_number")),
        notified=bool(body.get("notified")),
    )
