"""The channel port, spoken to the toy channel."""

from dataclasses import asdict
from datetime import datetime
from urllib.parse import quote

from adapters.http.json import Json, require_objects, require_text
from adapters.http.transport import Destination
from domain.channels import CancelResult, ChannelCapabilities, Fulfillment, FulfillmentRequest, FulfillmentStatus
from domain.effects import UndoOutcome
from domain.shipping import Connection, RawAnswer, SafetyClass
from tests.e2e.toy_vendors.client import ToyClient, parse_answer


class ToyChannel:
    """One shop; see `domain.ports.channel.ChannelPort`."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        self._client = ToyClient(connection, destination)
        # Every fulfillment is found by its reference.
        settle_seconds = self._client.max_seconds + 1.0
        self.capabilities = ChannelCapabilities(
            connection.settings.may_cancel, SafetyClass.LOOKUP_STRONG, settle_seconds
        )
        self.aclose = self._client.aclose

    async def push(self, reference: str, request: FulfillmentRequest) -> RawAnswer:
        """Send exactly one fulfillment."""
        body = {
            "reference": reference,
            "tracking_number": request.tracking_number,
            "carrier": request.carrier,
            "line_items": request.line_items and [asdict(item) for item in request.line_items],
            "notify_customer": request.notify_customer,
        }
        return await self._client.call("POST", f"/orders/{quote(request.external_id, safe='')}/fulfillments", body)

    def read_fulfillment(self, answer: RawAnswer, request: FulfillmentRequest) -> Fulfillment:
        """Read the answer to a push."""
        return _parse_fulfillment(parse_answer(answer))

    async def find_fulfillments(
        self, reference: str, request: FulfillmentRequest, not_before: datetime
    ) -> list[Fulfillment]:
        """Return every fulfillment with this reference."""
        body = parse_answer(await self._client.call("GET", "/fulfillments", query={"reference": reference}))
        return [_parse_fulfillment(entry) for entry in require_objects(body.get("fulfillments"), "id")]

    async def status(self, fulfillment_id: str) -> Fulfillment | None:
        """Return a fulfillment as it is now."""
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
